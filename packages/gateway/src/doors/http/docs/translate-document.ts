import {
  DELAY_REASONS,
  explainDelay,
  MESSAGE_STATE_TEXTS,
  REASONS,
  RECIPIENT_STATE_TEXTS,
} from "@wecom-push/protocol/delivery"
import { CHINESE_TAGS, CHINESE_TEXTS } from "./chinese-texts.ts"

type Json = { readonly [name: string]: unknown }

/** The description of the API with its texts in Chinese; a text that has none stays in English. */
export function inChinese(document: Json): Json {
  const text = JSON.stringify(document, (name, value: unknown) =>
    (name === "description" || name === "summary") && typeof value === "string" ? translate(value) : value,
  )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object of JSON
  const translated = JSON.parse(text) as Json
  return { ...translated, tags: named(translated["tags"]) }
}

function translate(text: string): string {
  return text.split("\n\n").map(paragraphInChinese).join("\n\n")
}

function paragraphInChinese(paragraph: string): string {
  const text = CHINESE_TEXTS[paragraph]
  if (text !== undefined) return text
  if (paragraph.startsWith("- `")) return paragraph.split("\n").map(itemInChinese).join("\n")
  const [note, scopes, size] = NOTES.exec(paragraph) ?? []
  if (note === undefined) return paragraph
  const scope = scopes === undefined ? "" : `权限：${scopes.replaceAll(" or ", " 或 ")}。`
  return size === undefined ? scope : `${scope}请求体最大 ${size}。`
}

/** Fields that `describeApi` adds to a route. */
const NOTES = /^(?:Scope: ([^.]+)\.)?(?: ?Body: at most ([^.]+)\.)?$/

/** A word of ours and what it means: `` - `queued`: Due, and no call has begun. `` */
function itemInChinese(item: string): string {
  const [, word = "", meaning = ""] = /^- `(.+?)`: (.+)$/.exec(item) ?? []
  const chinese = MEANINGS.get(meaning)
  return chinese === undefined ? item : `- \`${word}\`：${chinese}`
}

const MEANINGS: ReadonlyMap<string, string> = new Map(
  [
    ...Object.values(MESSAGE_STATE_TEXTS).map(({ meaning }) => meaning),
    ...Object.values(RECIPIENT_STATE_TEXTS).map(({ meaning }) => meaning),
    ...DELAY_REASONS.map(explainDelay),
    ...Object.values(REASONS),
  ].map(({ en, zh }) => [en, zh]),
)

function named(tags: unknown): unknown {
  if (!Array.isArray(tags)) return tags
  return tags.map((tag: { readonly name: string }) => ({ ...tag, "x-displayName": CHINESE_TAGS[tag.name] ?? tag.name }))
}
