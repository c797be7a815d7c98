import { JumpAwareClock } from "../../model/jump-aware-clock.ts"

/** A test's clock: it shows these times, also after they change. */
export function clockAt(times: { readonly nowMs: number; readonly steadyMs?: number }): JumpAwareClock {
  return new JumpAwareClock({
    now: () => times.nowMs,
    monotonic: () => times.steadyMs ?? times.nowMs,
    sleep: () => Promise.resolve(),
  })
}
