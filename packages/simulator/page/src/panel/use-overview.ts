import type { Stats } from "../../../src/ledger.ts"
import type { Settings } from "../../../src/settings.ts"
import type { LeftFault } from "./faults/left-fault.ts"
import { usePolled } from "./use-polled.ts"

export interface SimulatorTime {
  readonly now: string
  readonly ahead_s: number
}

/** The values that any section of the panel may show; each is undefined until it is known. */
export interface Overview {
  readonly faults: readonly LeftFault[] | undefined
  readonly clock: SimulatorTime | undefined
  readonly stats: Stats | undefined
  readonly settings: Settings | undefined
  readonly defaults: Settings | undefined
  readonly isOnline: boolean
  /** Called after a change made here: fetches all of the values at once. */
  readonly refresh: () => void
}

const SOON_MS = 1500
// The interval for values that tests change seldom.
const LATER_MS = 4000

export function useOverview(): Overview {
  const faults = usePolled<{ readonly faults: readonly LeftFault[] }>("/_sim/faults", SOON_MS)
  const clock = usePolled<SimulatorTime>("/_sim/clock", LATER_MS)
  const stats = usePolled<Stats>("/_sim/stats", SOON_MS)
  const settings = usePolled<Settings>("/_sim/settings", LATER_MS)
  const defaults = usePolled<Settings>("/_sim/settings/defaults", LATER_MS)
  const all = [faults, clock, stats, settings, defaults]
  return {
    faults: faults.value?.faults,
    clock: clock.value,
    stats: stats.value,
    settings: settings.value,
    defaults: defaults.value,
    isOnline: all.every(({ isOnline }) => isOnline),
    refresh: () => {
      for (const one of all) one.refresh()
    },
  }
}
