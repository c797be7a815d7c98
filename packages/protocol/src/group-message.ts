import type {
  FileMessage,
  ImageMessage,
  Markdown,
  MarkdownMessage,
  Media,
  MpNews,
  NewsMessage,
  Safe,
  Text,
  TemplateCardMessage,
  TextCard,
  VideoMessage,
  VoiceMessage,
} from "./message.ts"

/**
 * A message of a group robot into its group, as `webhook/send` takes it, spelt as WeCom spells it.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export type RobotMessage =
  | RobotTextMessage
  | MarkdownMessage
  | MarkdownV2Message
  | RobotImageMessage
  | NewsMessage
  | RobotFileMessage
  | VoiceMessage
  /** Only the two notices of the five card types, without `action_menu`: a robot gets no presses. */
  | TemplateCardMessage

export type RobotMessageType = RobotMessage["msgtype"]

/** In the order of document 99110. */
export const ROBOT_MESSAGE_TYPES = [
  "text",
  "markdown",
  "markdown_v2",
  "image",
  "news",
  "file",
  "voice",
  "template_card",
] as const satisfies readonly RobotMessageType[]

/** Values of `type` for `webhook/upload_media`. */
export const ROBOT_MEDIA_TYPES = ["file", "voice"] as const
export type RobotMediaType = (typeof ROBOT_MEDIA_TYPES)[number]

export interface RobotTextMessage {
  readonly msgtype: "text"
  readonly text: MentioningText
}

/** WeCom refuses it over 2048 bytes, whereas it cuts an app's text. */
export interface MentioningText extends Text {
  /** Userids, or `@all` for everybody in the group. */
  readonly mentioned_list?: readonly string[]
  /** Mobiles, or `@all`. */
  readonly mentioned_mobile_list?: readonly string[]
}

/**
 * Italics, lists, nested quotes, pictures, rules, blocks of code and tables; no font colours, no mentions. Clients
 * before 4.1.36 (Android 4.1.38) show plain text.
 */
export interface MarkdownV2Message {
  readonly msgtype: "markdown_v2"
  /** At most 4096 bytes. */
  readonly markdown_v2: Markdown
}

export interface RobotImageMessage {
  readonly msgtype: "image"
  readonly image: InlineImage
}

/** A JPG or PNG of at most 2 MB that is part of the message itself. */
export interface InlineImage {
  /** Without line breaks. */
  readonly base64: string
  /** The MD5 of the bytes before Base64, in hexadecimal. */
  readonly md5: string
}

/** `media_id` comes from `webhook/upload_media` with the same key. */
export interface RobotFileMessage {
  readonly msgtype: "file"
  readonly file: Media
}

/**
 * A message of an app into a group chat that the app has made, as `appchat/send` takes it.
 * @see https://developer.work.weixin.qq.com/document/path/90248
 */
export type ChatMessage =
  | ChatTextMessage
  | ImageMessage
  | VoiceMessage
  | VideoMessage
  | FileMessage
  | ChatTextCardMessage
  | NewsMessage
  | ChatMpNewsMessage
  | MarkdownMessage

export type ChatMessageType = ChatMessage["msgtype"]

export interface ChatTextMessage extends Safe {
  readonly msgtype: "text"
  /** `<@userid>` in the content is a mention, too. */
  readonly text: Text & Pick<MentioningText, "mentioned_list">
}

export interface ChatTextCardMessage {
  readonly msgtype: "textcard"
  readonly textcard: TextCard
}

export interface ChatMpNewsMessage {
  readonly msgtype: "mpnews"
  readonly mpnews: MpNews
}
