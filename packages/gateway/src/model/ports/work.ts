import type { Due } from "./claims.ts"
import type { ClaimedMessage } from "./outbox.ts"

/**
 * Which worker has which message, and when: each due message is handed to one worker, to no other until it has been
 * given back, and again at the time that the worker named. How it finds due messages, keeps this across a crash and
 * shares it between processes is not part of this port.
 */
export interface WorkQueue {
  /** Begins to hand messages to the worker; none are handed out before. */
  start(worker: Worker): void
  /** Messages may have become due. @param due which, and when; absent: any, now */
  wake(due?: Due): void
  /** The wall clock was set. */
  clockJumped(): void
  /** If another process works on the message, that process reads it anew before it begins anything more of it. */
  interruptAtOthers(messageId: string): Promise<void>
  /**
   * Asks another process that works on the message to end its work.
   * @returns false when none did
   * @throws {StorageError} `storage_busy` when it takes longer than any call
   */
  endedAtOthers(messageId: string): Promise<boolean>
  /** Resolves when every message that was handed out has been given back. */
  idle(): Promise<void>
}

export interface Worker {
  /** Resolves when it has read what it needs before the first send. */
  ready(): Promise<void>
  readiness(app: string): Promise<Readiness>
  /**
   * Ends some messages that are past their time and that have not begun, whatever they wait for: a hundred thousand one
   * by one would delay everything else.
   * @returns whether more may be left
   */
  endExpired(): Promise<boolean>
  begin(claimed: ClaimedMessage, slot: WorkPlace): Turn
}

/** Which messages of an app may be handed out now. */
export type Readiness =
  | { readonly kind: "open" }
  /** One message from `probeAtMs` on, which may be past: it tries whether the app is open again. */
  | { readonly kind: "closed"; readonly probeAtMs: number }
  /** None, until the app is changed. */
  | { readonly kind: "unusable" }

/** A message's place among the limited number of messages at work. */
export interface WorkPlace {
  /** Frees the place while the message waits for something that costs no work. */
  release(): void
  /** Takes a place again, also beyond the limit. */
  take(): void
  /**
   * Its app and priority had much to send when it was handed out: its calls wait behind those of apps that have little to
   * send.
   */
  readonly isOfBacklog: boolean
  /** False when this process or its database hung for so long that another process may have the message by now. */
  isSurelyOurs(): boolean
}

/** A message being worked on. */
export interface Turn {
  /** Resolves with when it is due again, once it may be given back; undefined: there is nothing to give back. */
  readonly ended: Promise<NextTurn | undefined>
  /** The message has changed: it must be read anew before anything more goes out. */
  interrupt(): void
  /** Another process has the message now: no more work on it may begin here. */
  lose(): void
}

export interface NextTurn {
  readonly atMs: number
  /** An unfinished message keeps its lane closed until then; absent: until it finishes. */
  readonly holdsLaneUntilMs?: number
  /** Called once it has been given back. */
  readonly onGivenBack?: () => void
}
