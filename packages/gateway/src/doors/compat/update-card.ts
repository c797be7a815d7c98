import { checkCardUpdate } from "@wecom-push/protocol"
import { APP_MESSAGE } from "@wecom-push/protocol/delivery"
import type { CardChanged, CardRequestOutcome } from "../../delivery/commands/change-card.ts"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { CardUpdateReply } from "../../model/ports/dispatcher.ts"
import type { CompatAnswer } from "./answer.ts"
import { appNamed, requireScope } from "./callers.ts"
import type { Caller } from "./callers.ts"
import type { CompatRequest } from "./compat-request.ts"
import type { CompatDeps } from "./deps.ts"
import { relayedErrmsg } from "./errmsg.ts"
import { pauseAnswer } from "./pauses.ts"
import { refuseFaulty } from "./refuse-faulty.ts"
import { Refusal } from "./refusal.ts"

/**
 * Changes a card, by a code that `message/send` gave or that came with a click; WeCom alone knows which code is good
 * for which card. Where `message/send` gave the id of the message in its place, by the codes of all its calls.
 * @throws {Refusal} WeCom's codes
 * @see https://developer.work.weixin.qq.com/document/path/94888
 */
export async function updateCard(deps: CompatDeps, caller: Caller, request: CompatRequest): Promise<CompatAnswer> {
  requireScope(caller, ["send"])
  const app = appOfCard(caller, request)
  if (app.pause !== undefined) return pauseAnswer(app.pause)
  const body = withNumbers(request)
  refuseFaulty(checkCardUpdate(body, { complete: true }))
  const code = request.text("response_code")
  return code.startsWith("msg_") ? changeMessage(deps, app, code, body) : changeByCode(deps, app, body)
}

/** @throws {Refusal} 41011, 40056, 301002 */
export function appOfCard(caller: Caller, request: CompatRequest): AppRecord {
  const agentId = request.integer("agentid")
  if (agentId === undefined) throw new Refusal(request.has("agentid") ? 40056 : 41011)
  return appNamed(caller, agentId)
}

const NUMBERS = ["agentid", "atall", "enable_id_trans"] as const

/** Numbers come as strings too. */
export function withNumbers(request: CompatRequest): Record<string, unknown> {
  const body = { ...request.body }
  for (const name of NUMBERS) {
    const number = request.integer(name)
    if (number !== undefined) body[name] = number
  }
  return body
}

async function changeByCode(
  { dispatcher }: CompatDeps,
  app: AppRecord,
  body: Readonly<Record<string, unknown>>,
): Promise<CompatAnswer> {
  const reply = await dispatcher.updateCard(app.name, JSON.stringify(body))
  return reply.kind === "updated" ? success(reply.invalidUsers) : notUpdated(reply)
}

/** @throws {Refusal} -1 where WeCom has not answered */
export function notUpdated(reply: Exclude<CardUpdateReply, { readonly kind: "updated" }>): CompatAnswer {
  if (reply.kind === "unreachable") throw unreachable()
  if (reply.kind === "unknown") throw unknown()
  return { errcode: reply.errcode, errmsg: relayedErrmsg(reply.errcode, reply.errmsg) }
}

async function changeMessage(
  { stores, cards, now }: CompatDeps,
  app: AppRecord,
  messageId: string,
  update: Readonly<Record<string, unknown>>,
): Promise<CompatAnswer> {
  const message = await stores.reader.message(messageId, { apps: [app.name], now: now() })
  if (message === undefined) throw new Refusal(60140, "response_code is the id of no message of this app")
  const body = Object.fromEntries(
    Object.entries(update).filter(([name]) => name !== "agentid" && name !== "response_code"),
  )
  const own = { app: app.name, agentId: app.agentId, callKind: APP_MESSAGE.name }
  return answerOf(await cards.change({ messageId, own, body }))
}

/** The worst of its requests: the caller must not take a card for changed that is not. */
function answerOf(changed: CardChanged): CompatAnswer {
  if (changed.kind === "no_card") throw new Refusal(60140, "the card has not gone out yet, or was taken back")
  if (changed.kind !== "asked") throw new Refusal(60140, "all codes of this message are used or too old")
  const { requests } = changed
  const results = new Set(requests.map(({ result }) => result))
  if (results.has("unknown")) throw unknown()
  if (results.has("unreachable")) throw unreachable()
  const refused = requests.find(({ result }) => result === "refused")
  if (refused?.errcode !== undefined) {
    return { errcode: refused.errcode, errmsg: relayedErrmsg(refused.errcode, refused.errmsg ?? "") }
  }
  if (results.has("no_code")) throw new Refusal(60140, "some got the card in a call whose codes are all used")
  return success(requests.flatMap(unchanged))
}

function unchanged({ result, userids = [], invalidUsers }: CardRequestOutcome): readonly string[] {
  return result === "not_a_recipient" ? userids.map((userid) => userid.toLowerCase()) : invalidUsers
}

export function success(invalidUsers: readonly string[]): CompatAnswer {
  return { errcode: 0, ...(invalidUsers.length === 0 ? {} : { invaliduser: invalidUsers }) }
}

function unreachable(): Refusal {
  return new Refusal(-1, "WeCom could not be reached; update it again")
}

function unknown(): Refusal {
  return new Refusal(-1, "WeCom's answer did not arrive; whether the card changed is unknown")
}
