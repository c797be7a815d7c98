import { BytesAnswer, queryText, refuse, type ApiAnswer, type ApiCall } from "../api/call.ts"
import type { App } from "../org/types.ts"
import type { World } from "../world.ts"
import { fileAnswer } from "./file-answer.ts"

/** @see wecom document 90254 */
export function mediaGet(world: World, call: ApiCall, _app: App): ApiAnswer | BytesAnswer {
  const id = queryText(call.query, "media_id")
  if (id === "") return refuse(41006)
  const medium = world.media.find(id, world.org.document.corp_id, call.nowMs)
  if (medium === undefined) return refuse(40007)
  if (medium === "expired") return refuse(world.settings.expired_media_errcode)
  const answer = fileAnswer(medium, call.range)
  if (answer === undefined) return refuse(40146)
  return new BytesAnswer(answer, { filename: medium.filename, bytes: answer.body.length })
}
