import { sentCard, robotCard } from "./check-template-card.ts"
import { media, newsOf, picture, safeOrNot, TYPE_RULES } from "./check-payload.ts"
import type { TypeRules } from "./check-payload.ts"
import {
  MAX_BOT_MARKDOWN_BYTES,
  MAX_INLINE_IMAGE_BASE64,
  MAX_ROBOT_MARKDOWN_BYTES,
  MAX_TEXT_BYTES,
  MAX_URL_BYTES,
} from "./limits.ts"
import { atMost, cutAfter, filledString, matching, string, webAddress } from "./scalars.ts"
import { list, object, optional, required } from "./shape.ts"

/** Userids, or `@all`. */
const mentioned = optional(list({ item: filledString(40058), max: 1000, errcode: 40058 }))

/** In a group, an article opens an address; it cannot open a mini program. */
const linkedArticle = object({
  title: required(string(cutAfter(128, "bytes")), 41016),
  description: optional(string(cutAfter(512, "bytes"))),
  url: required(string(atMost(MAX_URL_BYTES, "bytes", 40058), webAddress(45034)), 41010),
  picurl: optional(picture),
})

/**
 * The messages that `appchat/send` takes: no cards, no mini programs.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 *
 */
export const CHAT_TYPES: Readonly<Record<string, TypeRules>> = {
  text: {
    payload: required(
      object({
        content: required(string(cutAfter(MAX_TEXT_BYTES, "bytes")), 44004),
        mentioned_list: mentioned,
      }),
      44004,
    ),
    safe: safeOrNot,
  },
  image: TYPE_RULES.image,
  voice: TYPE_RULES.voice,
  video: TYPE_RULES.video,
  file: TYPE_RULES.file,
  textcard: { payload: TYPE_RULES.textcard.payload },
  news: { payload: newsOf(linkedArticle) },
  mpnews: { payload: TYPE_RULES.mpnews.payload },
  markdown: TYPE_RULES.markdown,
}

/** WeCom refuses longer markdown here, whereas it cuts an app's markdown. */
const robotMarkdown: TypeRules = {
  payload: required(
    object({ content: required(string(atMost(MAX_ROBOT_MARKDOWN_BYTES, "bytes", 40058)), 44004) }),
    44004,
  ),
}

/**
 * The messages that a group robot takes. The documentation limits its text to 2,048 bytes; in fact WeCom refused it
 * only above 5,120.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 *
 */
export const ROBOT_TYPES: Readonly<Record<string, TypeRules>> = {
  text: {
    payload: required(
      object({
        content: required(string(atMost(MAX_TEXT_BYTES, "bytes", 40058)), 44004),
        mentioned_list: mentioned,
        mentioned_mobile_list: mentioned,
      }),
      44004,
    ),
  },
  markdown: robotMarkdown,
  markdown_v2: robotMarkdown,
  image: {
    payload: required(
      object({
        base64: required(string(atMost(MAX_INLINE_IMAGE_BASE64, "bytes", 93018)), 40058),
        md5: required(string(matching(/^[0-9a-f]{32}$/i, "32 × 0–9 a–f", 40058)), 40058),
      }),
      40058,
    ),
  },
  news: { payload: newsOf(linkedArticle) },
  file: { payload: required(media, 41006) },
  voice: { payload: required(media, 41006) },
  template_card: { payload: required(robotCard, 42031) },
}

/**
 * The messages that a smart robot sends. WeCom refuses `text` (40008), so a text is sent as markdown.
 * @see https://developer.work.weixin.qq.com/document/path/101463
 *
 */
export const BOT_TYPES: Readonly<Record<string, TypeRules>> = {
  markdown: {
    payload: required(
      object({ content: required(string(atMost(MAX_BOT_MARKDOWN_BYTES, "bytes", 40058)), 44004) }),
      44004,
    ),
  },
  template_card: { payload: required(sentCard, 42031) },
  image: { payload: required(media, 41006) },
  voice: { payload: required(media, 41006) },
  video: { payload: TYPE_RULES.video.payload },
  file: { payload: required(media, 41006) },
}
