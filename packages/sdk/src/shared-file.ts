import { randomBytes } from "node:crypto"
import { link, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

/** Small JSON files that several processes read and change: token and look-up caches. Readable by their owner alone. */

/** @returns undefined when there is no such file, or what it holds is no JSON: a cache that is broken is empty. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"))
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** Differs whenever `writeJson` has replaced the file meanwhile. */
export async function fileVersion(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "none"
    throw error
  }
}

/** Readers see the old file or the new one, never a half: it is written beside its place and renamed. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomBytes(6).toString("hex")}.tmp`
  try {
    const file = await open(beside, "wx", 0o600)
    try {
      await file.writeFile(JSON.stringify(value))
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/**
 * Runs one task at a time for all processes that use this lock file. A lock whose holder died is taken over at once;
 * one that is older than `staleAfterMs` too, because process numbers are reused and containers do not share them.
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>, staleAfterMs = 60_000): Promise<T> {
  const before = queues.get(path) ?? Promise.resolve()
  const mine = before.then(() => locked(path, task, staleAfterMs))
  const settled = mine.then(
    () => undefined,
    () => undefined,
  )
  queues.set(path, settled)
  try {
    return await mine
  } finally {
    if (queues.get(path) === settled) queues.delete(path)
  }
}

/** The tasks of this process wait here rather than poll the file. */
const queues = new Map<string, Promise<void>>()

async function locked<T>(path: string, task: () => Promise<T>, staleAfterMs: number): Promise<T> {
  const name = `${process.pid} ${randomBytes(8).toString("hex")}`
  await acquire(path, name, staleAfterMs)
  try {
    return await task()
  } finally {
    // Somebody may have taken it over meanwhile; theirs must stay.
    if ((await holderOf(path)) === name) await rm(path, { force: true })
  }
}

async function acquire(path: string, name: string, staleAfterMs: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.${randomBytes(6).toString("hex")}`
  const file = await open(beside, "wx", 0o600)
  try {
    await file.writeFile(name)
    await file.close()
    // A link appears with its content or not at all, so nobody ever reads a lock without a holder.
    while (!(await tryLink(beside, path))) {
      await breakStale(path, staleAfterMs)
      await sleep(POLL_MS)
    }
  } finally {
    await rm(beside, { force: true })
  }
}

const POLL_MS = 15

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false
    throw error
  }
}

async function breakStale(path: string, staleAfterMs: number): Promise<void> {
  const holder = await holderOf(path)
  if (holder === undefined) return
  if (isAlive(Number.parseInt(holder, 10)) && (await ageMs(path)) < staleAfterMs) return
  const aside = `${path}.${randomBytes(6).toString("hex")}`
  try {
    await rename(path, aside)
  } catch (error) {
    if (hasCode(error, "ENOENT")) return
    throw error
  }
  // Between looking and moving, another process may have replaced the dead lock by its own live one: give that back.
  if ((await holderOf(aside)) !== holder) await tryLink(aside, path)
  await rm(aside, { force: true })
}

async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8")
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined
    throw error
  }
}

async function ageMs(path: string): Promise<number> {
  try {
    return Date.now() - (await stat(path)).mtimeMs
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return hasCode(error, "EPERM")
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code
}
