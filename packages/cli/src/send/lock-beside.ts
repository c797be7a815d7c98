import { closeSync, constants, fstatSync, openSync, rmSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/**
 * Takes the lock of a file, which the kernel frees however this process ends. Node has no file locks of its own, so
 * SQLite takes it, on an empty file beside, which is gone when the lock is given back.
 * @returns undefined when another process holds it
 * @throws the system's error when there can be no lock here
 */
export function lockBeside(path: string): Disposable | undefined {
  const file = `${path}.lock`
  if (heldHere.has(file)) return undefined
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    // Stays open as long as the lock, since closing it would give up the lock (POSIX).
    const fd = openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600)
    const db = lockedDatabase(file, fd)
    // A process that gives a lock back removes its file, and a lock on a removed file is none.
    const isCurrent = statSync(file, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino
    if (db !== undefined && isCurrent) return held(file, fd, db)
    db?.close()
    closeSync(fd)
    if (isCurrent) return undefined
  }
  return undefined
}

const MAX_ATTEMPTS = 10

/** The kernel does not keep two tasks of one process apart. */
const heldHere = new Set<string>()

function lockedDatabase(file: string, fd: number): DatabaseSync | undefined {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    db.exec("pragma journal_mode = off; pragma locking_mode = exclusive; begin exclusive")
    return db
  } catch (error) {
    db.close()
    if (error instanceof Error && "errcode" in error && error.errcode === BUSY) return undefined
    // It is not held, and cannot be: a full disk, or a foreign file with this name.
    if (fstatSync(fd).size === 0) rmSync(file, { force: true })
    closeSync(fd)
    throw error
  }
}

const BUSY = 5

function held(file: string, fd: number, db: DatabaseSync): Disposable {
  heldHere.add(file)
  return {
    [Symbol.dispose]() {
      rmSync(file, { force: true })
      db.close()
      closeSync(fd)
      heldHere.delete(file)
    },
  }
}
