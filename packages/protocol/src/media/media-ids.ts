import { isObject } from "../shape.ts"
import type { JsonObject } from "../shape.ts"
import type { MediaType } from "./media-type.ts"

/** The place of a medium's id in a message. */
export interface MediaIdPlace {
  /** Such as `mpnews.articles[2].thumb_media_id`. */
  readonly path: string
  /** The type that the medium must have. For a card's download WeCom does not say which. */
  readonly type: MediaType
}

/**
 * Replaces every id of a medium in the message by the result of `change`, even when the value is not an id; returns the
 * same message when nothing changes. Takes any data.
 */
export function mapMediaIds<Message>(message: Message, change: (id: unknown, place: MediaIdPlace) => unknown): Message
export function mapMediaIds(message: unknown, change: (id: unknown, place: MediaIdPlace) => unknown): unknown {
  if (!isObject(message)) return message
  const { msgtype } = message
  switch (msgtype) {
    case "image":
    case "voice":
    case "video":
    case "file":
      return within(message, msgtype, (payload) =>
        inField(payload, "media_id", { path: msgtype, type: msgtype }, change),
      )
    case "mpnews":
      return within(message, msgtype, (payload) =>
        inList(payload, "articles", (article, index) =>
          inField(article, "thumb_media_id", { path: `mpnews.articles[${index}]`, type: "image" }, change),
        ),
      )
    case "template_card":
      return within(message, msgtype, (payload) =>
        inList(payload, "horizontal_content_list", (row, index) =>
          inField(row, "media_id", { path: `template_card.horizontal_content_list[${index}]`, type: "file" }, change),
        ),
      )
    default:
      return message
  }
}

function within(holder: JsonObject, name: string, change: (value: JsonObject) => JsonObject): JsonObject {
  const value = holder[name]
  if (!isObject(value)) return holder
  const changed = change(value)
  return changed === value ? holder : { ...holder, [name]: changed }
}

function inList(holder: JsonObject, name: string, change: (item: JsonObject, index: number) => JsonObject): JsonObject {
  const items = holder[name]
  if (!Array.isArray(items)) return holder
  const changed = items.map((item: unknown, index) => (isObject(item) ? change(item, index) : item))
  return changed.every((item, index) => item === items[index]) ? holder : { ...holder, [name]: changed }
}

function inField(
  holder: JsonObject,
  name: string,
  { path, type }: MediaIdPlace,
  change: (id: unknown, place: MediaIdPlace) => unknown,
): JsonObject {
  const id = holder[name]
  if (id === undefined) return holder
  const changed = change(id, { path: `${path}.${name}`, type })
  return changed === id ? holder : { ...holder, [name]: changed }
}
