import type { TemplateCard } from "./template-card.ts"

/**
 * A message to members of the corp, without its recipients, as `message/send` takes it, spelt as WeCom spells it. Each
 * type has the payload member of its own name and only the switches that WeCom documents for it.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export type AppMessage =
  | TextMessage
  | ImageMessage
  | VoiceMessage
  | VideoMessage
  | FileMessage
  | TextCardMessage
  | NewsMessage
  | MpNewsMessage
  | MarkdownMessage
  | MiniProgramNoticeMessage
  | TemplateCardMessage

export type MessageType = AppMessage["msgtype"]

/** For example `MessageOf<"textcard">`. */
export type MessageOf<Type extends MessageType> = Extract<AppMessage, { readonly msgtype: Type }>

/** In the order of document 90236. */
export const MESSAGE_TYPES = [
  "text",
  "image",
  "voice",
  "video",
  "file",
  "textcard",
  "news",
  "mpnews",
  "markdown",
  "miniprogram_notice",
  "template_card",
] as const satisfies readonly MessageType[]

/** 1: the message may not be shared, and a watermark shows who reads it. 0 is the default. */
export interface Safe {
  readonly safe?: 0 | 1
}

/** 1: WeCom replaces marks such as `$userName=zhangsan$` by names. 0 is the default. */
export interface IdTranslation {
  readonly enable_id_trans?: 0 | 1
}

export interface TextMessage extends Safe, IdTranslation {
  readonly msgtype: "text"
  readonly text: Text
}

export interface ImageMessage extends Safe {
  readonly msgtype: "image"
  readonly image: Media
}

export interface VoiceMessage {
  readonly msgtype: "voice"
  readonly voice: Media
}

export interface VideoMessage extends Safe {
  readonly msgtype: "video"
  readonly video: Video
}

/** With `safe` 1 WeCom takes only txt, pdf, doc, docx, ppt, pptx, xls, xlsx, xml, jpg, jpeg, png, bmp and gif. */
export interface FileMessage extends Safe {
  readonly msgtype: "file"
  readonly file: Media
}

export interface TextCardMessage extends IdTranslation {
  readonly msgtype: "textcard"
  readonly textcard: TextCard
}

export interface NewsMessage extends IdTranslation {
  readonly msgtype: "news"
  readonly news: News
}

/** `safe` 2, which only this type has: the article may be shared inside the corp. */
export interface MpNewsMessage extends IdTranslation {
  readonly msgtype: "mpnews"
  readonly mpnews: MpNews
  readonly safe?: 0 | 1 | 2
}

export interface MarkdownMessage {
  readonly msgtype: "markdown"
  readonly markdown: Markdown
}

/** Only for an app bound to a mini-program (else 48002), and never to `@all`. */
export interface MiniProgramNoticeMessage extends IdTranslation {
  readonly msgtype: "miniprogram_notice"
  readonly miniprogram_notice: MiniProgramNotice
}

export interface TemplateCardMessage extends IdTranslation {
  readonly msgtype: "template_card"
  readonly template_card: TemplateCard
}

export interface Text {
  /** At most 2048 bytes, WeCom cuts the rest; `\n` breaks lines, `<a href="…">…</a>` makes links. */
  readonly content: string
}

/** A temporary medium: valid for three days, for every app of the corp. */
export interface Media {
  readonly media_id: string
}

export interface Video extends Media {
  /** At most 128 bytes, WeCom cuts the rest. */
  readonly title?: string
  /** At most 512 bytes, WeCom cuts the rest. */
  readonly description?: string
}

export interface TextCard {
  /** At most 128 characters, WeCom cuts the rest; older text says bytes. */
  readonly title: string
  /**
   * At most 512 characters, WeCom cuts the rest; older text says bytes. `<div class="gray|highlight|normal">` sets
   * colours.
   */
  readonly description: string
  /** At most 2048 bytes, with http:// or https://. */
  readonly url: string
  /** At most 4 characters, WeCom cuts the rest; 详情 when absent. */
  readonly btntxt?: string
}

/** 1 to 8 articles. */
export interface News {
  readonly articles: readonly NewsArticle[]
}

/** Opens `url`, or a page of a mini-program; when both are given, the mini-program is opened. */
export type NewsArticle = NewsText & (NewsLink | MiniProgramPage)

interface NewsText {
  /** At most 128 bytes, WeCom cuts the rest. */
  readonly title: string
  /** At most 512 bytes, WeCom cuts the rest. */
  readonly description?: string
  /** The address of a JPG or PNG, at most 2048 bytes; 1068×455 or 150×150 look best. */
  readonly picurl?: string
}

interface NewsLink {
  /** At most 2048 bytes, with http:// or https://. */
  readonly url: string
  readonly appid?: never
  readonly pagepath?: never
}

interface MiniProgramPage {
  readonly url?: string
  readonly appid: string
  /** At most 128 bytes. */
  readonly pagepath: string
}

/** 1 to 8 articles. */
export interface MpNews {
  readonly articles: readonly MpNewsArticle[]
}

export interface MpNewsArticle {
  /** At most 128 bytes, WeCom cuts the rest. */
  readonly title: string
  readonly thumb_media_id: string
  /** At most 64 bytes. */
  readonly author?: string
  /** The target of "read the original" (阅读原文). */
  readonly content_source_url?: string
  /** HTML, at most 666 KiB; pictures by the addresses that `media/uploadimg` returns. */
  readonly content: string
  /** At most 512 bytes, WeCom cuts the rest. */
  readonly digest?: string
}

export interface Markdown {
  /** At most 2048 bytes. Headings, bold, links, inline code, quotes and three font colours, nothing else. */
  readonly content: string
}

export interface MiniProgramNotice {
  readonly appid: string
  /** At most 1024 bytes; without it a tap opens nothing. */
  readonly page?: string
  /** 4 to 12 characters. */
  readonly title: string
  /** 4 to 12 characters. */
  readonly description?: string
  readonly emphasis_first_item?: boolean
  /** At most 10. */
  readonly content_item?: readonly NoticeItem[]
}

export interface NoticeItem {
  /** At most 10 characters. */
  readonly key: string
  /** At most 30 characters. */
  readonly value: string
}

/** The recipients of a call; at least one list is not empty. */
export interface Recipients {
  /** At most 1000 userids joined by `|`, or `@all`. */
  readonly touser?: string
  /** At most 100 department ids joined by `|`; ignored with `@all`. */
  readonly toparty?: string
  /** At most 100 tag ids joined by `|`; ignored with `@all`. */
  readonly totag?: string
}

/** WeCom hides a message whose request body equals one sent within the interval. */
export interface DuplicateCheck {
  readonly enable_duplicate_check?: 0 | 1
  /** Seconds, 1 to 14400; 1800 when absent. */
  readonly duplicate_check_interval?: number
}

/** The whole body of `message/send`. */
export type SendBody = Recipients & AppMessage & DuplicateCheck & { readonly agentid: number }
