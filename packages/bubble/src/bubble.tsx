import { createElement, useMemo, type ComponentType, type JSX } from "react"
import { MpNews } from "./article/mp-news.tsx"
import { News } from "./article/news.tsx"
import type { BodyProps } from "./body-props.ts"
import type { BubbleProps } from "./bubble-props.ts"
import { TemplateCard } from "./card/template-card.tsx"
import { fieldsOf, textOf } from "./loose.ts"
import { Markdown } from "./markdown/markdown.tsx"
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
  const body = BODIES.get(msgtype)
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

const BODIES: ReadonlyMap<string, ComponentType<BodyProps>> = new Map(
  Object.entries({
    text: TextBubble,
    image: ImageBubble,
    voice: VoiceBubble,
    video: VideoBubble,
    file: FileBubble,
    textcard: TextCard,
    news: News,
    mpnews: MpNews,
    markdown: Markdown,
    miniprogram_notice: MiniProgramNotice,
    template_card: TemplateCard,
  }),
)
