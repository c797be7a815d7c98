import type { ResourceLimits } from "node:worker_threads"
import { fromPlain, Problem } from "../../problems/problem.ts"
import type { ThreadReport } from "../../threads/worker-thread.ts"
import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import type { Order, Reply, WorkerData } from "./thread-messages.ts"

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** An order without its number, which the reply repeats. */
type Asked = Order extends infer One ? (One extends Order ? Omit<One, "job"> : never) : never
type Answer<Kind extends Reply["kind"]> = Extract<Reply, { kind: Kind }>

/** A thread that reads bodies. It is started on request, and replaced when it has failed or hangs. */
export class ReaderThread {
  readonly #report: ThreadReport
  readonly #stillMs: number
  readonly #waiting = new Map<number, Waiting>()
  #thread: WorkerThread<Order, Reply> | undefined
  #beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  #watch: NodeJS.Timeout | undefined
  #nextJob = 1

  /**
   * @param report called when the thread has failed
   * @param stillMs how long the thread may work without a sign before it is given up
   */
  constructor(report: ThreadReport, stillMs: number) {
    this.#report = report
    this.#stillMs = stillMs
  }

  /** @throws the error that prevents the start */
  async start(): Promise<void> {
    this.#thread ??= this.#started()
    await this.#thread.ready
  }

  /** @throws {Problem} a fault of the body; or `reading_interrupted` when the thread has failed */
  async ask<Kind extends Reply["kind"]>(asked: Asked, kind: Kind): Promise<Answer<Kind>> {
    const thread = (this.#thread ??= this.#started())
    const job = this.#nextJob++
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#waiting.set(job, { resolve, reject })
    const { bytes } = asked
    // Only a body with memory of its own can be moved; a small body shares its pool with others.
    const isOwn = bytes.length === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    thread.post({ ...asked, job }, isOwn ? [bytes.buffer] : [])
    try {
      const reply = await promise
      if (reply.kind === "refused") throw fromPlain(reply.problem)
      if (reply.kind === "failed") throw new Error("reading a large body failed", { cause: reply.error })
      if (reply.kind !== kind) throw new Error(`unexpected reply ${reply.kind}`)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compared above
      return reply as Answer<Kind>
    } finally {
      this.#waiting.delete(job)
    }
  }

  async end(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    clearInterval(this.#watch)
    await thread?.end()
  }

  #started(): WorkerThread<Order, Reply> {
    const beats = (this.#beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)))
    const thread: WorkerThread<Order, Reply> = new WorkerThread({
      name: "large-bodies",
      module: moduleBeside(import.meta.url, "large-body-worker"),
      workerData: { beats } satisfies WorkerData,
      resourceLimits: MEMORY_LIMITS,
      onReply: (reply) => this.#waiting.get(reply.job)?.resolve(reply),
      onFailure: (error) => this.#fail(thread, error),
    })
    this.#watchOver(thread)
    return thread
  }

  /** A check counts only if the thread also had work at the check before: this thread may have been paused itself. */
  #watchOver(thread: WorkerThread<Order, Reply>): void {
    let seen = -1
    let looks = 0
    clearInterval(this.#watch)
    this.#watch = setInterval(() => {
      const beats = Atomics.load(this.#beats, 0)
      looks = beats === seen && this.#waiting.size > 0 ? looks + 1 : 0
      seen = beats
      if (looks < LOOKS || this.#thread !== thread) return
      clearInterval(this.#watch)
      this.#fail(thread, new Error(`the thread has not turned for ${this.#stillMs} ms`))
      void thread.end()
    }, this.#stillMs / LOOKS)
    this.#watch.unref()
  }

  #fail(thread: WorkerThread<Order, Reply>, error: unknown): void {
    this.#report("large-bodies", error)
    if (this.#thread !== thread) return
    this.#thread = undefined
    clearInterval(this.#watch)
    const isOutOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
    const problem = new Problem(isOutOfMemory ? "too_many_values" : "reading_interrupted")
    for (const { reject } of this.#waiting.values()) reject(problem)
  }
}

const LOOKS = 6
/**
 * For the results that the thread makes; the bodies themselves are outside this memory. Without a limit, the young
 * generation would grow to 134 MiB with a body of 14 MiB.
 */
const MEMORY_LIMITS: ResourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 24 }
