import type { DatabaseSync } from "node:sqlite"
import { StorageError } from "../../model/storage-error.ts"
import type { StorageErrorCode } from "../../model/storage-error.ts"
import { point } from "../../model/ports/point.ts"
import type { StorePoint } from "../../model/ports/point.ts"
import type { Checkpoints, Writer } from "./checkpoints.ts"
import { classifyError } from "./classify-error.ts"
import type { LogSync } from "./log-sync.ts"
import type { ReserveFile } from "./reserve-file.ts"

/** Defers an effect outside the database until the change is committed, and on the disk. */
export type AfterCommit = (effect: () => void) => void

/**
 * Defers an effect until the change is committed, but not until it is on the disk: for effects that no client sees, and
 * that are lost together with the change.
 */
export type WhileSyncing = (effect: () => void) => void

export interface Write<T> {
  /** `door`: new work, refused first when space runs out. `inside`: finishes accepted work. */
  readonly kind: "door" | "inside"
  /**
   * Runs inside a transaction, perhaps twice: every effect outside the database goes through `after` or `meanwhile`.
   */
  readonly work: (after: AfterCommit, meanwhile: WhileSyncing) => T
  readonly beforeCommit?: StorePoint
  readonly afterCommit?: StorePoint
}

interface Queued {
  readonly write: Write<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  effects: (() => void)[]
  earlyEffects: (() => void)[]
  value?: unknown
  error?: unknown
}

/** Changes that one sync covers, from one commit or several. */
interface Group {
  readonly changes: Queued[]
  readonly answered: PromiseWithResolvers<void>
}

/**
 * Simultaneous changes share a transaction and a sync; each is answered after its sync. A change that throws fails
 * alone.
 *
 * SQLite writes the log and we sync it, in another thread. A sync does not cover changes that are committed during it,
 * wherever in the file they are: they are answered after the next.
 */
export class GroupCommit implements Writer {
  readonly #db: DatabaseSync
  readonly #reserve: ReserveFile
  readonly #log: LogSync
  readonly #checkpoints: Checkpoints | undefined
  #queue: Queued[] = []
  #scheduled = false
  /** Answered when their sync returns. */
  #syncing: Group | undefined
  /** Committed while the sync of others is under way: the next sync covers them. */
  #next: Group | undefined
  /**
   * Committed, but their sync failed: their callers got the error, and their effects are deferred until they are on the
   * disk.
   */
  #doubtful: Queued[] = []
  #isHeld = false
  #closed = false
  #trouble: StorageErrorCode | undefined
  readonly #onTrouble: (trouble: StorageErrorCode | undefined) => void
  #probing: NodeJS.Timeout | undefined

  /**
   * @param checkpoints unless given, SQLite makes them by itself, within a commit
   * @param onTrouble called when changes cannot be kept, and with undefined once they are again
   */
  constructor(
    db: DatabaseSync,
    reserve: ReserveFile,
    log: LogSync,
    checkpoints?: Checkpoints,
    onTrouble: (trouble: StorageErrorCode | undefined) => void = () => {},
  ) {
    this.#db = db
    this.#reserve = reserve
    this.#log = log
    this.#checkpoints = checkpoints
    this.#onTrouble = onTrouble
  }

  get trouble(): StorageErrorCode | undefined {
    return this.#trouble
  }

  submit<T>(write: Write<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError("storage_closed"))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the queue holds writes of every type; each resolves with what its own work returned
    this.#queue.push({ write, resolve, reject, effects: [], earlyEffects: [] } as Queued)
    this.#schedule()
    return promise
  }

  /** The result of `read`, once a power failure can no longer undo what it read. */
  async durable<T>(read: () => T): Promise<Awaited<T>> {
    const found = await read()
    // This comes after the read, since other changes may be committed while it waits.
    await (this.#next ?? this.#syncing)?.answered.promise
    if (this.#doubtful.length > 0) await this.submit({ kind: "inside", work: () => {} })
    return found
  }

  hold(): Disposable {
    this.#isHeld = true
    return {
      [Symbol.dispose]: () => {
        this.#isHeld = false
        this.#flush()
      },
    }
  }

  /** Commits waiting changes; later changes are refused. */
  close(): void {
    this.#closed = true
    clearInterval(this.#probing)
    let error: unknown
    this.#commitArrived()
    const groups = [this.#syncing, this.#next].filter((group) => group !== undefined)
    this.#syncing = this.#next = undefined
    try {
      this.#log.syncNow()
    } catch (failed) {
      error = failed
    }
    for (const group of groups) this.#answer(group, error)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#gather, 0, TURNS_TO_GATHER)
  }

  /**
   * While changes still arrive with each turn of the event loop, a few more turns make one sync of two; while a sync is
   * under way, it gathers for as long as they arrive. A change that comes alone loses one idle turn of the event loop.
   */
  readonly #gather = (before: number, turnsLeft: number): void => {
    const arrived = this.#queue.length
    const mayWait = turnsLeft > 0 || this.#syncing !== undefined
    if (arrived > before && mayWait) setImmediate(this.#gather, arrived, turnsLeft - 1)
    else {
      this.#scheduled = false
      this.#flush()
    }
  }

  #flush(): void {
    const committed = this.#isHeld ? [] : this.#commitArrived()
    if (committed.length > 0) this.#checkpoints?.grown(this)
    for (const { earlyEffects } of committed) for (const effect of earlyEffects) perform(effect)
    if (this.#syncing !== undefined || this.#next === undefined) return
    this.#syncing = this.#next
    this.#next = undefined
    void this.#sync(this.#syncing)
  }

  async #sync(group: Group): Promise<void> {
    let error: unknown
    try {
      await this.#log.sync()
    } catch (failed) {
      error = failed
    }
    // Otherwise `close` has answered already.
    if (this.#syncing !== group) return
    this.#syncing = undefined
    if (error === undefined) {
      // Waiting changes go to the disk while the answered callers continue.
      this.#flush()
      this.#answer(group)
      return
    }
    // Changes committed meanwhile follow, in the log, changes that may be lost.
    const behind = this.#next
    this.#next = undefined
    this.#answer(group, error)
    if (behind !== undefined) this.#answer(behind, error)
  }

  #answer({ changes, answered }: Group, error?: unknown): void {
    if (error === undefined) {
      for (const { write } of changes) if (write.afterCommit !== undefined) point(write.afterCommit)
      performEffects(changes)
      for (const { resolve, value } of changes) resolve(value)
    } else {
      for (const queued of changes) this.#doubtful.push(queued)
      this.#enterTrouble("storage_error")
      for (const { reject } of changes) reject(new StorageError("storage_error", { cause: error }))
    }
    answered.resolve()
  }

  /** @returns those that are in the log now; the others got their error */
  #commitArrived(): readonly Queued[] {
    const arrived = this.#queue
    if (arrived.length === 0) return []
    this.#queue = []
    // After a disk error new work waits until a probe succeeds; accepted work is always tried.
    this.#commit(this.#trouble === undefined ? arrived : this.#refuseNewWork(arrived, this.#trouble))
    const committed = arrived.filter(({ error, reject }) => {
      if (error !== undefined) reject(error)
      return error === undefined
    })
    if (committed.length > 0) {
      this.#next ??= { changes: [], answered: Promise.withResolvers() }
      // Not push(...committed): fifty thousand arguments overflow the stack.
      for (const queued of committed) this.#next.changes.push(queued)
    }
    return committed
  }

  /** @returns accepted work; new work is refused */
  #refuseNewWork(queue: readonly Queued[], code: StorageErrorCode, cause?: unknown): readonly Queued[] {
    for (const queued of queue) {
      if (queued.write.kind === "door") queued.error = new StorageError(code, { cause })
    }
    return queue.filter(({ write }) => write.kind === "inside")
  }

  #commit(queue: readonly Queued[]): void {
    let left = queue
    if (left.length === 0) return
    let error = this.#mend()
    if (error !== undefined) return this.#fail(left, error)
    error = this.#attempt(left, work)
    if (error !== undefined && classifyError(error) === undefined) error = this.#attempt(left, this.#workApart)
    if (classifyError(error) === "storage_full") {
      this.#enterTrouble("storage_full")
      this.#reserve.give()
      left = this.#refuseNewWork(left, "storage_full", error)
      error = this.#attempt(left, this.#workApart)
    }
    if (error !== undefined) this.#fail(left, error)
  }

  /** @returns the error; then nothing was stored */
  #attempt(queue: readonly Queued[], step: (queued: Queued) => void): unknown {
    if (queue.length === 0) return undefined
    try {
      this.#transaction(() => {
        for (const queued of queue) step(queued)
        for (const { write } of queue) if (write.beforeCommit !== undefined) point(write.beforeCommit)
      })
    } catch (error) {
      return error
    }
    return undefined
  }

  /**
   * A system whose sync failed may treat the lost pages as written, and a later sync that succeeds proves nothing about
   * them. So the log is restarted: its content moves into the database, which is synced, before anything relies on it.
   * @returns the error; then the log must not be written
   */
  #mend(): unknown {
    if (this.#doubtful.length === 0) return undefined
    try {
      const row = this.#db.prepare("pragma wal_checkpoint(truncate)").get()
      if (row === undefined || row["busy"] !== 0) return new Error("the log cannot be begun anew while it is read")
      this.#log.syncNow()
    } catch (error) {
      return error
    }
    performEffects(this.#doubtful)
    this.#doubtful = []
    return undefined
  }

  /** Runs a change in a savepoint, so that a change that throws rolls back only itself. */
  readonly #workApart = (queued: Queued): void => {
    queued.error = undefined
    this.#db.exec("savepoint one")
    try {
      work(queued)
    } catch (error) {
      // A disk error concerns all changes; SQLite may have rolled back the whole transaction already.
      if (classifyError(error) !== undefined) throw error
      queued.error = error
      queued.effects = []
      queued.earlyEffects = []
      this.#db.exec("rollback to one")
    }
    this.#db.exec("release one")
  }

  #fail(queue: readonly Queued[], error: unknown): void {
    const code = classifyError(error) ?? (this.#doubtful.length > 0 ? "storage_error" : undefined)
    if (code === "storage_full" || code === "storage_error") this.#enterTrouble(code)
    for (const queued of queue) queued.error = code === undefined ? error : new StorageError(code, { cause: error })
  }

  #enterTrouble(code: StorageErrorCode): void {
    if (code !== this.#trouble) this.#onTrouble(code)
    this.#trouble = code
    // A timer starts the probes, and not arriving work: if work were given out only to healthy stores, none would
    // arrive.
    this.#probing ??= setInterval(() => this.#probe(), PROBE_EVERY_MS).unref()
  }

  #probe(): void {
    // A sync that is under way shows the state by its own result.
    if (this.#isHeld || this.#syncing !== undefined || this.#mend() !== undefined) return
    try {
      if (this.#trouble === "storage_full") this.#reserve.take()
      this.#transaction(() => this.#db.exec("update meta set value = value + 1 where name = 'probe'"))
      this.#log.syncNow()
    } catch {
      return
    }
    this.#trouble = undefined
    clearInterval(this.#probing)
    this.#probing = undefined
    this.#onTrouble(undefined)
  }

  #transaction(work: () => void): void {
    this.#db.exec("begin immediate")
    try {
      work()
      this.#db.exec("commit")
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  #rollBack(): void {
    // After severe errors SQLite has done so by itself.
    if (!this.#db.isTransaction) return
    try {
      this.#db.exec("rollback")
    } catch {
      // The disk may fail here too; the error to report is the one that led here.
    }
  }
}

function work(queued: Queued): void {
  const effects: (() => void)[] = []
  const earlyEffects: (() => void)[] = []
  queued.value = queued.write.work(
    (effect) => effects.push(effect),
    (effect) => earlyEffects.push(effect),
  )
  queued.effects = effects
  queued.earlyEffects = earlyEffects
}

function performEffects(committed: readonly Queued[]): void {
  for (const { effects } of committed) for (const effect of effects) perform(effect)
}

/** A listener that throws has a bug that must be seen, but the other callers must still get their answers. */
function perform(effect: () => void): void {
  try {
    effect()
  } catch (error) {
    setImmediate(() => {
      throw error
    })
  }
}

const PROBE_EVERY_MS = 1000

/** Measured with 50 calls in flight: a quarter fewer commits, and more turns gain nothing. */
const TURNS_TO_GATHER = 4
