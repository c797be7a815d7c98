import { randomInt } from "node:crypto"
import type { Clock } from "../clock.ts"
import type { App, OrgDocument } from "../org/types.ts"
import { callApp } from "./call-app.ts"
import type { Verification } from "./delivery.ts"
import { hasCallbackKeys, seal } from "./seal.ts"

/** @see wecom document 90930 */
const ECHO_LIMIT_MS = 1000

/** The apps of a new organisation whose callback is new or changed: those that WeCom would ask when they are saved. */
export function appsToVerify(before: OrgDocument, after: OrgDocument): readonly App[] {
  const known = new Map(before.apps.map(({ agentid, callback }) => [agentid, callback]))
  return after.apps.filter(({ agentid, callback: { url, token, encoding_aes_key } }) => {
    const old = known.get(agentid)
    return url !== "" && (old?.url !== url || old.token !== token || old.encoding_aes_key !== encoding_aes_key)
  })
}

/** Asks an app to decrypt a text and send it back, as WeCom does when its callback URL is saved. */
export async function verifyUrl(clock: Clock, app: App, corpId: string, closing: AbortSignal): Promise<Verification> {
  const { agentid, callback } = app
  const about = { atMs: clock.nowMs(), agentid, url: callback.url }
  if (!hasCallbackKeys(callback)) return { ...about, ok: false, status: undefined, error: "no_token_or_key" }
  const echo = String(randomInt(10 ** 12, 10 ** 13))
  const { encrypted, query } = seal(echo, callback, corpId)
  const request = { url: callback.url, method: "GET", query: { ...query, echostr: encrypted } } as const
  const answer = await callApp(clock, { ...request, limitMs: ECHO_LIMIT_MS }, closing)
  if (answer.kind === "unanswered") return { ...about, ok: false, status: undefined, error: answer.error }
  const ok = answer.status === 200 && answer.body === echo
  return { ...about, ok, status: answer.status, error: ok || answer.status !== 200 ? undefined : "wrong_echo" }
}
