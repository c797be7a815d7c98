import type { FetchedJob, JobAttempt } from "./jobs.ts"

type Batch = readonly FetchedJob[]

/**
 * Jobs that this node has fetched, but could not hand out because the database failed: they are handed out at a later
 * look, and not only after their heartbeats have ended.
 */
export class LeftJobs {
  #jobs: Batch = []
  /** By a monotonic clock. */
  #againAt = -Infinity
  #mostAreUnread = false

  /** True when hardly any job could be read at the last look: newly fetched ones could not be read either. */
  get mostAreUnread(): boolean {
    return this.#mostAreUnread
  }

  get areDue(): boolean {
    return this.#jobs.length > 0 && performance.now() >= this.#againAt
  }

  add(more: Batch): void {
    this.#jobs = [...this.#jobs, ...more]
    this.#againAt = performance.now() + LEFT_FOR_MS
  }

  /**
   * An unreadable job must not block the others: a failing batch is tried by halves.
   * @param touch which of them are still ours
   * @param handOut false: none of these could be read, and nothing has been done with them
   */
  async handOut(
    touch: (jobs: Batch) => Promise<ReadonlySet<JobAttempt>>,
    handOut: (batch: Batch) => Promise<boolean>,
  ): Promise<void> {
    const all = this.#jobs
    const ours = await touch(all)
    this.#jobs = []
    this.#mostAreUnread = false
    const batches = slicesOf(
      all.filter((job) => ours.has(job)),
      MOST_AT_ONCE,
    )
    let unread = 0
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const mayTry = unread <= MOST_UNREAD
      if (mayTry && (await handOut(batch))) continue
      unread++
      if (mayTry && batch.length > 1) batches.push(...slicesOf(batch, Math.ceil(batch.length / 2)))
      else this.add(batch)
    }
    this.#mostAreUnread = unread > MOST_UNREAD
  }
}

function slicesOf(jobs: Batch, size: number): Batch[] {
  return Array.from({ length: Math.ceil(jobs.length / size) }, (_, index) =>
    jobs.slice(index * size, (index + 1) * size),
  )
}

const LEFT_FOR_MS = 500
const MOST_AT_ONCE = 200
/** Twice as many as it takes to find one in two hundred. */
const MOST_UNREAD = 16
