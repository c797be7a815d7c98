import type { RecipientChunk } from "../domain/recipients.ts"
import { unpackChunk } from "../domain/pack-chunk.ts"
import type { ThreadReport } from "../threads/thread-report.ts"
import { moduleBeside, WorkerThread } from "../threads/worker-thread.ts"
import type { Order, PackedItem, PackedMessage, Reply } from "./large-body-messages.ts"
import type { PreparedMessage, PrepareOptions } from "./prepare.ts"
import { fromPlain, Problem } from "../problems/problem.ts"

/** From here on a body is read in a thread of its own: 256 KiB take some 5 ms to parse and check. */
export const LARGE_BODY_BYTES = 256 * 1024

export type PreparedItem = PreparedMessage | Problem

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads and checks large bodies in a worker thread, which starts with the first one and ends when none has come for a
 * while; at once after one of megabytes, since it would keep the memory that it took.
 */
export class LargeBodies implements AsyncDisposable {
  readonly #report: ThreadReport
  readonly #waiting = new Map<number, Waiting>()
  #thread: WorkerThread<Order, Reply> | undefined
  #idle: NodeJS.Timeout | undefined
  #nextJob = 1
  /** Bodies of which not all has been delivered. */
  #open = 0
  /** The thread has had one of megabytes. */
  #hasGrown = false

  /** @param report told when the thread has failed */
  constructor(report: ThreadReport) {
    this.#report = report
  }

  /** Starts the thread, to know that it can be had. @throws what keeps it from starting */
  async start(): Promise<void> {
    this.#thread ??= this.#start()
    await this.#thread.ready
    this.#endWhenIdle()
  }

  /** @throws {Problem} as `readJson` and `prepareMessage` do, or `reading_interrupted` when the thread has failed */
  async prepare(bytes: Uint8Array, options: PrepareOptions): Promise<PreparedMessage> {
    using _body = this.#take(bytes)
    const reply = await this.#ask({ job: this.#nextJob++, kind: "message", bytes, options })
    if (reply.kind !== "item" || "problem" in reply.item) throw new Error(`unexpected reply ${reply.kind}`)
    return unpack(reply.item)
  }

  /** Item by item, in their order. @throws {Problem} when the array as a whole cannot be read */
  async *prepareArray(bytes: Uint8Array, options: PrepareOptions): AsyncGenerator<readonly PreparedItem[]> {
    using _body = this.#take(bytes)
    const job = this.#nextJob++
    let reply = await this.#ask({ job, kind: "array", bytes, options })
    let isOpen = true
    try {
      while (isOpen) {
        if (reply.kind !== "items") throw new Error(`unexpected reply ${reply.kind}`)
        isOpen = !reply.isLast
        yield reply.items.map(unpackItem)
        if (isOpen) reply = await this.#ask({ job, kind: "next" })
      }
    } finally {
      if (isOpen) this.#thread?.post({ job, kind: "drop" })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle)
    await this.#thread?.end()
  }

  #take({ length }: Uint8Array): Disposable {
    clearTimeout(this.#idle)
    this.#open++
    this.#hasGrown ||= length >= GROWS_WITH_BYTES
    return {
      [Symbol.dispose]: () => {
        if (--this.#open > 0) return
        if (this.#hasGrown) void this.#end()
        else this.#endWhenIdle()
      },
    }
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle)
    if (this.#open === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  async #ask(order: Order): Promise<Reply> {
    const thread = (this.#thread ??= this.#start())
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#waiting.set(order.job, { resolve, reject })
    // Only a body that lies in memory of its own can be moved; a small one shares its pool with others.
    const isOwn = "bytes" in order && order.bytes.length === order.bytes.buffer.byteLength
    thread.post(order, isOwn && order.bytes.buffer instanceof ArrayBuffer ? [order.bytes.buffer] : [])
    try {
      const reply = await promise
      if (reply.kind === "refused") throw fromPlain(reply.problem)
      if (reply.kind === "failed") throw new Error("preparing a large body failed", { cause: reply.error })
      return reply
    } finally {
      this.#waiting.delete(order.job)
    }
  }

  #start(): WorkerThread<Order, Reply> {
    const thread: WorkerThread<Order, Reply> = new WorkerThread({
      name: "large-bodies",
      module: moduleBeside(import.meta.url, "large-body-worker"),
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_MIB, maxYoungGenerationSizeMb: YOUNG_LIMIT_MIB },
      onReply: (reply) => this.#waiting.get(reply.job)?.resolve(reply),
      onFailure: (error) => this.#fail(thread, error),
    })
    return thread
  }

  #fail(thread: WorkerThread<Order, Reply>, error: unknown): void {
    this.#report("large-bodies", error)
    if (this.#thread !== thread) return
    this.#thread = undefined
    const isOutOfMemory = error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
    const problem = new Problem(isOutOfMemory ? "too_many_values" : "reading_interrupted")
    for (const { reject } of this.#waiting.values()) reject(problem)
  }

  async #end(): Promise<void> {
    const thread = this.#thread
    this.#thread = undefined
    this.#hasGrown = false
    await thread?.end()
  }
}

const IDLE_MS = 10_000
const GROWS_WITH_BYTES = 1024 * 1024
const MEMORY_LIMIT_MIB = 1024
/** By itself it grows to 134 MiB with a body of 14; what a body makes is alive until the whole has been read anyway. */
const YOUNG_LIMIT_MIB = 24

function unpackItem(item: PackedItem): PreparedItem {
  return "problem" in item ? fromPlain(item.problem) : unpack(item)
}

function unpack({ message, chunks, ends }: PackedMessage): PreparedMessage {
  return { ...message, chunks: unpackChunks(chunks, ends) }
}

/** One at a time, as the store asks for them. */
function* unpackChunks(packed: Uint8Array<ArrayBuffer>, ends: readonly number[]): Generator<RecipientChunk> {
  let start = 0
  for (const [index, end] of ends.entries()) {
    yield unpackChunk(index, Buffer.from(packed.buffer, start, end - start).toString())
    start = end
  }
}
