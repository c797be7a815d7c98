import { readFileSync } from "node:fs"

/** Linux counts processor time in ticks of this length. */
const TICK_MS = 10

/**
 * The processor's time of the children that have ended and were waited for, theirs included. Node tells of its own process
 * alone; other systems than Linux have no file that says it.
 */
export function childrenCpuMs(): number | undefined {
  if (process.platform !== "linux") return undefined
  const stat = readFileSync("/proc/self/stat", "utf8")
  // The name of the program may hold spaces and brackets, so what follows is found from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS
}

/** Divides it among children that run at once: ask when one has ended, and it is what has come since the last time. */
export class ChildrenCpu {
  #told = childrenCpuMs()

  /** For the line on one that has ended: ", 12 s of processors"; empty where the system does not say. */
  describeLast(): string {
    const now = childrenCpuMs()
    if (now === undefined || this.#told === undefined) return ""
    const seconds = (now - this.#told) / 1000
    this.#told = now
    return `, ${Math.round(seconds)} s of processors`
  }
}
