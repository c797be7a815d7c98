import type { DatabaseSync } from "node:sqlite"
import { StorageError } from "../../model/storage-error.ts"
import type { StorageErrorCode } from "../../model/storage-error.ts"
import { point } from "../../model/ports/point.ts"
import type { StorePoint } from "../../model/ports/point.ts"
import type { Checkpoints, Writer } from "./checkpoints.ts"
import { classifyError } from "./classify-error.ts"
import type { LogSync } from "./log-sync.ts"
import type { ReserveFile } from "./reserve-file.ts"

/** Puts off an effect outside the database until the change is committed, and on the disk. */
export type AfterCommit = (effect: () => void) => void

/**
 * Puts off an effect until the change is committed, and not until it is on the disk: for what nobody outside learns of,
 * and what is lost together with the change.
 */
export type WhileSyncing = (effect: () => void) => void

export interface Write<T> {
  /** `door`: new work, turned away first when space runs out. `inside`: what finishes work that was taken on. */
  readonly kind: "door" | "inside"
  /** Runs inside a transaction, perhaps twice: whatever it does outside the database goes through `after` or `meanwhile`. */
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

/** Committed together, or one after another: what a sync covers. */
interface Group {
  readonly changes: Queued[]
  readonly answered: PromiseWithResolvers<void>
}

/**
 * All changes that arrive together share a transaction and a sync; each is answered after its sync. A change that throws
 * fails alone.
 *
 * SQLite writes the log and we sync it, on another thread. What is committed meanwhile is not covered by that sync,
 * wherever in the file it stands: it is answered after the next.
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
  /** Committed while the others are on their way: the next sync is theirs. */
  #next: Group | undefined
  /** Committed, but their sync failed: they were told so, and their effects are owed until they are on the disk. */
  #doubtful: Queued[] = []
  #isHeld = false
  #closed = false
  #trouble: StorageErrorCode | undefined
  #probing: NodeJS.Timeout | undefined

  /** @param checkpoints by SQLite itself, within a commit, unless given */
  constructor(db: DatabaseSync, reserve: ReserveFile, log: LogSync, checkpoints?: Checkpoints) {
    this.#db = db
    this.#reserve = reserve
    this.#log = log
    this.#checkpoints = checkpoints
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

  /** What `read` finds, once none of it can be lost with the power. */
  async durable<T>(read: () => T): Promise<Awaited<T>> {
    const found = await read()
    // Behind the reading, since other changes may be committed while this waits.
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

  /** Commits what has arrived; later changes are refused. */
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
   * While changes still arrive with each turn of the loop, a few turns more make one sync of two; while a sync is under
   * way, all of them do. A change that comes alone loses a turn that has nothing else to do.
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
    // Otherwise closing has answered already.
    if (this.#syncing !== group) return
    this.#syncing = undefined
    if (error === undefined) {
      // What waited is on its way to the disk while those who are answered go on.
      this.#flush()
      this.#answer(group)
      return
    }
    // What was committed meanwhile stands in the log behind what may be lost.
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

  /** @returns those that are in the log now; the others have been told why they are not */
  #commitArrived(): readonly Queued[] {
    const arrived = this.#queue
    if (arrived.length === 0) return []
    this.#queue = []
    // After trouble with the disk new work waits for a probe to succeed; work that was taken on is tried always.
    this.#commit(this.#trouble === undefined ? arrived : this.#turnAway(arrived, this.#trouble))
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

  /** @returns those that are not at the door */
  #turnAway(queue: readonly Queued[], code: StorageErrorCode, cause?: unknown): readonly Queued[] {
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
      left = this.#turnAway(left, "storage_full", error)
      error = this.#attempt(left, this.#workApart)
    }
    if (error !== undefined) this.#fail(left, error)
  }

  /** @returns what went wrong; then nothing was kept */
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
   * A system that failed to sync may take the lost pages for written, and a later sync that succeeds proves nothing of
   * them. So the log is begun anew: what is in it moves into the database, which is synced, before anything relies on it.
   * @returns what went wrong; then the log must not be written
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

  /** In a savepoint, so that a change that throws takes only itself back. */
  readonly #workApart = (queued: Queued): void => {
    queued.error = undefined
    this.#db.exec("savepoint one")
    try {
      work(queued)
    } catch (error) {
      // Trouble with the disk is everybody's; SQLite may have rolled back the whole transaction already.
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
    this.#trouble = code
    // By itself, and not when work arrives: where health decides who gets work, none would arrive.
    this.#probing ??= setInterval(() => this.#probe(), PROBE_EVERY_MS).unref()
  }

  #probe(): void {
    // A sync that is under way will tell by its own result.
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
    // After the graver errors SQLite has done so by itself.
    if (!this.#db.isTransaction) return
    try {
      this.#db.exec("rollback")
    } catch {
      // A disk that fails here too; the error that counts is the one that led here.
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

/** A listener that throws is a mistake to be seen, not a reason to leave others without their answers. */
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

/** Measured with 50 calls in flight: a quarter fewer commits, and no more to be had beyond. */
const TURNS_TO_GATHER = 4
