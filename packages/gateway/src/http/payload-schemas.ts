import { CARD_TYPES } from "@wecom-push/protocol"
import { z } from "zod"

/**
 * The payloads of a message as `/openapi.json` shows them. What is checked, with every limit, is in protocol; a test
 * holds the two together.
 */
const mediaId = z.string().min(1).describe("Of a file stored with `POST /v1/media` (`med_…`), or WeCom's own.")

const media = z.strictObject({ media_id: mediaId })

const upToBytes = (limit: number) =>
  z.string().meta({ "x-max-bytes": limit }).describe(`At most ${limit} bytes of UTF-8.`)

const address = upToBytes(2048).meta({ format: "uri" })

const content = z.strictObject({ content: upToBytes(2048).min(1) })

const article = z.strictObject({
  title: upToBytes(128),
  description: upToBytes(512).optional(),
  url: address.optional().describe("Needed unless it leads to a mini-program."),
  picurl: address.optional(),
  appid: z.string().optional().describe("Of a mini-program; with pagepath."),
  pagepath: upToBytes(128).optional(),
})

const mpArticle = z.strictObject({
  title: upToBytes(128),
  thumb_media_id: mediaId,
  author: upToBytes(64).optional(),
  content_source_url: z.string().optional(),
  content: upToBytes(666 * 1024).describe("HTML."),
  digest: upToBytes(512).optional(),
})

export const PAYLOAD_SCHEMAS = {
  text: content.optional().describe("`\\n` breaks lines, `<a href=…>` links. See `overflow` for longer ones."),
  image: media.optional(),
  voice: media.optional(),
  video: media.extend({ title: upToBytes(128).optional(), description: upToBytes(512).optional() }).optional(),
  file: media.optional(),
  textcard: z
    .strictObject({
      title: z.string().min(1).max(128),
      description: z.string().min(1).max(512),
      url: address,
      btntxt: z.string().max(4).optional(),
    })
    .optional(),
  news: z.strictObject({ articles: z.array(article).min(1).max(8) }).optional(),
  mpnews: z.strictObject({ articles: z.array(mpArticle).min(1).max(8) }).optional(),
  markdown: content.optional().describe("Headings, bold, links, inline code, quotes and three font colours."),
  miniprogram_notice: z
    .strictObject({
      appid: z.string().min(1),
      page: upToBytes(1024).optional(),
      title: z.string().min(4).max(12),
      description: z.string().max(12).optional().describe("4 to 12 characters, or none."),
      emphasis_first_item: z.boolean().optional(),
      content_item: z
        .array(z.strictObject({ key: z.string().max(10), value: z.string().max(30) }))
        .max(10)
        .optional(),
    })
    .optional(),
  template_card: z
    .looseObject({ card_type: z.enum(CARD_TYPES) })
    .optional()
    .meta({ externalDocs: { url: "https://developer.work.weixin.qq.com/document/path/94888" } })
    .describe("As WeCom documents each card type."),
} as const
