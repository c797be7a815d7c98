import { randomBytes } from "node:crypto"
import { link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describeHolder, stateOfHolder } from "./lock-holder.ts"
import { hasCode, makeFolder } from "./make-folder.ts"

/** Small JSON files that several processes read and change: token and look-up caches. Readable by their owner only. */

/** @returns undefined when there is no such file, or it does not contain JSON: a broken cache counts as empty. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"))
  } catch (error) {
    if (error instanceof SyntaxError || hasCode(error, "ENOENT")) return undefined
    throw error
  }
}

/** Changes whenever `writeJson` has replaced the file. */
export async function fileVersion(path: string): Promise<string> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true })
    return `${ino} ${mtimeNs} ${size}`
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "none"
    throw error
  }
}

/** Readers see the old file or the new one, never a part of it: it is written beside its place and renamed. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await prepareFolder(dirname(path))
  await using beside = await writeBeside(path, JSON.stringify(value))
  await rename(beside.path, path)
}

/** A temporary file beside it, removed when it is disposed of. */
async function writeBeside(path: string, content: string): Promise<AsyncDisposable & { readonly path: string }> {
  const beside = besideName(path)
  const remove = (): Promise<void> => rm(beside, { force: true })
  try {
    await using file = await open(beside, "wx", 0o600)
    await file.writeFile(content)
  } catch (error) {
    await remove()
    throw error
  }
  return { path: beside, [Symbol.asyncDispose]: remove }
}

function besideName(path: string): string {
  return `${path}.${randomBytes(6).toString("hex")}.tmp`
}

/** The folder is made when it is first needed; files left in it by killed processes are removed, once for each process. */
async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder)
  if (swept.has(folder)) return
  swept.add(folder)
  for (const name of await readdir(folder)) {
    if (BESIDE.test(name)) await removeOld(join(folder, name))
  }
}

const swept = new Set<string>()
const BESIDE = /\.(?:json|lock)\.[0-9a-f]{12}(?:\.tmp)?$/

/** Not by the time of writing: a lock that is put aside keeps that time, but its name is new. */
async function removeOld(path: string): Promise<void> {
  try {
    const { ctimeMs } = await stat(path)
    if (Date.now() - ctimeMs > LEFT_BEHIND_MS) await rm(path, { force: true })
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error
  }
}

/** Far longer than any process works on such a file. */
const LEFT_BEHIND_MS = 600_000

/** The lock was not available in time. The work can be done without it: at most one entry of a cache is lost. */
export class LockNotHad extends Error {
  override readonly name = "LockNotHad"
  readonly code = "ELOCKED"

  constructor(path: string) {
    super(`another process holds ${path}; if none is running, delete that file`)
  }
}

/**
 * Runs one task at a time for all processes that use this lock file. The lock of a process that has ended is taken over
 * at once. It waits for a live process until `signal` ends the wait, and two seconds at most for one that cannot be
 * seen from here, for example in another container.
 * @throws {LockNotHad} and the error of the task
 */
export async function withFileLock<T>(path: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const limit = signal ?? AbortSignal.timeout(LONGEST_WAIT_MS)
  const before = queues.get(path) ?? Promise.resolve()
  const mine = before.then(() => locked(path, task, limit))
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

/** The tasks of this process wait here, so that they need not poll the file. */
const queues = new Map<string, Promise<void>>()

async function locked<T>(path: string, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  await using _lock = await acquire(path, signal)
  return await task()
}

async function acquire(path: string, signal: AbortSignal): Promise<AsyncDisposable> {
  await prepareFolder(dirname(path))
  const name = await describeHolder()
  await using beside = await writeBeside(path, name)
  const startedAt = performance.now()
  // A link appears with its content or not at all, so a lock without a holder is never read.
  while (!(await tryLink(beside.path, path))) {
    const holder = await holderOf(path)
    const state = holder === undefined ? "unknown" : await stateOfHolder(holder)
    if (holder !== undefined && (state === "dead" || (await ageMs(path)) > STALE_AFTER_MS[state])) {
      await putAside(path, holder)
      continue
    }
    const isLate = state === "unknown" && performance.now() - startedAt > UNKNOWN_WAIT_MS
    if (isLate || signal.aborted) throw new LockNotHad(path)
    await sleep(POLL_MS)
  }
  return {
    async [Symbol.asyncDispose]() {
      // Another process may have taken the lock over in the meantime; that lock must stay.
      if ((await holderOf(path)) === name) await rm(path, { force: true })
    },
  }
}

const POLL_MS = 15
/** As long as one try to get a token from WeCom may take. */
const LONGEST_WAIT_MS = 10_000
const UNKNOWN_WAIT_MS = 2000
/** The work under a lock takes milliseconds, or one call of WeCom. */
const STALE_AFTER_MS = { alive: 60_000, unknown: 10_000 }

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false
    throw error
  }
}

/** Moves a lock out of the way. */
async function putAside(path: string, holder: string): Promise<void> {
  const aside = besideName(path)
  try {
    await rename(path, aside)
  } catch (error) {
    if (hasCode(error, "ENOENT")) return
    throw error
  }
  // Between the check and the move, another process may have replaced the dead lock by its own live one: then that is
  // put back.
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

/** The absolute value: a clock that was set back makes a lock look as if it were made in the future. */
async function ageMs(path: string): Promise<number> {
  try {
    return Math.abs(Date.now() - (await stat(path)).mtimeMs)
  } catch (error) {
    if (hasCode(error, "ENOENT")) return 0
    throw error
  }
}
