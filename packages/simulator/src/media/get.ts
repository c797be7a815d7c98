import { MAX_FILE_BYTES } from "@wecom-push/protocol"
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
  if (answer.body.length > MAX_FILE_BYTES) return refuse(830002)
  return new BytesAnswer(answer, { filename: medium.filename, bytes: answer.body.length })
}

/** The original of a voice that JS-SDK recorded. @see wecom document 90255 */
export function mediaGetHighQuality(world: World, call: ApiCall, app: App): ApiAnswer | BytesAnswer {
  const medium = world.media.find(queryText(call.query, "media_id"), world.org.document.corp_id, call.nowMs)
  if (typeof medium === "object" && medium.type !== "voice") return refuse(40007)
  return mediaGet(world, call, app)
}
