import { checkEmail, checkMobile } from "@wecom-push/protocol"
import type { App, Member } from "../org/types.ts"
import type { World } from "../world.ts"
import { bodyInteger, bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

/** @see wecom document 95402 */
export function getUseridByMobile(world: World, call: ApiCall, app: App): ApiAnswer {
  const mobile = bodyText(call, "mobile")
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (checkMobile(mobile) !== undefined) return refuse(60103)
  return lookUp(world, call, app, "mobile", () => world.org.memberByMobile(mobile))
}

const PERSONAL_EMAIL = 2

/** @see wecom document 95895 */
export function getUseridByEmail(world: World, call: ApiCall, app: App): ApiAnswer {
  const email = bodyText(call, "email")
  const kind = bodyInteger(call, "email_type") === PERSONAL_EMAIL ? "personal" : "corp"
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (checkEmail(email) !== undefined) return refuse(60105)
  return lookUp(world, call, app, "email", () => world.org.memberByEmail(email, kind))
}

/**
 * An unknown number and one whose owner the app may not see get the same answer. Too many of them close the API
 * until midnight, for those who would have been found too.
 */
function lookUp(
  world: World,
  call: ApiCall,
  app: App,
  api: "mobile" | "email",
  find: () => Member | undefined,
): ApiAnswer {
  const { lookup_misses_per: per, limits } = world.settings
  const counter = per === "corp" ? api : `${api}/${app.agentid}`
  if (world.lookupMisses.isClosed(counter, limits.lookup_misses_per_day, call.nowMs)) return refuse(45009)

  const member = find()
  if (member !== undefined && world.org.visibleRange(app).seesMember(member)) {
    return { errcode: 0, userid: member.userid }
  }
  const within = world.lookupMisses.take(counter, 1, limits.lookup_misses_per_day, call.nowMs)
  return refuse(within ? 46004 : 45009)
}
