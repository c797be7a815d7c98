import { sentCard } from "./check-template-card.ts"
import { MAX_ARTICLES, MAX_MARKDOWN_BYTES, MAX_MPNEWS_CONTENT_BYTES, MAX_TEXT_BYTES, MAX_URL_BYTES } from "./limits.ts"
import type { MessageType } from "./message.ts"
import {
  atLeast,
  atMost,
  boolean,
  cutAfter,
  cutAfterCharactersOrBytes,
  oneOf,
  string,
  unsettled,
  webAddress,
} from "./scalars.ts"
import { has, list, object, optional, required, requiredIf } from "./shape.ts"
import type { Check, Field, JsonObject, Need } from "./shape.ts"

/** The checks of one message type. */
export interface TypeRules {
  readonly payload: Field
  /** Absent when WeCom documents no `safe` for the type and ignores it: a message that asked for it would not be protected. */
  readonly safe?: Check
  /** The fields of the payload in which WeCom replaces marks by names, without the indices of lists. Absent: none. */
  readonly translated?: readonly string[]
}

export const media = object({ media_id: required(string(), 41006) })

const link = string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress(45034))
/** WeCom does not show a picture that it cannot fetch; the message is sent. */
export const picture = string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress())

const newsArticle = object({
  title: required(string(cutAfter(128, "bytes")), 41016),
  description: optional(string(cutAfter(512, "bytes"))),
  url: requiredIf(unlessMiniProgram, link),
  picurl: optional(picture),
  appid: requiredIf(beside("pagepath"), string()),
  pagepath: requiredIf(beside("appid"), string(atMost(128, "bytes", 40058))),
})

const mpNewsArticle = object({
  title: required(string(cutAfter(128, "bytes")), 40058),
  thumb_media_id: required(string(), 41006),
  author: optional(string(atMost(64, "bytes", 45032))),
  content_source_url: optional(string(webAddress(45034))),
  content: required(string(atMost(MAX_MPNEWS_CONTENT_BYTES, "bytes", 45002)), 40058),
  digest: optional(string(cutAfter(512, "bytes"))),
})

/** Both or neither must be given, though WeCom ignores a pair of two empty strings. */
const noticeItem = object({
  key: requiredIf(beside("value", 90202), string(atMost(10, "characters", 90202))),
  value: requiredIf(beside("key", 90203), string(atMost(30, "characters", 90203))),
})

const fourToTwelve = string(atLeast(4, "characters", 40058), atMost(12, "characters", 40058))

/** @param article the check of one article */
export function newsOf(article: Check): Field {
  return required(
    object({ articles: required(list({ item: article, min: 1, max: MAX_ARTICLES, errcode: 45008 }), 40058) }),
    40058,
  )
}

/** "Only mpnews takes 2": the other types refuse it. */
export const safeOrNot = oneOf([0, 1], 40058)

/**
 * The rules for each message type of an app: fields, limits, and the errcode of WeCom's refusal. When WeCom's error
 * list names no code for a field, 40058 is used: "required value empty, or length over the limit".
 * @see https://developer.work.weixin.qq.com/document/path/90236
 * @see https://developer.work.weixin.qq.com/document/path/90313
 *
 */
export const TYPE_RULES: Readonly<Record<MessageType, TypeRules>> = {
  text: {
    payload: required(object({ content: required(string(cutAfter(MAX_TEXT_BYTES, "bytes")), 44004) }), 44004),
    safe: safeOrNot,
    translated: ["content"],
  },
  image: { payload: required(media, 41006), safe: safeOrNot },
  voice: { payload: required(media, 41006) },
  video: {
    payload: required(
      object({
        media_id: required(string(), 41006),
        title: optional(string(cutAfter(128, "bytes"))),
        description: optional(string(cutAfter(512, "bytes"))),
      }),
      41006,
    ),
    safe: safeOrNot,
  },
  file: { payload: required(media, 41006), safe: safeOrNot },
  textcard: {
    payload: required(
      object({
        title: required(string(cutAfterCharactersOrBytes(128)), 40058),
        description: required(string(cutAfterCharactersOrBytes(512)), 41033),
        url: required(link, 41010),
        btntxt: optional(string(cutAfter(4, "characters"))),
      }),
      40058,
    ),
    translated: ["title", "description"],
  },
  news: {
    payload: newsOf(newsArticle),
    // The code is in WeCom's list, but was never observed.
    safe: unsettled(oneOf([0], 40074)),
    translated: ["articles.title", "articles.description"],
  },
  mpnews: {
    payload: newsOf(mpNewsArticle),
    safe: oneOf([0, 1, 2], 40058),
    translated: ["articles.title", "articles.digest", "articles.content"],
  },
  markdown: {
    payload: required(object({ content: required(string(cutAfter(MAX_MARKDOWN_BYTES, "bytes")), 44004) }), 44004),
  },
  miniprogram_notice: {
    payload: required(
      object({
        appid: required(string(), 90200),
        page: optional(string(atMost(1024, "bytes", 90204))),
        title: required(fourToTwelve, 40058),
        description: optional(fourToTwelve),
        emphasis_first_item: optional(boolean),
        content_item: optional(list({ item: noticeItem, max: 10, errcode: 90201 })),
      }),
      90200,
    ),
    translated: ["title", "description", "content_item.value"],
  },
  template_card: {
    payload: required(sentCard, 42031),
    translated: [
      "source.desc",
      "main_title.title",
      "main_title.desc",
      "sub_title_text",
      "horizontal_content_list.value",
    ],
  },
}

/** An article must have a target. Half a mini-program pair is a fault of its own, so no url is asked for then. */
function unlessMiniProgram(article: JsonObject): Need | undefined {
  if (has(article, "appid") || has(article, "pagepath")) return undefined
  return { allowed: ["url", "appid + pagepath"], errcode: 41010 }
}

function beside(name: string, errcode = 40058): Field["need"] {
  return (siblings) => (has(siblings, name) ? { because: name, errcode } : undefined)
}
