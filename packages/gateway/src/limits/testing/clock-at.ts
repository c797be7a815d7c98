import { JumpAwareClock } from "../../model/jump-aware-clock.ts"

/** The clock of a test: it shows these times, whatever they become. */
export function clockAt(times: { readonly nowMs: number; readonly steadyMs?: number }): JumpAwareClock {
  return new JumpAwareClock({
    now: () => times.nowMs,
    monotonic: () => times.steadyMs ?? times.nowMs,
    sleep: () => Promise.resolve(),
  })
}
