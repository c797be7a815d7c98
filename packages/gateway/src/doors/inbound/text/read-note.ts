import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import { refuse } from "../../../accept/issues.ts"
import type { Priority } from "../../../model/message.ts"
import type { Problem } from "../../../problems/problem.ts"
import type { Reading } from "../adapter.ts"
import { readDelay } from "../delay.ts"
import { decodeWords } from "../encoded-words.ts"
import type { InboundCall } from "../inbound-call.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, THE_BODY } from "../refusals.ts"
import { marked } from "./tags.ts"

/** Fields of a request beside its body, each under the names that ntfy accepts. */
export interface NoteFields {
  readonly message: string | undefined
  readonly title: string | undefined
  readonly priority: string | undefined
  readonly tags: readonly string[]
  readonly click: string | undefined
  readonly attach: string | undefined
  readonly delay: string | undefined
  readonly isMarkdown: boolean
}

/**
 * Reads the fields from headers, with or without `X-` before the name, and from the query. If both have a field, the header
 * counts.
 */
export function fieldsOf(call: InboundCall): NoteFields {
  const inQuery = call.query.size === 0 ? NOTHING : parametersOf(call.query)
  const param = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = call.header(name)
      if (value !== undefined && value.trim() !== "") return decodeWords(value.trim())
    }
    for (const name of inQuery.size === 0 ? [] : names) {
      const value = inQuery.get(name)?.trim()
      if (value !== undefined && value !== "") return value
    }
    return undefined
  }
  return {
    message: param("x-message", "message", "m")?.replaceAll(String.raw`\n`, "\n"),
    title: param("x-title", "title", "t", "ti"),
    priority: param("x-priority", "priority", "prio", "p"),
    tags: listOf(param("x-tags", "tags", "tag", "ta")),
    click: param("x-click", "click"),
    attach: param("x-attach", "attach", "a"),
    delay: param("x-delay", "delay", "x-at", "at", "x-in", "in"),
    isMarkdown: isTrue(param("x-markdown", "markdown", "md")) || call.contentType.startsWith("text/markdown"),
  }
}

/** The body is the message; if it is empty, the parameter `message` is. @throws {Problem} */
export function readNote(call: InboundCall, now: number): Reading {
  const fields = fieldsOf(call)
  const text = call.body.length > 0 ? call.text() : (fields.message ?? "")
  if (text.trim() === "") throw emptyMessage(THE_BODY)
  return readingOf(fields, text, now)
}

/** @throws {Problem} `invalid_value` */
export function readingOf(fields: NoteFields, text: string, now: number): Reading {
  const { title, tags, click, attach, isMarkdown } = fields
  const note = marked({ title, text }, tags)
  const url = [click, attach].filter((one) => one !== undefined).join("\n")
  return {
    content: contentOf({ ...note, url, isMarkdown }),
    priority: priorityOf(fields.priority),
    sendAt: sendAtOf(fields.delay, now),
    overflow: "split",
  }
}

/** ntfy's priorities: 1 is the lowest, 5 the highest. @throws {Problem} `invalid_value` */
function priorityOf(word: string | undefined): Priority | undefined {
  if (word === undefined) return undefined
  const priority = PRIORITIES[word.toLowerCase()]
  // This is a browser's own header of the same name (RFC 9218), which is not about messages.
  if (priority === undefined && /^(?:u=\d)?(?:,?\s*i)?$/.test(word)) return undefined
  if (priority === undefined) throw badParameter("priority", "1 to 5, or min, low, default, high, max")
  return priority
}

const PRIORITIES: Readonly<Record<string, Priority | undefined>> = Object.assign(Object.create(null), {
  ...namesOf("bulk", "1", "min", "2", "low", "bulk"),
  ...namesOf("normal", "3", "default", "normal"),
  ...namesOf("high", "4", "high", "5", "max", "urgent"),
})

function namesOf(priority: Priority, ...names: readonly string[]): Record<string, Priority> {
  return Object.fromEntries(names.map((name) => [name, priority]))
}

function sendAtOf(delay: string | undefined, now: number): string | undefined {
  if (delay === undefined) return undefined
  const at = readDelay(delay, now)
  if (at === undefined)
    throw badParameter("delay", "30m, 2h, 1 day, seconds since 1970, or an RFC 3339 time with offset")
  return formatRfc3339(at)
}

function badParameter(path: string, forms: string): Problem {
  const detail = {
    en: `${path} has a value that is not allowed; write ${forms}.`,
    zh: `${path} 的取值无效，请写成：${forms}。`,
  }
  return refuse([{ path, code: "not_allowed", detail }])
}

/**
 * The parameters by their names in lower case. If several have one name, the first counts, but one that is written in lower
 * case comes before all others.
 */
function parametersOf(query: URLSearchParams): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const areExact of [true, false]) {
    for (const [name, value] of query) {
      const key = name.toLowerCase()
      if ((name === key) === areExact && !found.has(key)) found.set(key, value)
    }
  }
  return found
}

const NOTHING: ReadonlyMap<string, string> = new Map()

function listOf(text: string | undefined): readonly string[] {
  return (text ?? "").split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]))
}

function isTrue(word: string | undefined): boolean {
  return word !== undefined && ["1", "yes", "true"].includes(word.toLowerCase())
}
