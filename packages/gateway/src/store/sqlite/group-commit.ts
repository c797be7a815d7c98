import type { DatabaseSync } from "node:sqlite"
import { StorageError } from "../../core/storage-error.ts"
import type { StorageErrorCode } from "../../core/storage-error.ts"
import { point } from "../point.ts"
import type { StorePoint } from "../point.ts"
import { classifyError } from "./classify-error.ts"
import type { ReserveFile } from "./reserve-file.ts"

/** Puts off an effect outside the database until the change is committed. */
export type AfterCommit = (effect: () => void) => void

export interface Write<T> {
  /** `door`: new work, turned away first when space runs out. `inside`: what finishes work that was taken on. */
  readonly kind: "door" | "inside"
  /** Runs inside a transaction, perhaps twice: whatever it does outside the database goes through `after`. */
  readonly work: (after: AfterCommit) => T
  readonly beforeCommit?: StorePoint
  readonly afterCommit?: StorePoint
}

interface Queued {
  readonly write: Write<unknown>
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  effects: (() => void)[]
  value?: unknown
  error?: unknown
}

/**
 * All changes that arrive together share a transaction, and so one fsync; each is answered after it. A change that
 * throws fails alone.
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  readonly #reserve: ReserveFile
  #queue: Queued[] = []
  #scheduled = false
  #closed = false
  #trouble: StorageErrorCode | undefined
  #probing: NodeJS.Timeout | undefined

  constructor(db: DatabaseSync, reserve: ReserveFile) {
    this.#db = db
    this.#reserve = reserve
  }

  get trouble(): StorageErrorCode | undefined {
    return this.#trouble
  }

  submit<T>(write: Write<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError("storage_closed"))
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the queue holds writes of every type; each resolves with what its own work returned
    this.#queue.push({ write, resolve, reject, effects: [] } as Queued)
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#gather, 0, TURNS_TO_GATHER)
    }
    return promise
  }

  /**
   * While changes still arrive with each turn of the loop, a few turns more make one fsync of two. A change that comes
   * alone loses a turn that has nothing else to do.
   */
  readonly #gather = (before: number, turnsLeft: number): void => {
    const arrived = this.#queue.length
    if (arrived > before && turnsLeft > 0) setImmediate(this.#gather, arrived, turnsLeft - 1)
    else this.#flush()
  }

  /** Commits what has arrived; later changes are refused. */
  close(): void {
    this.#closed = true
    clearInterval(this.#probing)
    this.#flush()
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    const arrived = this.#queue
    if (arrived.length === 0) return
    this.#queue = []
    // After trouble with the disk new work waits for a probe to succeed; work that was taken on is tried always.
    this.#commit(this.#trouble === undefined ? arrived : this.#turnAway(arrived, this.#trouble))
    for (const queued of arrived) {
      if (queued.error === undefined) queued.resolve(queued.value)
      else queued.reject(queued.error)
    }
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
    let error = this.#attempt(left, work)
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
    for (const { write, effects, error } of queue) {
      if (error !== undefined) continue
      if (write.afterCommit !== undefined) point(write.afterCommit)
      for (const effect of effects) perform(effect)
    }
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
      this.#db.exec("rollback to one")
    }
    this.#db.exec("release one")
  }

  #fail(queue: readonly Queued[], error: unknown): void {
    const code = classifyError(error)
    if (code === "storage_full" || code === "storage_error") this.#enterTrouble(code)
    for (const queued of queue) queued.error = code === undefined ? error : new StorageError(code, { cause: error })
  }

  #enterTrouble(code: StorageErrorCode): void {
    this.#trouble = code
    // By itself, and not when work arrives: where health decides who gets work, none would arrive.
    this.#probing ??= setInterval(() => this.#probe(), PROBE_EVERY_MS).unref()
  }

  #probe(): void {
    try {
      if (this.#trouble === "storage_full") this.#reserve.take()
      this.#transaction(() => this.#db.exec("update meta set value = value + 1 where name = 'probe'"))
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
  queued.value = queued.write.work((effect) => effects.push(effect))
  queued.effects = effects
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
