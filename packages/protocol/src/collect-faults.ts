import type { Fault } from "./fault.ts"
import type { Check } from "./shape.ts"

/** A caller does not correct a thousand faults at a time, and a hostile body could have millions. */
const MAX_FAULTS = 1000

/** Counts the faults of each severity separately, so that a thousand warnings do not hide an error. */

export function collectFaults(value: unknown, ...checks: readonly Check[]): Fault[] {
  const faults: Fault[] = []
  const counts = { error: 0, warning: 0 }
  for (const check of checks)
    check(value, "", (fault) => {
      if (counts[fault.severity]++ < MAX_FAULTS) faults.push(fault)
    })
  return faults
}
