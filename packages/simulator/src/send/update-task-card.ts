import { checkTaskCardUpdate } from "@wecom-push/protocol"
import { bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import { isJsonObject, type JsonObject } from "../json.ts"
import type { SentMessage } from "../ledger.ts"
import type { App } from "../org/types.ts"
import { faceOf, sentBody } from "../phone-messages.ts"
import type { World } from "../world.ts"
import { TASK_CARD } from "./interactive.ts"
import { appFault, changed, namedHolders, withNumbers } from "./update-card.ts"

/**
 * Shows on the cards of some who have it which button was pressed.
 * @see wecom document 91579
 */
export function updateTaskCard(world: World, call: ApiCall, app: App): ApiAnswer {
  const body = withNumbers(call)
  const wrongApp = appFault(world, call, app, body["agentid"])
  if (wrongApp !== 0) return refuse(wrongApp)
  const fault = checkTaskCardUpdate(body).find((one) => one.severity === "error" && one.errcode)
  if (fault?.errcode !== undefined) return refuse(fault.errcode)
  if (mustRefuseJson(world, call)) return refuse(40058)

  const message = cardWithTask(world, app, bodyText(call, "task_id"))
  if (typeof message === "number") return refuse(message)
  const key = bodyText(call, "clicked_key") || bodyText(call, "replace_name")
  if (!taskButtonKeys(sentBody(message)).includes(key)) return refuse(UNKNOWN_KEY)
  const { targets, invalidUsers } = namedHolders(world, app, message, body["userids"])
  if (targets.size === 0) return refuse(82102)
  showPressed(world, message, targets, { key, atMs: call.nowMs })
  return changed(world, invalidUsers)
}

const UNKNOWN_KEY = 42017

/** The newest one, or the code of the refusal. */
function cardWithTask({ ledger }: World, app: App, taskId: string): SentMessage | number {
  let isOfOther = false
  for (const message of ledger.messagesNewestFirst()) {
    if (message.msgtype !== TASK_CARD || message.taskId !== taskId) continue
    if (message.agentid === app.agentid) return message
    isOfOther = true
  }
  return isOfOther ? 42015 : 42016
}

export function taskButtonKeys(card: JsonObject): string[] {
  return buttonsOf(card)
    .map(({ key }) => key)
    .filter((key) => typeof key === "string")
}

/** In the place of the buttons once one of them was pressed. */
export function textOfPressed(card: JsonObject, pressedKey: string): string {
  const text = buttonsOf(card).find(({ key }) => key === pressedKey)?.["replace_name"]
  return typeof text === "string" && text !== "" ? text : "已处理"
}

function buttonsOf({ btn }: JsonObject): JsonObject[] {
  return Array.isArray(btn) ? btn.filter(isJsonObject) : []
}

/** The buttons make way for what the pressed one says for it. */
export function showPressed(
  { ledger }: Pick<World, "ledger">,
  message: SentMessage,
  userids: ReadonlySet<string>,
  { key, atMs }: { readonly key: string; readonly atMs: number },
): void {
  for (const userid of userids) {
    ledger.update(message, { atMs, userids: new Set([userid]), body: { ...faceOf(message, userid), clicked_key: key } })
  }
}
