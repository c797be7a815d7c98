import { Problem } from "../../problems/problem.ts"
import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import type { ThreadReport } from "../../threads/worker-thread.ts"
import { TEMPLATE_LIMITS } from "./template-limits.ts"
import type { Rendered, TemplateFault, TemplateOrder, TemplateReply } from "./template-results.ts"

interface Job {
  readonly order: TemplateOrder
  readonly done: PromiseWithResolvers<TemplateReply>
}

/**
 * Renders templates in a thread that starts with the first template and ends after a while without any. The thread gets a
 * few at a time, so that it need not wait for the next, and renders them one after another. A template that takes too long,
 * or too much memory, ends the thread; the next thread renders those after it.
 */
export class Templates implements AsyncDisposable {
  readonly #report: ThreadReport
  readonly #waiting: Job[] = []
  /** The jobs that the thread has: it works on the first. */
  readonly #inThread: Job[] = []
  #thread: WorkerThread<TemplateOrder, TemplateReply> | undefined
  #patience: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #isEnded = false

  /** @param report called when the thread has failed by a fault that is not the template's */
  constructor(report: ThreadReport) {
    this.#report = report
  }

  /** @returns what is wrong with it @throws {Problem} `too_busy` */
  async check(template: object): Promise<readonly TemplateFault[]> {
    const reply = await this.#ask({ kind: "check", template })
    if ("faults" in reply) return reply.faults
    return [{ path: "", what: "the template takes too long to read" }]
  }

  /** @param template as a store has it @param body JSON @throws {Problem} `too_busy` */
  async render(template: string, body: string): Promise<Rendered> {
    const reply = await this.#ask({ kind: "render", template, body })
    return "rendered" in reply ? reply.rendered : { kind: "too_slow" }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    for (const { done } of [...this.#inThread.splice(0), ...this.#waiting.splice(0)]) done.reject(busy())
    await this.#end()
  }

  #ask(order: TemplateOrder): Promise<TemplateReply> {
    if (this.#isEnded || this.#waiting.length >= MOST_WAITING) return Promise.reject(busy())
    const done = Promise.withResolvers<TemplateReply>()
    this.#waiting.push({ order, done })
    if (this.#inThread.length < MOST_IN_THREAD) void this.#handOver()
    return done.promise
  }

  async #handOver(): Promise<void> {
    clearTimeout(this.#idle)
    this.#thread ??= this.#start()
    const thread = this.#thread
    try {
      await thread.ready
    } catch {
      // The end of the thread has been reported, and a job was refused.
      return
    }
    while (this.#thread === thread && this.#inThread.length < MOST_IN_THREAD) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      // The time that the thread needs to start does not count for the template.
      if (this.#inThread.push(job) === 1) this.#patience = setTimeout(() => this.#endSlow(thread), LONGEST_MS)
      thread.post(job.order)
    }
  }

  #start(): WorkerThread<TemplateOrder, TemplateReply> {
    const thread: WorkerThread<TemplateOrder, TemplateReply> = new WorkerThread({
      name: "templates",
      module: moduleBeside(import.meta.url, "template-thread"),
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
      onReply: (reply: TemplateReply) => {
        if (this.#thread === thread) this.#replied(reply)
      },
      onFailure: (error) => {
        if (this.#thread !== thread) return
        const isOutOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
        if (!isOutOfMemory) this.#report("templates", error)
        this.#leave((job) => (isOutOfMemory ? job.done.resolve(TOO_LARGE) : job.done.reject(busy())))
      },
    })
    thread.unref()
    return thread
  }

  #replied(reply: TemplateReply): void {
    const job = this.#inThread.shift()
    if (this.#inThread.length > 0) this.#patience?.refresh()
    else clearTimeout(this.#patience)
    job?.done.resolve(reply)
    if (this.#waiting.length > 0) void this.#handOver()
    else if (this.#inThread.length === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  #endSlow(thread: WorkerThread<TemplateOrder, TemplateReply>): void {
    if (this.#thread !== thread) return
    void thread.end()
    this.#leave((job) => job.done.resolve(TOO_SLOW))
  }

  /**
   * The thread has ended, because of the template it worked on, or before it had one: the other jobs go to the next thread.
   */
  #leave(settle: (job: Job) => void): void {
    clearTimeout(this.#patience)
    this.#thread = undefined
    this.#waiting.unshift(...this.#inThread.splice(0))
    const job = this.#waiting.shift()
    if (job !== undefined) settle(job)
    if (this.#waiting.length > 0 && !this.#isEnded) void this.#handOver()
  }

  async #end(): Promise<void> {
    clearTimeout(this.#patience)
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    await thread?.end()
  }
}

const TOO_LARGE: TemplateReply = { rendered: { kind: "too_large" } }
const TOO_SLOW: TemplateReply = { rendered: { kind: "too_slow" } }
const LONGEST_MS = TEMPLATE_LIMITS.longestMs
const MOST_WAITING = 1000
/** More would gain nothing: the next ones arrive before these are done. */
const MOST_IN_THREAD = 8
const IDLE_MS = 60_000

function busy(): Problem {
  return new Problem("too_busy", {
    retryAfterSeconds: 1,
    detail: { en: "Too many bodies wait for their template.", zh: "等待套用模板的请求过多。" },
  })
}
