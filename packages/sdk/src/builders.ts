import type {
  FileMessage,
  IdTranslation,
  ImageMessage,
  MarkdownMessage,
  MiniProgramNotice,
  MiniProgramNoticeMessage,
  MpNewsArticle,
  MpNewsMessage,
  NewsArticle,
  NewsMessage,
  Safe,
  TemplateCard,
  TemplateCardMessage,
  TextCard,
  TextCardMessage,
  TextMessage,
  Video,
  VideoMessage,
  VoiceMessage,
} from "@wecom-push/protocol"
import type { MediaSource, WithFiles } from "./media/media-source.ts"

/**
 * One builder for each message type of `message/send`. They only write the envelope: payloads are spelt as in WeCom's
 * documentation, and whatever is wrong with them is said by `send`, before any request.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */

/** At most 2048 bytes; over that see `overflow` of `send`. */
export function text(content: string, switches: Safe & IdTranslation = {}): TextMessage {
  return { msgtype: "text", text: { content }, ...switches }
}

/** At most 2048 bytes; over that see `overflow` of `send`. Readers in WeChat cannot see markdown. */
export function markdown(content: string): MarkdownMessage {
  return { msgtype: "markdown", markdown: { content } }
}

/** Of a picture that is with WeCom, by its id, or of one that `send` shall upload: JPG or PNG up to 10 MB. */
export function image(media: string, switches?: Safe): ImageMessage
export function image(media: MediaSource, switches?: Safe): WithFiles<ImageMessage>
export function image(media: string | MediaSource, switches: Safe = {}): WithFiles<ImageMessage> {
  return { msgtype: "image", image: { media_id: media }, ...switches }
}

/** As `image`; AMR up to 2 MB and 60 s. */
export function voice(media: string): VoiceMessage
export function voice(media: MediaSource): WithFiles<VoiceMessage>
export function voice(media: string | MediaSource): WithFiles<VoiceMessage> {
  return { msgtype: "voice", voice: { media_id: media } }
}

/** As `image`; MP4 up to 10 MB. */
export function video(media: string, words?: Omit<Video, "media_id">, switches?: Safe): VideoMessage
export function video(media: MediaSource, words?: Omit<Video, "media_id">, switches?: Safe): WithFiles<VideoMessage>
export function video(
  media: string | MediaSource,
  words: Omit<Video, "media_id"> = {},
  switches: Safe = {},
): WithFiles<VideoMessage> {
  return { msgtype: "video", video: { media_id: media, ...words }, ...switches }
}

/** As `image`; anything up to 20 MB. Bytes and streams need a `filename`, which is what receivers see. */
export function file(media: string, switches?: Safe): FileMessage
export function file(media: MediaSource, switches?: Safe): WithFiles<FileMessage>
export function file(media: string | MediaSource, switches: Safe = {}): WithFiles<FileMessage> {
  return { msgtype: "file", file: { media_id: media }, ...switches }
}

export function textCard(card: TextCard, switches: IdTranslation = {}): TextCardMessage {
  return { msgtype: "textcard", textcard: card, ...switches }
}

/** 1 to 8 articles, each leading to an address or a mini-program. */
export function news(articles: readonly NewsArticle[], switches: IdTranslation = {}): NewsMessage {
  return { msgtype: "news", news: { articles }, ...switches }
}

type MpNewsSwitches = Pick<MpNewsMessage, "safe" | "enable_id_trans">

/** 1 to 8 articles whose content WeCom keeps. A picture may stand for a `thumb_media_id`. */
export function mpnews(articles: readonly MpNewsArticle[], switches?: MpNewsSwitches): MpNewsMessage
export function mpnews(
  articles: readonly WithFiles<MpNewsArticle>[],
  switches?: MpNewsSwitches,
): WithFiles<MpNewsMessage>
export function mpnews(
  articles: readonly WithFiles<MpNewsArticle>[],
  switches: MpNewsSwitches = {},
): WithFiles<MpNewsMessage> {
  return { msgtype: "mpnews", mpnews: { articles }, ...switches }
}

/** For apps bound to a mini-program; never to everybody. */
export function miniprogramNotice(notice: MiniProgramNotice, switches: IdTranslation = {}): MiniProgramNoticeMessage {
  return { msgtype: "miniprogram_notice", miniprogram_notice: notice, ...switches }
}

/**
 * Interactive cards need a `task_id` never used before, and an app with a callback URL. A file may stand for the
 * `media_id` of what a card offers for download.
 */
export function templateCard(card: TemplateCard, switches?: IdTranslation): TemplateCardMessage
export function templateCard(card: WithFiles<TemplateCard>, switches?: IdTranslation): WithFiles<TemplateCardMessage>
export function templateCard(
  card: WithFiles<TemplateCard>,
  switches: IdTranslation = {},
): WithFiles<TemplateCardMessage> {
  return { msgtype: "template_card", template_card: card, ...switches }
}
