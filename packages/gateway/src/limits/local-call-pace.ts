import { Pace } from "@wecom-push/sdk/internals"
import type { Clock } from "@wecom-push/sdk"
import type { LookupLimits } from "../model/app-limits.ts"
import type { CallPace } from "../model/ports/governor.ts"
import { ASK_AGAIN_MS, lookupRules } from "./lookup-rules.ts"

/** The pace of one API for one corp, where this process alone sends to WeCom. */
export function localCallPace(clock: Clock, limits: () => Promise<LookupLimits>): CallPace {
  const pace = new Pace(clock, [])
  return {
    async take() {
      for (;;) {
        pace.change(lookupRules(await limits()))
        if (await pace.take(() => clock.now() + ASK_AGAIN_MS)) {
          const takenAt = clock.now()
          return { [Symbol.dispose]: () => pace.answered(takenAt) }
        }
        await clock.sleep(ASK_AGAIN_MS)
      }
    },
  }
}
