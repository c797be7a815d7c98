import { readFileSync, readlinkSync } from "node:fs"
import { uptime } from "node:os"
import type { Uptime } from "../model/ports/clock-notes.ts"

/** Undefined if it is unknown, as on systems other than Linux. */
export function machineUptime(): Uptime | undefined {
  // A container may see its own age, which begins again with each start while the boot is the same.
  if (sinceBoot() < Number(process.hrtime.bigint() / 1_000_000n) - SLACK_MS) return undefined
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()
    // Another namespace may count from another moment.
    return { boot: `${boot} ${readlinkSync("/proc/self/ns/time")}`, ms: sinceBoot }
  } catch {
    return undefined
  }
}

/** Includes the time in which the machine was suspended. */
function sinceBoot(): number {
  return Math.round(uptime() * 1000)
}

const SLACK_MS = 1000
