import { readFileSync } from "node:fs"

/** Linux counts processor time in ticks of this length. */
const TICK_MS = 10

/**
 * The processor time of the children that have ended and were waited for, including their children. Node reports only its own
 * process, and systems other than Linux have no file with this time.
 */
export function childrenCpuMs(): number | undefined {
  if (process.platform !== "linux") return undefined
  const stat = readFileSync("/proc/self/stat", "utf8")
  // The program's name may contain spaces and brackets, so the fields are counted from the last bracket.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}

/** Divides the time among children that run at once: each call, after a child has ended, gives the time since the last call. */
export class ChildrenCpu {
  #told = childrenCpuMs()

  /** Text for the line about a child that has ended: ", 12 s of processors"; empty where the time is not known. */
  describeLast(): string {
    const now = childrenCpuMs()
    if (now === undefined || this.#told === undefined) return ""
    const seconds = (now - this.#told) / 1000
    this.#told = now
    return `, ${Math.round(seconds)} s of processors`
  }
}
