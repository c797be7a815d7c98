import { checkCardUpdate } from "@wecom-push/protocol"
import { bodyInteger, isFilled, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { SentMessage } from "../ledger.ts"
import type { App } from "../org/types.ts"
import { faceOf, sentBody } from "../phone-messages.ts"
import type { World } from "../world.ts"
import { appidsIn, namesUnknownMember, UNKNOWN_MEMBER } from "./check-payload.ts"
import { hasButtons } from "./interactive.ts"
import { translateIds } from "./translate-ids.ts"

/**
 * Greys out the buttons of a card, or replaces the card, for some or all who have it.
 * @see wecom document 94888
 */
export function updateTemplateCard(world: World, call: ApiCall, app: App): ApiAnswer {
  const { settings } = world
  const body = withNumbers(call)
  const wrongApp = appFault(world, call, app, body["agentid"])
  if (wrongApp !== 0) return refuse(wrongApp)

  const fault = checkCardUpdate(body, { complete: true }).find((one) => one.severity === "error" && one.errcode)
  if (fault?.errcode !== undefined) return refuse(fault.errcode)
  if (mustRefuseJson(world, call)) return refuse(40058)

  const code = String(body["response_code"])
  const message = world.cardCodes.find(code, settings.response_code_lifetime_s * 1000, call.nowMs)
  if (message === undefined) return refuse(60140)
  if (message.agentid !== app.agentid) return refuse(42015)
  const wrongContent = checkContent(world, app, message, body)
  if (wrongContent !== 0) return refuse(wrongContent)

  // From here on the code counts as used, even if no card changes.
  world.cardCodes.spend(code)
  const { targets, invalidUsers } = findTargets(world, app, message, body)
  if (targets.size === 0) return refuse(82102)
  changeCards(world, call, app, message, targets, body)
  return changed(world, invalidUsers)
}

export function changed({ settings }: World, invalidUsers: readonly string[]): ApiAnswer {
  const isEmpty = invalidUsers.length === 0
  return isEmpty && settings.invalid_on_success === "omit" ? { errcode: 0 } : { errcode: 0, invaliduser: invalidUsers }
}

/** @param agentid the value as it was read. @returns 0 when it is the app whose token the call has */
export function appFault({ org, settings }: World, call: ApiCall, app: App, agentid: unknown): number {
  if (!isFilled(agentid)) return 41011
  if (typeof agentid !== "number" || org.app(agentid) === undefined) return 40056
  if (agentid !== app.agentid) return 301002
  return settings.strict_types && typeof call.body["agentid"] === "string" ? 40056 : 0
}

/** The body with numbers for digits in strings, which are accepted as in `message/send`. */
export function withNumbers(call: ApiCall): JsonObject {
  const numbers: Record<string, number> = {}
  for (const name of ["agentid", "atall", "enable_id_trans"]) {
    const value = bodyInteger(call, name)
    if (value !== undefined) numbers[name] = value
  }
  return { ...call.body, ...numbers }
}

function checkContent({ org }: World, app: App, message: SentMessage, body: JsonObject): number {
  const { template_card: card } = body
  if (isJsonObject(card) && namesUnknownMember(org, card)) return UNKNOWN_MEMBER
  if (isJsonObject(card)) return appidsIn(card).every((appid) => app.miniprograms.includes(appid)) ? 0 : 90206
  return hasButtons(sentBody(message)) ? 0 : 40058
}

/** Everybody who is named, has the card, and is still in the app's visible range. */
function findTargets(
  world: World,
  app: App,
  message: SentMessage,
  body: JsonObject,
): { targets: Set<string>; invalidUsers: readonly string[] } {
  const { org, settings } = world
  const range = org.visibleRange(app)
  const holders = new Set(message.shownTo)
  if (body["atall"] === 1) return { targets: holders, invalidUsers: [] }

  const { targets, invalidUsers } = namedHolders(world, app, message, body["userids"])
  const parties = listOf(body["partyids"])
    .map(Number)
    .filter((id) => range.seesDepartment(id))
  const tags = listOf(body["tagids"])
    .map((id) => org.tag(Number(id)))
    .filter((tag) => tag !== undefined)
  for (const userid of [
    ...parties.flatMap((id) => range.inDepartment(id, settings.toparty_subdepartments)),
    ...tags.filter((tag) => range.seesTag(tag)).flatMap((tag) => range.inTag(tag)),
  ]) {
    if (holders.has(userid)) targets.add(userid)
  }
  return { targets, invalidUsers }
}

/** Those of the named members who have the card and are still in the app's visible range. */
export function namedHolders(
  { org }: World,
  app: App,
  message: SentMessage,
  userids: unknown,
): { readonly targets: Set<string>; readonly invalidUsers: readonly string[] } {
  const range = org.visibleRange(app)
  const holders = new Set(message.shownTo)
  const targets = new Set<string>()
  const invalidUsers = new Set<string>()
  for (const item of listOf(userids)) {
    const userid = String(item)
    const member = org.member(userid)
    if (member !== undefined && range.seesMember(member) && holders.has(member.userid)) targets.add(member.userid)
    else invalidUsers.add(userid.toLowerCase())
  }
  return { targets, invalidUsers: [...invalidUsers] }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function changeCards(
  world: World,
  call: ApiCall,
  app: App,
  message: SentMessage,
  targets: ReadonlySet<string>,
  body: JsonObject,
): void {
  const { template_card: card, button } = body
  if (isJsonObject(card)) {
    const face = body["enable_id_trans"] === 1 ? translateIds(world.org, app, "template_card", card) : card
    world.ledger.update(message, { atMs: call.nowMs, userids: targets, body: face })
    return
  }
  // Earlier updates may have left different cards on different phones: each keeps its own, with an inactive button.
  const replaceText = isJsonObject(button) ? button["replace_name"] : undefined
  const byFace = Map.groupBy(targets, (userid) => faceOf(message, userid))
  for (const [face, userids] of byFace) {
    const dead = { ...face, replace_text: replaceText }
    world.ledger.update(message, { atMs: call.nowMs, userids: new Set(userids), body: dead })
  }
}
