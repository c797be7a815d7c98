import { TransientMap } from "../../model/compact/transient-map.ts"
import type { Priority } from "../../model/message.ts"
import type { JobAttempt, Jobs } from "./jobs.ts"
import type { Tx } from "./transactions.ts"

/**
 * The messages that this node works on, as it has read them. The job that carries a turn decides which node has the
 * turn.
 */
export class Claims {
  readonly #byId = new TransientMap<string, HeldClaim>()
  readonly #ended = new WeakSet<HeldClaim>()
  #last = 0

  take(message: ClaimedRow): HeldClaim {
    const held = { ...message, claim: ++this.#last }
    this.#byId.set(held.id, held)
    return held
  }

  /** The claim if it still holds. */
  holding(id: string, claim: number): HeldClaim | undefined {
    const held = this.#byId.get(id)
    return held?.claim === claim ? held : undefined
  }

  /** Whether the turn of that message belongs to this node, as far as it knows. */
  has(id: string): boolean {
    return this.#byId.get(id) !== undefined
  }

  /** The claim that this node got with that job. */
  by(id: string, job: string): HeldClaim | undefined {
    const held = this.#byId.get(id)
    return held?.job.id === job ? held : undefined
  }

  /**
   * Ends a claim whose message is finished: the last result removed the job that carried the turn, so there is no turn
   * to give back.
   */
  end(held: HeldClaim): void {
    this.#ended.add(held)
  }

  hasEnded(held: HeldClaim): boolean {
    return this.#ended.has(held)
  }

  /** Drops the claim, unless another claim has replaced it. */
  drop(held: HeldClaim): void {
    if (this.#byId.get(held.id) === held) this.#byId.delete(held.id)
  }
}

export interface ClaimedRow {
  readonly id: string
  readonly seq: number
  readonly app: string
  readonly priority: Priority
  /** The version of the message when it was read. */
  readonly version: number
  /** When the turn was due. */
  readonly dueAt: number
  /** Set for a member of a lane. */
  readonly lane: { readonly orderKey: string; readonly laneAt: number } | undefined
  /** The job that carries the turn. */
  readonly job: JobAttempt
}

export interface HeldClaim extends ClaimedRow {
  readonly claim: number
}

/** Detects nodes that have lost a message to another without knowing it. */
export interface TurnFence {
  /**
   * Called inside a transaction: until its end no other node can get these turns.
   * @returns the claims whose turn no other node has
   */
  keep(tx: Tx, claims: readonly HeldClaim[]): Promise<ReadonlySet<HeldClaim>>
}

/** Checks the turns by their jobs: a turn belongs to the node that fetched its job last. */
export class JobFence implements TurnFence {
  readonly #jobs: Jobs

  constructor(jobs: Jobs) {
    this.#jobs = jobs
  }

  async keep(tx: Tx, claims: readonly HeldClaim[]): Promise<ReadonlySet<HeldClaim>> {
    const kept = await this.#jobs.keep(
      tx,
      claims.map(({ job }) => job),
    )
    return new Set(claims.filter(({ job }) => kept.has(job)))
  }
}
