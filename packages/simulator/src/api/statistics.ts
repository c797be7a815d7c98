import { beijingDay } from "../clock.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { bodyInteger, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

const YESTERDAY = 1

/** How many copies of the calling app's messages phones showed today or yesterday. @see wecom document 92369 */
export function getStatistics(world: World, call: ApiCall, app: App): ApiAnswer {
  const timeType = bodyInteger(call, "time_type") ?? 0
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (timeType !== 0 && timeType !== YESTERDAY) return refuse(40058)
  const count = world.shownCopies.of(app.agentid, beijingDay(call.nowMs) - timeType)
  return { errcode: 0, statistics: [{ agentid: app.agentid, app_name: app.name, count }] }
}
