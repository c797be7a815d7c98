import type { HeldClaim, TurnFence } from "./claims.ts"
import type { JobAttempt, Jobs } from "./jobs.ts"
import type { Tx } from "./transactions.ts"
import { TURN_QUEUES } from "./turn-queue.ts"

/** A turn belongs to the node that fetched its job last. */
export class JobFence implements TurnFence {
  readonly #jobs: Jobs

  constructor(jobs: Jobs) {
    this.#jobs = jobs
  }

  async keep(tx: Tx, claims: readonly HeldClaim[]): Promise<ReadonlySet<HeldClaim>> {
    const kept = new Set<JobAttempt>()
    for (const queue of TURN_QUEUES) {
      const jobs = claims.filter((held) => held.queue === queue).map(({ job }) => job)
      for (const job of await this.#jobs.keep(tx, queue, jobs)) kept.add(job)
    }
    return new Set(claims.filter(({ job }) => kept.has(job)))
  }
}
