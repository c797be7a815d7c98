import { TransientMap } from "../../model/compact/transient-map.ts"
import type { Priority } from "../../model/message.ts"
import type { JobAttempt } from "./jobs.ts"
import type { Tx } from "./transactions.ts"

/** What this node works on. Who may is told by the job that carries the turn; this is what the node has read of it. */
export class Claims {
  readonly #byId = new TransientMap<string, HeldClaim>()
  readonly #ended = new WeakSet<HeldClaim>()
  #last = 0

  take(message: ClaimedRow): HeldClaim {
    const held = { ...message, claim: ++this.#last }
    this.#byId.set(held.id, held)
    return held
  }

  /** The claim if it is still what it was. */
  holding(id: string, claim: number): HeldClaim | undefined {
    const held = this.#byId.get(id)
    return held?.claim === claim ? held : undefined
  }

  /** Whether the turn of that message is this node's, as far as it knows. */
  has(id: string): boolean {
    return this.#byId.get(id) !== undefined
  }

  /** What this node holds by that job. */
  by(id: string, job: string): HeldClaim | undefined {
    const held = this.#byId.get(id)
    return held?.job.id === job ? held : undefined
  }

  /** Its message is finished, and the job that carried the turn is gone with the last result: there is nothing to give back. */
  end(held: HeldClaim): void {
    this.#ended.add(held)
  }

  hasEnded(held: HeldClaim): boolean {
    return this.#ended.has(held)
  }

  /** Unless another has taken its place. */
  drop(held: HeldClaim): void {
    if (this.#byId.get(held.id) === held) this.#byId.delete(held.id)
  }
}

export interface ClaimedRow {
  readonly id: string
  readonly seq: number
  readonly app: string
  readonly priority: Priority
  /** Of the message when it was read. */
  readonly version: number
  /** When the turn was due. */
  readonly dueAt: number
  /** Of whoever is in a lane. */
  readonly lane: { readonly orderKey: string; readonly laneAt: number } | undefined
  /** What carries the turn. */
  readonly job: JobAttempt
}

export interface HeldClaim extends ClaimedRow {
  readonly claim: number
}

/** Keeps out whoever has lost a message to another without knowing it. */
export interface TurnFence {
  /**
   * Inside a transaction: those of these claims whose turn has not been given to another. Until its end none of them can
   * be.
   */
  keep(tx: Tx, claims: readonly HeldClaim[]): Promise<ReadonlySet<HeldClaim>>
}
