import { requireValid } from "../kit/authenticate.ts"
import type { LookupQuestion, LookupReply } from "../../model/ports/dispatcher.ts"
import type { CompatAnswer } from "./answer.ts"
import { requireScope } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDeps } from "./deps.ts"
import { relayedErrmsg } from "./errmsg.ts"
import { pauseAnswer } from "./pauses.ts"
import { Refusal } from "./refusal.ts"

/** @see https://developer.work.weixin.qq.com/document/path/95402 */
export function getUserid(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  return lookUp(deps, caller, { type: "mobile", address: request.text("mobile") })
}

/** @see https://developer.work.weixin.qq.com/document/path/95895 */
export function getUseridByEmail(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  return lookUp(deps, caller, {
    type: "email",
    address: request.text("email"),
    emailType: request.integer("email_type") === 2 ? 2 : 1,
  })
}

type Asked = Pick<LookupQuestion, "type" | "address" | "emailType">

/**
 * Uses remembered results, and otherwise the budget for numbers that no member has. The call names no app: if the key holds
 * several, it is the first by name that is not paused.
 */
async function lookUp(deps: CompatDeps, caller: Caller, asked: Asked): Promise<CompatAnswer> {
  requireScope(caller, ["send", "read"])
  const app = caller.apps.find(({ pause }) => pause === undefined) ?? caller.apps[0]
  if (app === undefined) throw new Refusal(48002)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const reply = await deps.dispatcher.lookUp({ app: app.name, ...asked, fresh: false, keyId: caller.key.id })
  await requireValid(caller.key, deps)
  return answerOf(reply, asked)
}

function answerOf(reply: LookupReply, { type }: Asked): CompatAnswer {
  if (reply.kind === "found") return { errcode: 0, userid: reply.userid }
  if (reply.kind === "failed" && reply.errcode !== undefined && reply.errcode !== 0) {
    const { errcode, errmsg = "" } = reply
    return { errcode, errmsg: relayedErrmsg(errcode, errmsg) }
  }
  if (reply.kind === "invalid") throw new Refusal(type === "mobile" ? 60103 : 60105)
  const [errcode, why] = WHY[reply.kind]
  throw new Refusal(errcode, why)
}

const WHY = {
  not_found: [46004, "no member whom the app may see has it"],
  budget_spent: [45009, "too many numbers that no member has were asked today"],
  paused: [45009, "WeCom has closed look-ups for a while"],
  failed: [-1, "WeCom could not be reached"],
} as const satisfies Readonly<Partial<Record<LookupReply["kind"], readonly [errcode: number, explanation: string]>>>
