import { sentCard } from "./check-template-card.ts"
import { MAX_ARTICLES, MAX_MARKDOWN_BYTES, MAX_MPNEWS_CONTENT_BYTES, MAX_TEXT_BYTES, MAX_URL_BYTES } from "./limits.ts"
import type { MessageType } from "./message.ts"
import { atLeast, atMost, boolean, cutAfter, cutAfterCharactersOrBytes, string, webAddress } from "./scalars.ts"
import { has, list, object, optional, required, requiredIf } from "./shape.ts"
import type { Field, JsonObject, Need } from "./shape.ts"

/**
 * What each payload member has to look like: field, limit, and the errcode of WeCom's refusal. Where WeCom's error
 * list names no code for a field, 40058 stands: "required value empty, or length over the limit".
 * @see https://developer.work.weixin.qq.com/document/path/90236
 * @see https://developer.work.weixin.qq.com/document/path/90313
 */
const media = object({ media_id: required(string(), 41006) })

const link = string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress(45034))
/** A picture WeCom cannot fetch is not shown; the message goes out. */
const picture = string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress())

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

/** Both or neither, though WeCom ignores a pair of two empty strings. */
const noticeItem = object({
  key: requiredIf(beside("value", 90202), string(atMost(10, "characters", 90202))),
  value: requiredIf(beside("key", 90203), string(atMost(30, "characters", 90203))),
})

const fourToTwelve = string(atLeast(4, "characters", 40058), atMost(12, "characters", 40058))

export const PAYLOADS: Readonly<Record<MessageType, Field>> = {
  text: required(object({ content: required(string(cutAfter(MAX_TEXT_BYTES, "bytes")), 44004) }), 44004),
  image: required(media, 41006),
  voice: required(media, 41006),
  video: required(
    object({
      media_id: required(string(), 41006),
      title: optional(string(cutAfter(128, "bytes"))),
      description: optional(string(cutAfter(512, "bytes"))),
    }),
    41006,
  ),
  file: required(media, 41006),
  textcard: required(
    object({
      title: required(string(cutAfterCharactersOrBytes(128)), 40058),
      description: required(string(cutAfterCharactersOrBytes(512)), 41033),
      url: required(link, 41010),
      btntxt: optional(string(cutAfter(4, "characters"))),
    }),
    40058,
  ),
  news: required(
    object({ articles: required(list({ item: newsArticle, min: 1, max: MAX_ARTICLES, errcode: 45008 }), 40058) }),
    40058,
  ),
  mpnews: required(
    object({ articles: required(list({ item: mpNewsArticle, min: 1, max: MAX_ARTICLES, errcode: 45008 }), 40058) }),
    40058,
  ),
  markdown: required(object({ content: required(string(cutAfter(MAX_MARKDOWN_BYTES, "bytes")), 44004) }), 44004),
  miniprogram_notice: required(
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
  template_card: required(sentCard, 42031),
}

/** An article needs somewhere to lead. A half pair is a fault of its own, so it does not ask for a url as well. */
function unlessMiniProgram(article: JsonObject): Need | undefined {
  if (has(article, "appid") || has(article, "pagepath")) return undefined
  return { allowed: ["url", "appid + pagepath"], errcode: 41010 }
}

function beside(name: string, errcode = 40058): Field["need"] {
  return (siblings) => (has(siblings, name) ? { because: name, errcode } : undefined)
}
