import type { MediaType } from "@wecom-push/protocol"
import { isJsonObject, type JsonObject } from "../json.ts"

/** An id of a medium in a message, and what it has to be; without `type` anything goes. */
export interface MediaUseInMessage {
  readonly id: string
  readonly type?: MediaType
}

/** The media a message shows or offers. */
export function mediaIn(msgtype: string, payload: JsonObject): MediaUseInMessage[] {
  switch (msgtype) {
    case "image":
    case "voice":
    case "video":
    case "file":
      return use(payload["media_id"], msgtype)
    case "mpnews":
      return objectsIn(payload["articles"]).flatMap((article) => use(article["thumb_media_id"], "image"))
    case "template_card":
      return objectsIn(payload["horizontal_content_list"]).flatMap((row) => use(row["media_id"]))
    default:
      return []
  }
}

function use(id: unknown, type?: MediaType): MediaUseInMessage[] {
  if (typeof id !== "string" || id === "") return []
  return [type === undefined ? { id } : { id, type }]
}

const objectsIn = (list: unknown): JsonObject[] => (Array.isArray(list) ? list.filter(isJsonObject) : [])
