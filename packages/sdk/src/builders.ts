import type {
  IdTranslation,
  MarkdownV2Message,
  MessageOf,
  MiniProgramNotice,
  MpNewsArticle,
  NewsArticle,
  Safe,
  TemplateCard,
  TextCard,
  Video,
} from "@wecom-push/protocol"
import type { MediaSource, WithFiles } from "./media/media-source.ts"

/**
 * One builder for each message type of `message/send`. They only write the envelope: payloads are spelt as in WeCom's
 * documentation, and `send` reports whatever is wrong with them before it makes any request.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */

/** At most 2048 bytes; for longer text see `overflow` of `send`. */
export function text(content: string, switches: Safe & IdTranslation = {}): MessageOf<"text"> {
  return { msgtype: "text", text: { content }, ...switches }
}

/** At most 2048 bytes; for longer text see `overflow` of `send`. Readers in WeChat cannot see markdown. */
export function markdown(content: string): MessageOf<"markdown"> {
  return { msgtype: "markdown", markdown: { content } }
}

/** For a group robot: at most 4096 bytes; lists, tables and blocks of code, but no font colours and no mentions. */
export function markdownV2(content: string): MarkdownV2Message {
  return { msgtype: "markdown_v2", markdown_v2: { content } }
}

/** `media` is the id of a picture that WeCom already has, or a picture that `send` uploads: JPG or PNG up to 10 MB. */
export function image(media: string, switches?: Safe): MessageOf<"image">
export function image(media: MediaSource, switches?: Safe): WithFiles<MessageOf<"image">>
export function image(media: string | MediaSource, switches: Safe = {}): WithFiles<MessageOf<"image">> {
  return { msgtype: "image", image: { media_id: media }, ...switches }
}

/** As `image`; AMR up to 2 MB and 60 s. */
export function voice(media: string): MessageOf<"voice">
export function voice(media: MediaSource): WithFiles<MessageOf<"voice">>
export function voice(media: string | MediaSource): WithFiles<MessageOf<"voice">> {
  return { msgtype: "voice", voice: { media_id: media } }
}

/** As `image`; MP4 up to 10 MB. */
export function video(media: string, words?: Omit<Video, "media_id">, switches?: Safe): MessageOf<"video">
export function video(
  media: MediaSource,
  words?: Omit<Video, "media_id">,
  switches?: Safe,
): WithFiles<MessageOf<"video">>
export function video(
  media: string | MediaSource,
  words: Omit<Video, "media_id"> = {},
  switches: Safe = {},
): WithFiles<MessageOf<"video">> {
  return { msgtype: "video", video: { media_id: media, ...words }, ...switches }
}

/** As `image`; anything up to 20 MB. Bytes and streams need a `filename`, which is what receivers see. */
export function file(media: string, switches?: Safe): MessageOf<"file">
export function file(media: MediaSource, switches?: Safe): WithFiles<MessageOf<"file">>
export function file(media: string | MediaSource, switches: Safe = {}): WithFiles<MessageOf<"file">> {
  return { msgtype: "file", file: { media_id: media }, ...switches }
}

export function textCard(card: TextCard, switches: IdTranslation = {}): MessageOf<"textcard"> {
  return { msgtype: "textcard", textcard: card, ...switches }
}

/** 1 to 8 articles; each opens an address or a mini-program. */
export function news(articles: readonly NewsArticle[], switches: IdTranslation = {}): MessageOf<"news"> {
  return { msgtype: "news", news: { articles }, ...switches }
}

type MpNewsSwitches = Pick<MessageOf<"mpnews">, "safe" | "enable_id_trans">

/** 1 to 8 articles whose content WeCom keeps. A picture may be given in place of a `thumb_media_id`. */
export function mpnews(articles: readonly MpNewsArticle[], switches?: MpNewsSwitches): MessageOf<"mpnews">
export function mpnews(
  articles: readonly WithFiles<MpNewsArticle>[],
  switches?: MpNewsSwitches,
): WithFiles<MessageOf<"mpnews">>
export function mpnews(
  articles: readonly WithFiles<MpNewsArticle>[],
  switches: MpNewsSwitches = {},
): WithFiles<MessageOf<"mpnews">> {
  return { msgtype: "mpnews", mpnews: { articles }, ...switches }
}

/** For apps bound to a mini-program; cannot be sent to everybody. */
export function miniprogramNotice(
  notice: MiniProgramNotice,
  switches: IdTranslation = {},
): MessageOf<"miniprogram_notice"> {
  return { msgtype: "miniprogram_notice", miniprogram_notice: notice, ...switches }
}

/**
 * Interactive cards need a `task_id` never used before, and an app with a callback URL. A file may be given in place of
 * the `media_id` of a card's download.
 */
export function templateCard(card: TemplateCard, switches?: IdTranslation): MessageOf<"template_card">
export function templateCard(
  card: WithFiles<TemplateCard>,
  switches?: IdTranslation,
): WithFiles<MessageOf<"template_card">>
export function templateCard(
  card: WithFiles<TemplateCard>,
  switches: IdTranslation = {},
): WithFiles<MessageOf<"template_card">> {
  return { msgtype: "template_card", template_card: card, ...switches }
}
