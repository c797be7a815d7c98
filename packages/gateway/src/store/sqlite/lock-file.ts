import { closeSync, openSync, readSync, realpathSync, rmSync, truncateSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { dirname, basename, join } from "node:path"
import { sqliteCode } from "./classify-error.ts"
import { refusalOfWrites } from "./refusal-for.ts"
import { refusals } from "./refusals.ts"
import { integer } from "../row.ts"

/**
 * Keeps a second gateway from a database: an exclusive lock on a side file, which the kernel frees however this process
 * ends. The file is a database of its own, whose header says which process holds it and how its last holder ended.
 */
export class LockFile implements Disposable {
  readonly #path: string
  readonly #db: DatabaseSync
  /** The last holder ended without `markClosed`. */
  readonly wasCutOff: boolean

  /** @throws {StartRefusal} `locked`, `read_only` */
  constructor(file: string) {
    this.#path = join(realpathSync(dirname(file)), `${basename(file)}-lock`)
    if (heldHere.has(this.#path)) throw refusals.locked(file, process.pid)
    this.#db = this.#lock(file)
    heldHere.add(this.#path)
    try {
      this.wasCutOff = this.#header("application_id") === OPEN
      this.#setHeader("user_version", process.pid)
    } catch (error) {
      this.#letGo()
      throw error
    }
  }

  /** From here on there is a log beside the database; a missing log after a crash means that it was removed. */
  markOpen(): void {
    this.#setHeader("application_id", OPEN)
  }

  /**
   * Certain before the log is removed: or after a power failure the log could be missing although no gateway had
   * closed.
   */
  markClosed(): void {
    this.#db.exec("pragma synchronous = full")
    this.#setHeader("application_id", 0)
    this.#db.exec("pragma synchronous = off")
  }

  [Symbol.dispose](): void {
    try {
      this.#setHeader("user_version", 0)
    } finally {
      this.#letGo()
    }
  }

  #letGo(): void {
    this.#db.close()
    heldHere.delete(this.#path)
  }

  #lock(file: string, isRepaired = false): DatabaseSync {
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(this.#path)
      // No journal and no sync: the file's content matters only after the death of a process, not after a power
      // failure.
      db.exec(
        "pragma journal_mode = off; pragma synchronous = off; pragma locking_mode = exclusive; begin exclusive; commit",
      )
      return db
    } catch (error) {
      db?.close()
      const code = (sqliteCode(error) ?? 0) & 0xff
      if (code === BUSY) throw refusals.locked(file, holderOf(this.#path))
      if (isRepaired || (code !== NOTADB && code !== CORRUPT)) throw refusalOfWrites(file, error)
    }
    // Leftovers of a power failure. Emptied and not replaced: a process that holds it by now still does.
    rmSync(`${this.#path}-journal`, { force: true })
    truncateSync(this.#path)
    return this.#lock(file, true)
  }

  #header(field: string): number {
    return integer(this.#db.prepare(`pragma ${field}`).get() ?? {}, field)
  }

  #setHeader(field: string, value: number): void {
    this.#db.exec(`pragma ${field} = ${value}`)
  }
}

/**
 * A process must not open a file that it has locked through SQLite: closing it again would give up the lock (POSIX). So
 * it remembers its own locks.
 */
const heldHere = new Set<string>()

/** The lock keeps SQLite from reading the file, but not us: `user_version` is at byte 60 of its header. */
function holderOf(path: string): number | undefined {
  const header = Buffer.alloc(100)
  const handle = openSync(path, "r")
  try {
    if (readSync(handle, header) < header.length) return undefined
  } finally {
    closeSync(handle)
  }
  const pid = header.readUInt32BE(60)
  return pid === 0 ? undefined : pid
}

const BUSY = 5
const CORRUPT = 11
const NOTADB = 26
const OPEN = 1
