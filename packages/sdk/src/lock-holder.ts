import { randomBytes } from "node:crypto"
import { readFile, readlink } from "node:fs/promises"

/**
 * The holder of a lock file, written into it. A process number alone says little: numbers are used again, and a container's
 * first process is always 1. Linux can distinguish two starts of the system, two containers, and two processes of one number.
 */
interface LockHolder {
  readonly pid: number
  /**
   * Within this place process numbers are unique: one run of one system, and one container of it. Undefined when it is
   * unknown.
   */
  readonly place: string | undefined
  /** When the process was started, in the system's own unit. */
  readonly startedAt: string | undefined
}

/** This process, in the text of a lock file. The text of each lock differs from every other. */
export async function describeHolder(): Promise<string> {
  const [place = "-", startedAt = "-"] = await Promise.all([(ownPlace ??= readPlace()), startOf(process.pid)])
  return [process.pid, randomBytes(8).toString("hex"), place, startedAt].join(" ")
}

/** The state of the holder: `unknown` when it may be of another container or machine, or of an older version. */
export async function stateOfHolder(text: string): Promise<"alive" | "dead" | "unknown"> {
  const { pid, place, startedAt } = readHolder(text)
  const here = await (ownPlace ??= readPlace())
  if (place === undefined) {
    if (!isRunning(pid)) return "dead"
    return here === undefined ? "alive" : "unknown"
  }
  if (place !== here) return "unknown"
  const found = await startOf(pid)
  if (found === startedAt) return "alive"
  // Some systems hide the processes of others.
  return found === undefined && isRunning(pid) ? "unknown" : "dead"
}

function readHolder(text: string): LockHolder {
  const [pid = "", , place, startedAt] = text.split(" ")
  return { pid: Number(pid), place: known(place), startedAt: known(startedAt) }
}

function known(part: string | undefined): string | undefined {
  return part === "-" ? undefined : part
}

let ownPlace: Promise<string | undefined> | undefined

async function readPlace(): Promise<string | undefined> {
  const boot = await quietRead(() => readFile("/proc/sys/kernel/random/boot_id", "utf8"))
  const container = await quietRead(() => readlink("/proc/self/ns/pid"))
  return boot === undefined || container === undefined ? undefined : `${boot.trim()}/${container}`
}

/** Undefined when there is no such process, or the system does not say. `ended` while its parent has not noticed. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await quietRead(() => readFile(`/proc/${pid}/stat`, "latin1"))
  if (stat === undefined) return undefined
  // The program's name comes before it in brackets and may contain any character, brackets and blanks too.
  const [state, ...others] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return state === "Z" || state === "X" ? "ended" : others[18]
}

/** Not Linux, no `/proc`, or a process that has ended in the meantime. */
async function quietRead(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return await read()
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}
