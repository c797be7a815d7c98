import type { Due } from "./claims.ts"
import type { ClaimedMessage } from "./outbox.ts"

/**
 * Says who works on which message, and when: each message that is due is handed to the worker, to nobody else until it has
 * been given back, and again when it said it would come. How it finds this out, keeps it across a crash and shares it between
 * processes is not told here.
 */
export interface WorkQueue {
  /** Hands nothing out before. */
  start(worker: Worker): void
  /** Something may be due that was not. @param due what, and when; anything, now, if it is left out */
  wake(due?: Due): void
  /** The wall clock was set. */
  clockJumped(): void
  /** Of a message that another process works on nothing more begins there before it has been read anew. */
  interruptElsewhere(messageId: string): Promise<void>
  /**
   * Has another process that works on the message come to an end with it.
   * @returns false when none did
   * @throws {StorageError} `storage_busy` when it takes longer than any call
   */
  endedElsewhere(messageId: string): Promise<boolean>
  /** Resolves when nothing is handed out any more that has not been given back. */
  idle(): Promise<void>
}

export interface Worker {
  /** Resolves when it knows what it must before anything goes out. */
  ready(): Promise<void>
  readiness(app: string): Promise<Readiness>
  /**
   * Ends some of those that are past their time and that nobody has begun with, whatever they wait for: one by one a
   * hundred thousand would hold up everything else.
   * @returns whether there may be others
   */
  endExpired(): Promise<boolean>
  begin(claimed: ClaimedMessage, slot: WorkPlace): Turn
}

/** What of an app may be handed out now. */
export type Readiness =
  | { readonly kind: "open" }
  /** At `probeAtMs`, may be past, one message: it finds out whether the app goes on. */
  | { readonly kind: "closed"; readonly probeAtMs: number }
  /** Nothing, until the app is changed. */
  | { readonly kind: "unusable" }

/** The place of a message among those that are worked on, which are only so many. */
export interface WorkPlace {
  /** While it waits for what costs no work. */
  release(): void
  /** Takes it again, whoever else may have come meanwhile. */
  take(): void
  /** False when this process stood still for so long, or its database, that another process may have the message by now. */
  isSurelyOurs(): boolean
}

/** A message being worked on. */
export interface Turn {
  /** Resolves when it may be given back, with when it is to come again; undefined: there is nothing to give back. */
  readonly ended: Promise<NextTurn | undefined>
  /** Somebody has changed the message: what goes out next is to be read anew. */
  interrupt(): void
  /** Somebody else has it now: nothing of it may begin any more. */
  lose(): void
}

export interface NextTurn {
  readonly atMs: number
  /** While unfinished it keeps its lane closed until then; absent: as long as it takes. */
  readonly holdsLaneUntilMs?: number
  /** Called once it has been given back. */
  readonly onGivenBack?: () => void
}
