import type { DatabaseSync, StatementSync } from "node:sqlite"
import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import type { Order, Reply } from "./checkpoint-messages.ts"
import { classifyError } from "./classify-error.ts"
import { integer } from "../row.ts"

/** The writer of the database, which can be made to wait. */
export interface Writer {
  /** Until it is disposed of nothing is committed; arriving changes wait. */
  hold(): Disposable
}

export interface CheckpointsOptions {
  /** The connection that writes. */
  readonly db: DatabaseSync
  readonly file: string
  /** Gets the error of a thread that could not start, or that ended although the store had not ended it. */
  readonly onThreadFailure: (error: unknown) => void
}

/**
 * Copies SQLite's log into the database whenever it has grown by a thousand pages, in a thread of its own: SQLite's own
 * copy within a commit blocks everything for as long as the disk takes for both files. Changes are committed meanwhile;
 * the pages they add are copied while later changes wait, which is short, and the log restarts.
 *
 * Without a thread, the connection that writes copies as SQLite does by itself, until there is one again.
 */
export class Checkpoints implements AsyncDisposable {
  readonly #db: DatabaseSync
  readonly #file: string
  readonly #onThreadFailure: (error: unknown) => void
  readonly #count: StatementSync
  /** The number of pages in the log at the last copy. */
  #pagesBefore = 0
  #thread: WorkerThread<Order, Reply> | undefined
  #reply: PromiseWithResolvers<boolean> | undefined
  #isUnderWay = false
  #held: Disposable | undefined
  /** A reader uses an earlier state of the database: making writers wait does not help. */
  #isRead = false
  #isLeftToSqlite = true
  #isWaiting = false
  #idle: NodeJS.Timeout | undefined
  #isOff: boolean

  constructor({ db, file, onThreadFailure }: CheckpointsOptions) {
    this.#db = db
    this.#file = file
    this.#onThreadFailure = onThreadFailure
    this.#count = db.prepare("pragma wal_checkpoint(noop)")
    this.#isOff = !canCount()
    if (this.#isOff) return
    this.#takeFromSqlite()
    // A killed process's log is no reason to start a thread at each start.
    this.#pagesBefore = this.#log().pages
  }

  /** Call it after each commit. */
  grown(writer: Writer): void {
    if (this.#isOff) return
    const { pages } = this.#log()
    if (pages < this.#pagesBefore) this.#pagesBefore = 0
    const added = pages - this.#pagesBefore
    if (this.#isUnderWay) {
      // The log must not grow forever, even if the thread is slow.
      if (added >= TOO_MANY_PAGES && !this.#isRead) this.#held ??= writer.hold()
    } else if (added >= PAGES_BETWEEN && !this.#isWaiting) {
      this.#isUnderWay = true
      void this.#run(writer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOff = true
    await this.#end()
  }

  async #run(writer: Writer): Promise<void> {
    clearTimeout(this.#idle)
    try {
      await this.#copyAll(writer)
    } catch {
      // The thread has failed, which has been reported.
    } finally {
      this.#thread?.unref()
      this.#isUnderWay = false
      const held = this.#held
      this.#held = undefined
      held?.[Symbol.dispose]()
      if (!this.#isOff) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
    }
  }

  async #copyAll(writer: Writer): Promise<void> {
    this.#thread ??= this.#start()
    // A caller that waits for a held change may keep nothing else alive.
    this.#thread.ref()
    await this.#thread.ready
    if (this.#isLeftToSqlite) this.#takeFromSqlite()
    const { pages } = this.#log()
    if (!(await this.#ask("copy"))) return
    this.#isRead = this.#isShortOf(pages)
    if (!this.#isRead) {
      this.#held ??= writer.hold()
      if (!(await this.#ask("begin anew"))) return
    }
    this.#pagesBefore = this.#log().pages
  }

  /** Whether a tried copy has not reached all of the first `pages` pages. */
  #isShortOf(pages: number): boolean {
    const now = this.#log()
    return now.pages >= pages && now.copied < pages
  }

  /** @returns false when the disk refused: nothing is lost, the log is only longer */
  async #ask(order: Order): Promise<boolean> {
    if (this.#thread === undefined) return false
    this.#reply = Promise.withResolvers()
    this.#thread.post(order)
    const isDone = await this.#reply.promise
    if (!isDone) this.#wait(AGAIN_AFTER_MS)
    return isDone
  }

  #start(): WorkerThread<Order, Reply> {
    try {
      return new WorkerThread<Order, Reply>({
        name: "checkpoints",
        module: moduleBeside(import.meta.url, "checkpoint-thread"),
        workerData: this.#file,
        onReply: ({ isDone }) => this.#reply?.resolve(isDone),
        onFailure: (error) => this.#fail(error),
      })
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  #fail(error: unknown): void {
    this.#thread = undefined
    this.#db.exec(`pragma wal_autocheckpoint = ${PAGES_BETWEEN}`)
    this.#isLeftToSqlite = true
    this.#wait(NO_THREAD_MS)
    this.#reply?.reject(error)
    this.#onThreadFailure(error)
  }

  /** An error may last. */
  #wait(ms: number): void {
    this.#isWaiting = true
    setTimeout(() => (this.#isWaiting = false), ms).unref()
  }

  #takeFromSqlite(): void {
    this.#db.exec("pragma wal_autocheckpoint = 0")
    this.#isLeftToSqlite = false
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    this.#reply?.resolve(false)
    await thread?.end()
  }

  #log(): { readonly pages: number; readonly copied: number } {
    try {
      const row = this.#count.get() ?? {}
      return { pages: integer(row, "log"), copied: integer(row, "checkpointed") }
    } catch (error) {
      if (classifyError(error) === undefined) throw error
      // The next commit asks again; nothing else may fail because of this.
      return { pages: 0, copied: 0 }
    }
  }
}

/** An older SQLite takes the question how long its log is as an order to copy it. */
function canCount(): boolean {
  const [major = 0, minor = 0] = process.versions["sqlite"]?.split(".").map(Number) ?? []
  return major > 3 || (major === 3 && minor >= 51)
}

/** SQLite's own default: four megabytes. */
const PAGES_BETWEEN = 1000
const TOO_MANY_PAGES = 8000
const AGAIN_AFTER_MS = 1000
const NO_THREAD_MS = 10_000
/** A thread takes some twenty megabytes, and a tenth of a second of a core to start. */
const IDLE_MS = 60_000
