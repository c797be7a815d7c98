import type { CompatAnswer } from "./answer.ts"
import { heldApps } from "./callers.ts"
import type { CompatDeps } from "./deps.ts"
import type { CompatRequest } from "./compat-request.ts"
import { Refusal } from "./refusal.ts"

/**
 * A token for a key, from the query or, with POST, from a JSON body. WeCom is not asked.
 * @throws {Refusal} 41004, 41002, 40001, 40013
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export async function getToken(deps: CompatDeps, request: CompatRequest): Promise<CompatAnswer> {
  const secret = parameter(request, "corpsecret")
  const corpId = parameter(request, "corpid")
  if (secret === "") throw new Refusal(41004)
  if (corpId === "") throw new Refusal(41002)
  const key = await deps.keyRing.find(secret, deps.now())
  // The key is checked before the corp, so that a client without a key gets no information about corps.
  if (key === undefined) throw new Refusal(40001, "corpsecret is no key of this gateway")
  deps.audit.used(key, request.peer)
  const apps = await heldApps(key, corpId, deps.apps)
  if (apps.length === 0) throw new Refusal(40013, "the key holds no app of this corp")
  const { token, expiresInSeconds } = await deps.tokens.issue(key, corpId)
  return { errcode: 0, access_token: token, expires_in: expiresInSeconds }
}

function parameter(request: CompatRequest, name: string): string {
  const inQuery = request.queryText(name)
  return inQuery === "" && request.verb === "POST" ? request.text(name) : inQuery
}
