import type { ImageMessage, NewsMessage, TextMessage, VideoMessage, VoiceMessage } from "../message.ts"
import type { CardUpdateContent } from "../template-card.ts"
import { cardFromXml, cardToXml } from "./card-xml.ts"
import { xmlElements, xmlText, type XmlContent, type XmlElement } from "./xml.ts"

/**
 * The possible answers to a callback, spelt as in `message/send` and `update_template_card`: a message to the member
 * who raised the event, or a new card in place of the pressed one, for that member only.
 * @see https://developer.work.weixin.qq.com/document/path/90241
 */
export type PassiveReply =
  | Pick<TextMessage, "msgtype" | "text">
  | Pick<ImageMessage, "msgtype" | "image">
  | Pick<VoiceMessage, "msgtype" | "voice">
  | Pick<VideoMessage, "msgtype" | "video">
  | Pick<NewsMessage, "msgtype" | "news">
  | CardUpdateContent

export interface ReplyAddress {
  /** The userid that raised the event. */
  readonly to: string
  /** The corp id. */
  readonly from: string
  /** Seconds since 1970. */
  readonly createTime: number
}

/** The elements of a reply's inner XML. */
export function passiveReplyToXml(reply: PassiveReply, { to, from, createTime }: ReplyAddress): ReplyXml {
  return { ToUserName: to, FromUserName: from, CreateTime: createTime, ...contentToXml(reply) }
}

type ReplyXml = Readonly<Record<string, XmlContent>>

function contentToXml(reply: PassiveReply): ReplyXml {
  if ("msgtype" in reply) return messageToXml(reply)
  if (reply.button !== undefined) {
    return { MsgType: "update_button", Button: { ReplaceName: reply.button.replace_name } }
  }
  return { MsgType: "update_template_card", TemplateCard: cardToXml(reply.template_card) }
}

function messageToXml(reply: Extract<PassiveReply, { readonly msgtype: string }>): ReplyXml {
  switch (reply.msgtype) {
    case "text":
      return { MsgType: "text", Content: reply.text.content }
    case "image":
      return { MsgType: "image", Image: { MediaId: reply.image.media_id } }
    case "voice":
      return { MsgType: "voice", Voice: { MediaId: reply.voice.media_id } }
    case "video": {
      const { media_id, title, description } = reply.video
      return { MsgType: "video", Video: { MediaId: media_id, Title: title, Description: description } }
    }
    case "news":
      break
  }
  return newsToXml(reply.news.articles)
}

function newsToXml(articles: NewsMessage["news"]["articles"]): ReplyXml {
  const item = articles.map(({ title, description, url, picurl }) => {
    return { Title: title, Description: description, PicUrl: picurl, Url: url }
  })
  return { MsgType: "news", ArticleCount: articles.length, Articles: { item } }
}

/**
 * Makes the JSON form of a reply from the elements of its inner XML. The content is not checked.
 * @returns undefined for a `MsgType` that no reply has
 */
export function passiveReplyFromXml(xml: XmlElement): Readonly<Record<string, unknown>> | undefined {
  const msgtype = xmlText(xml, "MsgType")
  const inside = (name: string): XmlElement => xmlElements(xml, name)[0] ?? {}
  switch (msgtype) {
    case "text":
      return { msgtype, text: { content: xmlText(xml, "Content") } }
    case "image":
      return { msgtype, image: { media_id: xmlText(inside("Image"), "MediaId") } }
    case "voice":
      return { msgtype, voice: { media_id: xmlText(inside("Voice"), "MediaId") } }
    case "video":
      return {
        msgtype,
        video: filled(inside("Video"), { MediaId: "media_id", Title: "title", Description: "description" }),
      }
    case "news": {
      const names = { Title: "title", Description: "description", PicUrl: "picurl", Url: "url" }
      return { msgtype, news: { articles: xmlElements(inside("Articles"), "item").map((item) => filled(item, names)) } }
    }
    case "update_button":
      return { button: { replace_name: xmlText(inside("Button"), "ReplaceName") } }
    case "update_template_card":
      return { template_card: cardFromXml(inside("TemplateCard")) }
    default:
      return undefined
  }
}

function filled(element: XmlElement, names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const members = Object.entries(names).map(([from, to]) => [to, xmlText(element, from)] as const)
  return Object.fromEntries(members.filter(([, text]) => text !== ""))
}
