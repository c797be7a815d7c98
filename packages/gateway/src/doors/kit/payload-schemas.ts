import { CARD_TYPES } from "@wecom-push/protocol"
import { z } from "zod"

/**
 * The payloads of a message as `/openapi.json` shows them. The protocol package checks them, with every limit; a test makes
 * sure that the two agree. Fields that WeCom does not document, and null for fields that may be left out, cause a warning;
 * texts that WeCom cuts may be longer if `overflow` or `strict` allow it.
 */
const mediaId = z
  .string()
  .min(1)
  .describe("Id of a file that was uploaded with `POST /v1/media` (`med_…`), or a media_id of WeCom.")

const media = z.looseObject({ media_id: mediaId })

const upToBytes = (limit: number) =>
  z.string().meta({ "x-max-bytes": limit }).describe(`At most ${limit} bytes of UTF-8.`)

const upToCharacters = (limit: number) =>
  z.string().meta({ "x-max-characters": limit }).describe(`At most ${limit} characters.`)

const address = upToBytes(2048).meta({ format: "uri" })

const content = z.looseObject({ content: upToBytes(2048).min(1) })

const article = z.looseObject({
  title: upToBytes(128),
  description: upToBytes(512).nullish(),
  url: address.nullish().describe("Required, unless the link opens a mini-program."),
  picurl: address.nullish(),
  appid: z.string().nullish().describe("appid of a mini-program; used together with pagepath."),
  pagepath: upToBytes(128).nullish(),
})

const mpArticle = z.looseObject({
  title: upToBytes(128),
  thumb_media_id: mediaId,
  author: upToBytes(64).nullish(),
  content_source_url: z.string().nullish(),
  content: upToBytes(666 * 1024).describe("HTML."),
  digest: upToBytes(512).nullish(),
})

export const PAYLOAD_SCHEMAS = {
  text: content.nullish().describe("`\\n` is a line break, `<a href=…>` a link. For longer texts see `overflow`."),
  image: media.nullish(),
  voice: media.nullish(),
  video: media.extend({ title: upToBytes(128).nullish(), description: upToBytes(512).nullish() }).nullish(),
  file: media.nullish(),
  textcard: z
    .looseObject({
      title: upToCharacters(128).min(1),
      description: upToCharacters(512).min(1),
      url: address,
      btntxt: upToCharacters(4).nullish(),
    })
    .nullish(),
  news: z.looseObject({ articles: z.array(article).min(1).max(8) }).nullish(),
  mpnews: z.looseObject({ articles: z.array(mpArticle).min(1).max(8) }).nullish(),
  markdown: content
    .nullish()
    .describe("Headings, bold, links, inline code, quotes and three font colours are supported."),
  miniprogram_notice: z
    .looseObject({
      appid: z.string().min(1),
      page: upToBytes(1024).nullish(),
      title: z.string().min(4).max(12),
      description: z.string().max(12).nullish().describe("4 to 12 characters, or none."),
      emphasis_first_item: z.boolean().nullish(),
      content_item: z
        .array(z.looseObject({ key: z.string().max(10), value: z.string().max(30) }))
        .max(10)
        .nullish(),
    })
    .nullish(),
  template_card: z
    .looseObject({ card_type: z.enum(CARD_TYPES) })
    .nullish()
    .meta({ externalDocs: { url: "https://developer.work.weixin.qq.com/document/path/94888" } })
    .describe("The form that WeCom documents for each card type."),
} as const

/** Payloads that differ for group robots, or that only group robots have. */
export const ROBOT_PAYLOADS = {
  image: z
    .union([media, z.looseObject({ base64: z.string(), md5: z.string() })])
    .nullish()
    .describe(
      "For a group robot: a JPG or PNG of at most 2 MB, as a file of the gateway (`med_…`), or as `base64` and `md5` instead of `media_id`.",
    ),
  markdown_v2: z
    .looseObject({ content: upToBytes(4096).min(1) })
    .nullish()
    .describe("Only for group robots: also supports lists, tables and code blocks, but no colours."),
}
