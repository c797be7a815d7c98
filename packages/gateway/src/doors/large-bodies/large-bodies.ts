import type { PlainRefusal, SendRead, SendReading } from "../compat/send/read-send.ts"
import type { ThreadReport } from "../../threads/worker-thread.ts"
import type { LargeBodyReader, PreparedItem } from "../../accept/large-body-reader.ts"
import type { LargeSendReader } from "../compat/deps.ts"
import type { PackedItem, PackedMessage } from "./thread-messages.ts"
import { PackedChunks } from "../../accept/packed-chunks.ts"
import type { PreparedMessage, PrepareOptions } from "../../accept/prepare.ts"
import { fromPlain } from "../../problems/problem.ts"
import { ReaderThread } from "./reader-thread.ts"
import { LocalLocks } from "../../model/local-locks.ts"

/**
 * Reads and checks large bodies in a worker thread. The thread starts with the first body and ends when none has come for a
 * while; after a body of megabytes it ends at once, since it would keep the memory that it used. It works on one body of
 * each client at a time, and on those of several clients in turns: so many or slow bodies of one client do not stop those of
 * others.
 */
export class LargeBodies implements LargeBodyReader, LargeSendReader, AsyncDisposable {
  readonly #thread: ReaderThread
  readonly #locks = new LocalLocks()
  #idle: NodeJS.Timeout | undefined
  /** Bodies that have not been delivered completely. */
  #open = 0
  /** The thread has had a body of megabytes. */
  #hasGrown = false

  /** @param report called when the thread has failed */
  constructor(report: ThreadReport, { stillMs = STILL_MS } = {}) {
    this.#thread = new ReaderThread(report, stillMs)
  }

  /** Starts the thread, to be sure that it can be started. @throws the error that prevents it */
  async start(): Promise<void> {
    await this.#thread.start()
    this.#endWhenIdle()
  }

  async prepare(bytes: Uint8Array, options: PrepareOptions, client: string): Promise<PreparedMessage> {
    using _body = this.#take(bytes)
    using _lock = await this.#locks.take(client)
    const { item } = await this.#thread.ask({ kind: "message", bytes, options }, "item")
    return unpack(item)
  }

  async *prepareArray(
    bytes: Uint8Array,
    options: PrepareOptions,
    client: string,
  ): AsyncGenerator<readonly PreparedItem[]> {
    using _body = this.#take(bytes)
    let { bytes: body, groups } = await this.#inTurn(client, () => this.#thread.ask({ kind: "split", bytes }, "split"))
    for (const group of groups) {
      const order = { kind: "items", bytes: body, group, options } as const
      const reply = await this.#inTurn(client, () => this.#thread.ask(order, "items"))
      body = reply.bytes
      yield reply.items.map(unpackItem)
    }
  }

  async readSend(bytes: Uint8Array, reading: SendReading, client: string): Promise<SendRead | PlainRefusal> {
    using _body = this.#take(bytes)
    using _lock = await this.#locks.take(client)
    const { read } = await this.#thread.ask({ kind: "send", bytes, reading }, "send")
    return read
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#idle)
    await this.#thread.end()
  }

  async #inTurn<T>(client: string, work: () => Promise<T>): Promise<T> {
    using _lock = await this.#locks.take(client)
    return await work()
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

  async #end(): Promise<void> {
    this.#hasGrown = false
    await this.#thread.end()
  }
}

const IDLE_MS = 10_000
const GROWS_WITH_BYTES = 1024 * 1024
/** A hundred times the duration of its longest step. */
const STILL_MS = 30_000

function unpackItem(item: PackedItem): PreparedItem {
  return "problem" in item ? fromPlain(item.problem) : unpack(item)
}

function unpack({ message, chunks }: PackedMessage): PreparedMessage {
  return { ...message, chunks: new PackedChunks(chunks) }
}
