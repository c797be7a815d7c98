import { createElement, useMemo, type ComponentType, type JSX } from "react"
import { MpNews } from "./article/mp-news.tsx"
import { News } from "./article/news.tsx"
import type { BodyProps } from "./body-props.ts"
import type { BubbleProps } from "./bubble-props.ts"
import { TaskCard } from "./card/task-card.tsx"
import { TemplateCard } from "./card/template-card.tsx"
import { fieldsOf, textOf } from "./loose.ts"
import { Markdown, MarkdownV2 } from "./markdown/markdown.tsx"
import { FileBubble } from "./media/file-bubble.tsx"
import { ImageBubble } from "./media/image-bubble.tsx"
import { VideoBubble } from "./media/video-bubble.tsx"
import { VoiceBubble } from "./media/voice-bubble.tsx"
import { MiniProgramNotice } from "./mini-program-notice.tsx"
import { Notice } from "./notice.tsx"
import { TextBubble } from "./rich-text/text-bubble.tsx"
import { SurroundingsContext } from "./surroundings.ts"
import { TextCard } from "./text-card.tsx"
import { WORDS } from "./words.ts"

/**
 * One WeCom message as a phone draws it in the conversation with an app. Whatever the message holds, drawing it never
 * throws, and nothing in it becomes markup, a script, or a link to anything but a web address.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function Bubble(props: BubbleProps): JSX.Element {
  const { message, language, mediaUrl, mediaName, recalled, onPress, pressed } = props
  const words = WORDS[language]
  const surroundings = useMemo(
    () => ({ words, mediaUrl: mediaUrl ?? nothing, mediaName: mediaName ?? nothing, onPress, pressed }),
    [words, mediaUrl, mediaName, onPress, pressed],
  )
  if (recalled === true) return <p className="wb wb-recalled">{words.recalled}</p>

  const msgtype = textOf(message.msgtype)
  const body = KINDS.get(msgtype)?.body
  return (
    <SurroundingsContext value={surroundings}>
      <div className="wb">
        {body === undefined ? (
          <Notice text={words.unknownType(msgtype)} />
        ) : (
          createElement(body, { fields: fieldsOf(message[msgtype]) })
        )}
      </div>
    </SurroundingsContext>
  )
}

const nothing = (): undefined => undefined

interface Kind {
  readonly body: ComponentType<BodyProps>
  readonly name: Readonly<Record<"zh" | "en", string>>
}

const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries({
    text: { body: TextBubble, name: { en: "Text", zh: "文本" } },
    image: { body: ImageBubble, name: { en: "Image", zh: "图片" } },
    voice: { body: VoiceBubble, name: { en: "Voice", zh: "语音" } },
    video: { body: VideoBubble, name: { en: "Video", zh: "视频" } },
    file: { body: FileBubble, name: { en: "File", zh: "文件" } },
    textcard: { body: TextCard, name: { en: "Text card", zh: "文本卡片" } },
    news: { body: News, name: { en: "News", zh: "图文" } },
    mpnews: { body: MpNews, name: { en: "News", zh: "图文" } },
    markdown: { body: Markdown, name: { en: "Markdown", zh: "Markdown" } },
    markdown_v2: { body: MarkdownV2, name: { en: "Markdown v2", zh: "Markdown v2" } },
    miniprogram_notice: { body: MiniProgramNotice, name: { en: "Mini-program notice", zh: "小程序通知" } },
    taskcard: { body: TaskCard, name: { en: "Task card", zh: "任务卡片" } },
    template_card: { body: TemplateCard, name: { en: "Card", zh: "模板卡片" } },
  }),
)

/** The name of a message type, for places where the message itself is not drawn. */
export function kindName(msgtype: string, language: "zh" | "en"): string {
  return KINDS.get(msgtype)?.name[language] ?? msgtype
}
