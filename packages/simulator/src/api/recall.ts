import { RECALL_WINDOW_SECONDS } from "@wecom-push/protocol"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { bodyText, mustRefuseJson, refuse, type ApiAnswer, type ApiCall } from "./call.ts"

/** Takes a message off every phone, within 24 h and by the app that sent it. @see wecom document 94867 */
export function recall(world: World, call: ApiCall, app: App): ApiAnswer {
  const msgid = bodyText(call, "msgid")
  if (mustRefuseJson(world, call)) return refuse(40058)
  const message = world.ledger.message(msgid)
  if (message === undefined || message.agentid !== app.agentid) return refuse(40058)
  if (call.nowMs >= message.atMs + RECALL_WINDOW_SECONDS * 1000) return refuse(42052)
  if (message.recalledAtMs === undefined) world.ledger.recall(message, call.nowMs)
  return { errcode: 0 }
}
