import { getCompileCacheDir } from "node:module"
import { extname } from "node:path"
import { Worker } from "node:worker_threads"
import type { ResourceLimits, Transferable } from "node:worker_threads"

export const THREAD_NAMES = ["sending", "large-bodies", "checkpoints", "templates"] as const
export type ThreadName = (typeof THREAD_NAMES)[number]

/** Gets each thread that ended although the gateway had not ended it. */
export type ThreadReport = (thread: ThreadName, error: unknown) => void

export interface ThreadOptions<Reply> {
  /** The thread of a migration works before the metrics exist, so it has no name there. */
  readonly name: ThreadName | "migration"
  /**
   * The module that runs in the thread. It lies next to the file that uses it and has the same ending: `.ts` or `.js`.
   */
  readonly module: URL
  readonly workerData?: unknown
  readonly resourceLimits?: ResourceLimits
  readonly onReply: (reply: Reply) => void
  /** Called when the thread ended without a call of `end`. */
  readonly onFailure: (error: unknown) => void
}

/** A thread posts this once its module has been loaded. */
export const READY = "ready"

/** A worker thread that reports its start, and its end when the gateway did not end it. */
export class WorkerThread<Order, Reply> {
  readonly #worker: Worker
  readonly #ready = Promise.withResolvers<void>()
  #isEnded = false

  constructor({ name, module, workerData, resourceLimits, onReply, onFailure }: ThreadOptions<Reply>) {
    this.#worker = new Worker(module, {
      name,
      workerData,
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
      ...(isSource ? { execArgv: ["--conditions=wecom-push-source", ...findCompiled()] } : {}),
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
    // A caller that waits for `ready` gets the error; without a caller it must not become an unhandled rejection.
    this.#ready.promise.catch(() => undefined)
  }

  /** Resolves once its module has been loaded. @throws the error that kept the module from loading */
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

  /** Lets the process end when it has nothing else to do, without waiting for this thread. */
  unref(): void {
    this.#worker.unref()
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#worker.terminate()
  }
}

/**
 * In a checkout Node finds the sources by a condition. The command's launcher registers it in the main thread only;
 * other threads do not see it.
 */
const isSource = extname(import.meta.url) === ".ts"

/** Node looks for what is compiled in the main thread only: any other compiles all of its sources again, unless it asks. */
function findCompiled(): readonly string[] {
  if (getCompileCacheDir() === undefined) return []
  return ['--import=data:text/javascript,import{enableCompileCache}from"node:module";enableCompileCache()']
}

/** The URL of a thread's module, for sources and compiled files alike. */
export function moduleBeside(parent: string, name: string): URL {
  return new URL(`./${name}${extname(parent)}`, parent)
}
