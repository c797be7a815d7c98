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
 * Renders templates in a thread that starts with the first one and ends when none has come for a while. It has one at a
 * time, so that ending a thread that takes too long, or too much memory, ends that one alone.
 */
export class Templates implements AsyncDisposable {
  readonly #report: ThreadReport
  readonly #waiting: Job[] = []
  #thread: WorkerThread<TemplateOrder, TemplateReply> | undefined
  #current: Job | undefined
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

  /** @param body JSON @throws {Problem} `too_busy` */
  async render(template: object, body: string): Promise<Rendered> {
    const reply = await this.#ask({ kind: "render", template, body })
    return "rendered" in reply ? reply.rendered : { kind: "too_slow" }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnded = true
    for (const { done } of this.#waiting.splice(0)) done.reject(busy())
    this.#finish((job) => job.done.reject(busy()))
    await this.#end()
  }

  async #ask(order: TemplateOrder): Promise<TemplateReply> {
    if (this.#isEnded || this.#waiting.length >= MOST_WAITING) throw busy()
    const done = Promise.withResolvers<TemplateReply>()
    this.#waiting.push({ order, done })
    if (this.#current === undefined) void this.#next()
    return done.promise
  }

  async #next(): Promise<void> {
    clearTimeout(this.#idle)
    const job = this.#waiting.shift()
    if (job === undefined) {
      this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
      return
    }
    this.#current = job
    this.#thread ??= this.#start()
    const thread = this.#thread
    try {
      await thread.ready
    } catch {
      // Its end has been reported, and the job refused.
      return
    }
    // The time of its start is not the template's.
    this.#patience = setTimeout(() => this.#endSlow(thread), LONGEST_MS)
    thread.post(job.order)
  }

  #start(): WorkerThread<TemplateOrder, TemplateReply> {
    const thread: WorkerThread<TemplateOrder, TemplateReply> = new WorkerThread({
      name: "templates",
      module: moduleBeside(import.meta.url, "template-thread"),
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
      onReply: (reply: TemplateReply) => {
        if (this.#thread === thread) this.#finish((job) => job.done.resolve(reply))
      },
      onFailure: (error) => {
        if (this.#thread !== thread) return
        this.#thread = undefined
        const isOutOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
        if (!isOutOfMemory) this.#report("templates", error)
        this.#finish((job) => (isOutOfMemory ? job.done.resolve(TOO_LARGE) : job.done.reject(busy())))
      },
    })
    thread.unref()
    return thread
  }

  #endSlow(thread: WorkerThread<TemplateOrder, TemplateReply>): void {
    if (this.#thread !== thread) return
    void this.#end()
    this.#finish((job) => job.done.resolve(TOO_SLOW))
  }

  #finish(settle: (job: Job) => void): void {
    clearTimeout(this.#patience)
    const job = this.#current
    this.#current = undefined
    if (job !== undefined) settle(job)
    if (!this.#isEnded) void this.#next()
  }

  async #end(): Promise<void> {
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
const IDLE_MS = 60_000

function busy(): Problem {
  return new Problem("too_busy", {
    retryAfterSeconds: 1,
    detail: { en: "Too many bodies wait for their template.", zh: "等待套用模板的请求过多。" },
  })
}
