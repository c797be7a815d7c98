import { randomId } from "../ids.ts"

/** WeCom's codes for the status of a job. @see wecom document 96219 */
export const JOB_STATUS = { running: 1, done: 2, failed: 3 } as const

/** A job of `media/upload_by_url`, and its result. */
export interface UrlJob {
  readonly id: string
  readonly agentid: number
  readonly startedAtMs: number
  /** Undefined while it runs. */
  result: { readonly errcode: number; readonly mediaId: string; readonly createdAt: string } | undefined
}

const JOB_LIFETIME_MS = 60 * 60 * 1000
const MOST_KEPT_JOBS = 1000

export class UrlJobs {
  readonly #jobs = new Map<string, UrlJob>()
  #ending = new AbortController()

  /** Aborts when the simulator closes or is reset. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  start(agentid: number, startedAtMs: number): UrlJob {
    const job: UrlJob = { id: randomId(24), agentid, startedAtMs, result: undefined }
    this.#jobs.set(job.id, job)
    for (const id of this.#jobs.keys()) {
      if (this.#jobs.size <= MOST_KEPT_JOBS) break
      this.#jobs.delete(id)
    }
    return job
  }

  /** The job, if it is of the same app and not older than an hour. */
  find(id: string, agentid: number, nowMs: number): UrlJob | undefined {
    const job = this.#jobs.get(id)
    return job?.agentid === agentid && nowMs < job.startedAtMs + JOB_LIFETIME_MS ? job : undefined
  }

  reset(): void {
    this.close()
    this.#ending = new AbortController()
    this.#jobs.clear()
  }

  close(): void {
    this.#ending.abort()
  }
}
