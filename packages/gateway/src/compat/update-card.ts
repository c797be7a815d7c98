import { checkCardUpdate, describeFault } from "@wecom-push/protocol"
import type { CompatAnswer } from "./answer.ts"
import { appNamed, requireScope } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDesk } from "./desk.ts"
import { relayedErrmsg } from "./errmsg.ts"
import { pauseAnswer } from "./pauses.ts"
import { Refusal } from "./refusal.ts"

/**
 * Changes a card, by a code that `message/send` gave or that came with a click; WeCom alone knows which code is good
 * for which card.
 * @throws {Refusal} WeCom's codes
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export async function updateCard(desk: CompatDesk, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const agentId = request.integer("agentid")
  if (agentId === undefined) throw new Refusal(request.has("agentid") ? 40056 : 41011)
  const app = appNamed(caller, agentId)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const body = withNumbers(request)
  const fault = checkCardUpdate(body, { complete: true }).find(
    ({ severity, errcode }) => severity === "error" && errcode !== undefined,
  )
  if (fault?.errcode !== undefined) throw new Refusal(fault.errcode, describeFault(fault, "en"))

  const reply = await desk.dispatcher.updateCard(app.name, JSON.stringify(body))
  if (reply.kind === "refused") return { errcode: reply.errcode, errmsg: relayedErrmsg(reply.errcode, reply.errmsg) }
  if (reply.kind === "unreachable") {
    throw new Refusal(-1, "WeCom's answer did not arrive; whether the card changed is unknown")
  }
  return { errcode: 0, ...(reply.invalidUsers.length === 0 ? {} : { invaliduser: reply.invalidUsers }) }
}

const NUMBERS = ["agentid", "atall", "enable_id_trans"] as const

/** Numbers come as strings too. */
function withNumbers(request: CompatRequest): Record<string, unknown> {
  const body = { ...request.body }
  for (const name of NUMBERS) {
    const number = request.integer(name)
    if (number !== undefined) body[name] = number
  }
  return body
}
