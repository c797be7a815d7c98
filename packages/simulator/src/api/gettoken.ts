import type { World } from "../world.ts"
import { bodyText, mustRefuseJson, queryText, refuse, type ApiAnswer, type ApiCall } from "./call.ts"
import { isTrusted } from "./trusted-ip.ts"

/** Takes its two parameters from the query or, by POST, from a JSON body. @see wecom document 91039 */
export function getToken(world: World, call: ApiCall): ApiAnswer {
  const { org, settings } = world
  if (world.secretBan.isBanned(call.ip, call.nowMs)) return refuse(45009)
  if (settings.ip_check_gettoken && !isTrusted(org, call.ip)) return refuse(60020)

  const corpId = queryText(call.query, "corpid") || bodyText(call, "corpid")
  const secret = queryText(call.query, "corpsecret") || bodyText(call, "corpsecret")
  if (mustRefuseJson(world, call)) return refuse(40058)
  if (secret === "") return refuse(41004)
  if (corpId === "") return refuse(41002)
  if (corpId !== org.document.corp_id) return refuse(40013)

  const app = org.ownerOf(secret)
  if (app === undefined) {
    world.secretBan.fail(call.ip, settings.limits.bad_secrets_per_hour, call.nowMs)
    return refuse(40001)
  }
  if (!app.enabled) return refuse(50003)

  const { token, expiresInSeconds } = world.tokens.issue(app, call.nowMs, settings.repeat_token)
  return { errcode: 0, access_token: token, expires_in: expiresInSeconds }
}
