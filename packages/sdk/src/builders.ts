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

export function image(mediaId: string, switches: Safe = {}): ImageMessage {
  return { msgtype: "image", image: { media_id: mediaId }, ...switches }
}

export function voice(mediaId: string): VoiceMessage {
  return { msgtype: "voice", voice: { media_id: mediaId } }
}

export function video(mediaId: string, words: Omit<Video, "media_id"> = {}, switches: Safe = {}): VideoMessage {
  return { msgtype: "video", video: { media_id: mediaId, ...words }, ...switches }
}

export function file(mediaId: string, switches: Safe = {}): FileMessage {
  return { msgtype: "file", file: { media_id: mediaId }, ...switches }
}

export function textCard(card: TextCard, switches: IdTranslation = {}): TextCardMessage {
  return { msgtype: "textcard", textcard: card, ...switches }
}

/** 1 to 8 articles, each leading to an address or a mini-program. */
export function news(articles: readonly NewsArticle[], switches: IdTranslation = {}): NewsMessage {
  return { msgtype: "news", news: { articles }, ...switches }
}

/** 1 to 8 articles whose content WeCom keeps. */
export function mpnews(
  articles: readonly MpNewsArticle[],
  switches: Pick<MpNewsMessage, "safe" | "enable_id_trans"> = {},
): MpNewsMessage {
  return { msgtype: "mpnews", mpnews: { articles }, ...switches }
}

/** For apps bound to a mini-program; never to everybody. */
export function miniprogramNotice(notice: MiniProgramNotice, switches: IdTranslation = {}): MiniProgramNoticeMessage {
  return { msgtype: "miniprogram_notice", miniprogram_notice: notice, ...switches }
}

/** Interactive cards need a `task_id` never used before, and an app with a callback URL. */
export function templateCard(card: TemplateCard, switches: IdTranslation = {}): TemplateCardMessage {
  return { msgtype: "template_card", template_card: card, ...switches }
}
