import type { Fault } from "./fault.ts"
import type { Check } from "./shape.ts"

/** A caller mends no thousand faults at a time, and a hostile body could hold millions. */
const MAX_FAULTS = 1000

export function collectFaults(value: unknown, ...checks: readonly Check[]): Fault[] {
  const faults: Fault[] = []
  for (const check of checks)
    check(value, "", (fault) => {
      if (faults.length < MAX_FAULTS) faults.push(fault)
    })
  return faults
}
