import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import type { ResourceLimits, Transferable } from "node:worker_threads"

export const THREAD_NAMES = ["sending", "large-bodies", "checkpoints"] as const
export type ThreadName = (typeof THREAD_NAMES)[number]

/** Hears of each thread that ended although the gateway had not ended it. */
export type ThreadReport = (thread: ThreadName, error: unknown) => void

export interface ThreadOptions<Reply> {
  /** One that works before there are figures has none. */
  readonly name: ThreadName | "migration"
  /** The module that runs in the thread, next to its user; the file's ending is that of this file: `.ts` or `.js`. */
  readonly module: URL
  readonly workerData?: unknown
  readonly resourceLimits?: ResourceLimits
  readonly onReply: (reply: Reply) => void
  /** The thread ended although nobody had ended it. */
  readonly onFailure: (error: unknown) => void
}

/** Told by a thread once its module has been loaded. */
export const READY = "ready"

/** A worker thread of ours: known to have started, and never gone without a word. */
export class WorkerThread<Order, Reply> {
  readonly #worker: Worker
  readonly #ready = Promise.withResolvers<void>()
  #isEnded = false

  constructor({ name, module, workerData, resourceLimits, onReply, onFailure }: ThreadOptions<Reply>) {
    this.#worker = new Worker(module, {
      name,
      workerData,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
      ...(isSource ? { execArgv: ["--conditions=wecom-push-source"] } : {}),
    })
    let cause: unknown
    this.#worker.on("message", (message: Reply | typeof READY) => {
      if (message === READY) this.#ready.resolve()
      else onReply(message)
    })
    this.#worker.on("error", (error) => (cause = error))
    this.#worker.on("exit", (code) => {
      const error = cause ?? new Error(`the thread ended with exit code ${code}`)
      this.#ready.reject(error)
      if (!this.#isEnded) onFailure(error)
    })
    // Whoever waits for it is told; nobody has to wait.
    this.#ready.promise.catch(() => undefined)
  }

  /** Resolves once its module has been loaded. @throws what kept it from that */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  post(order: Order, transfer: readonly Transferable[] = []): void {
    this.#worker.postMessage(order, [...transfer])
  }

  /** Keeps the process alive, as it does from its start. */
  ref(): void {
    this.#worker.ref()
  }

  /** Lets the process end when it has nothing else to do: nobody waits for this thread. */
  unref(): void {
    this.#worker.unref()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#worker.terminate()
  }
}

/**
 * In a checkout the sources are found by a condition, which the command's launcher gives to the main thread alone: what
 * it registers there no other thread sees.
 */
const isSource = extname(import.meta.url) === ".ts"

/** Where a thread's module lies, for the sources and for what is compiled alike. */
export function moduleBeside(parent: string, name: string): URL {
  return new URL(`./${name}${extname(parent)}`, parent)
}
