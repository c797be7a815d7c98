import type { Language } from "@wecom-push/protocol"
import { z } from "zod"
import { PAYLOAD_SCHEMAS } from "../../kit/payload-schemas.ts"
import { fieldsOf } from "../results.ts"

const { image, voice, video, file, textcard, news, mpnews, miniprogram_notice, template_card } = PAYLOAD_SCHEMAS
const text = (what: string) => z.string().max(20_000).nullish().describe(what)

/**
 * The contents by message type, as clients see them. Texts are given as they are; other payloads as in `POST /v1/messages`.
 */
export const SHOWN_CONTENTS = {
  text: text("Plain text, at most 2048 bytes of UTF-8."),
  markdown: text("WeCom's Markdown, at most 2048 bytes of UTF-8."),
  textcard: textcard.describe("A card with a link."),
  image: image.describe("A picture, by the id of its file."),
  voice: voice.describe("A voice message, by the id of its file."),
  video: video.describe("A video, by the id of its file."),
  file: file.describe("A file to download, by its id."),
  news: news.describe("Up to 8 articles with link and picture."),
  mpnews: mpnews.describe("Up to 8 articles that WeCom keeps."),
  miniprogram_notice: miniprogram_notice.describe("A notice that opens a mini-program."),
  template_card: template_card.describe(
    "A card with card_type and what WeCom documents for it; button and vote cards also need task_id. What members press comes by read_replies.",
  ),
} as const

const payload = z.looseObject({}).nullish()

/** Payloads may be any object: the gateway itself names the faults inside, as it does over HTTP. */
export const CONTENTS = {
  text: SHOWN_CONTENTS.text,
  markdown: SHOWN_CONTENTS.markdown,
  textcard: payload,
  image: payload,
  voice: payload,
  video: payload,
  file: payload,
  news: payload,
  mpnews: payload,
  miniprogram_notice: payload,
  template_card: payload,
} as const satisfies Readonly<Record<keyof typeof SHOWN_CONTENTS, z.ZodType>>

export type Contents = { readonly [Type in keyof typeof CONTENTS]?: unknown }

export interface Content {
  readonly msgtype: string
  readonly payload: object
}

/** @returns undefined unless there is exactly one */
export function contentOf(args: Contents): Content | undefined {
  const [one, ...others] = Object.keys(CONTENTS).flatMap((msgtype): Content[] => {
    const given = fieldsOf(args)[msgtype]
    if (given === undefined || given === null) return []
    return [{ msgtype, payload: typeof given === "string" ? { content: given } : fieldsOf(given) }]
  })
  return others.length === 0 ? one : undefined
}

/** Everything that members will see of it: the question to the user must hide nothing. */
export function shownOf({ msgtype, payload }: Content, language: Language): string {
  const shown = [...textsIn(payload, 0)].join(" — ")
  if (msgtype === "text" || msgtype === "markdown") return shown
  return language === "zh" ? `【${msgtype}】${shown}` : `[${msgtype}] ${shown}`
}

function* textsIn(value: unknown, depth: number): Generator<string> {
  if (typeof value === "string") yield value
  // The gateway refuses texts that are nested more deeply.
  else if (depth < 32) for (const one of Object.values(fieldsOf(value))) yield* textsIn(one, depth + 1)
}
