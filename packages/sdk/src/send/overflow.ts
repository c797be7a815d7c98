import {
  byteLength,
  checkMessage,
  cutBytesLikeWeCom,
  cutCharacters,
  cutText,
  endBeforeMark,
  isCut,
  MAX_MARKDOWN_BYTES,
  MAX_TEXT_BYTES,
  splitText,
  tolerate,
} from "@wecom-push/protocol"
import type { AppMessage, Fault } from "@wecom-push/protocol"

/**
 * How to treat a text that is too long and that WeCom would cut without a sign: refuse it (`reject`); cut it so that a
 * reader sees whole characters and no torn link (`truncate`); or send numbered parts one after another (`split`, only
 * for text and markdown). When it is not given and `strict` is off, WeCom cuts the text.
 */
export type Overflow = "reject" | "split" | "truncate"

/** How strictly values are judged that WeCom accepts but cuts, ignores or replaces. */
export interface Tolerance {
  readonly strict: boolean
  readonly overflow: Overflow | undefined
}

/**
 * Every fault of a message, except those that `fitMessage` corrects. Errors stop the message; what is a warning only
 * because `strict` is off is `tolerated`. Takes any data and never throws.
 * @param check of the kind of call by which the message is sent
 */
export function checkContent(
  message: unknown,
  { strict, overflow }: Tolerance,
  check: MessageCheck = checkMessage,
): Fault[] {
  const found = check(message)
  const faults = found.length === 0 ? found : found.filter((fault) => !isMended(fault, overflow))
  if (strict || faults.length === 0) return faults
  // An explicit `reject` applies even when `strict` is off.
  return faults.map((fault) => (overflow === "reject" && isCut(fault) ? fault : tolerate(fault)))
}

type MessageCheck = (message: unknown) => Fault[]

/** Whether the text at fault can be sent in several parts. */
export const canBeSplit = ({ path }: Fault): boolean => SPLIT_PATHS.has(path)

const SPLIT_PATHS: ReadonlySet<string> = new Set(["text.content", "markdown.content"])

function isMended(fault: Fault, overflow: Overflow | undefined): boolean {
  return isCut(fault) && (overflow === "truncate" || (overflow === "split" && canBeSplit(fault)))
}

/** @returns the messages to send, in order; only text and markdown ever become several */
export function fitMessage(
  message: AppMessage,
  overflow: Overflow | undefined,
  check: MessageCheck = checkMessage,
): AppMessage[] {
  if (overflow === "truncate") return [truncate(message, check)]
  if (overflow !== "split") return [message]
  if (message.msgtype === "text") {
    const contents = split(message.text.content, MAX_TEXT_BYTES, "text")
    return contents.map((content) => ({ ...message, text: { ...message.text, content } }))
  }
  if (message.msgtype === "markdown") {
    const contents = split(message.markdown.content, MAX_MARKDOWN_BYTES, "markdown")
    return contents.map((content) => ({ ...message, markdown: { ...message.markdown, content } }))
  }
  return [message]
}

function split(content: string, limitBytes: number, markup: "text" | "markdown"): readonly string[] {
  return byteLength(content) <= limitBytes ? [content] : splitText(content, limitBytes, { markup, numbered: true })
}

/** Cuts every text that WeCom would cut, to the same length at most, at a place where it reads better. */
function truncate(message: AppMessage, check: MessageCheck): AppMessage {
  if (isShort(message)) return message
  const hasMarks = "enable_id_trans" in message && message.enable_id_trans === 1
  return check(message)
    .filter(isCut)
    .reduce((cut, fault) => withTextAt(cut, stepsOf(fault), (text) => cutAs(fault, text, hasMarks)), message)
}

/** Messages of the types with only one text are mostly short: checking them again would find nothing to cut. */
function isShort(message: AppMessage): boolean {
  if (message.msgtype === "text") return byteLength(message.text.content) <= MAX_TEXT_BYTES
  return message.msgtype === "markdown" && byteLength(message.markdown.content) <= MAX_MARKDOWN_BYTES
}

function cutAs({ path, unit, limit = 0 }: Fault, text: string, hasMarks: boolean): string {
  const markup = path === "markdown.content" ? "markdown" : "text"
  const readable = unit === "bytes" ? cutText(text, limit, { markup }) : cutCharacters(text, limit)
  // A link that fills the limit by itself leaves an empty text, which WeCom would refuse.
  const cut = readable === "" ? cutBytesLikeWeCom(text, limit) : readable
  const end = hasMarks && text.startsWith(cut) ? endBeforeMark(text, cut.length) : 0
  return end === 0 ? cut : text.slice(0, end)
}

/** The steps to the text, as in `news.articles[2].title`: only names of ours and numbers. */
const stepsOf = ({ path }: Fault): readonly string[] => path.match(/[^.[\]]+/g) ?? []

function withTextAt<T>(value: T, steps: readonly string[], change: (text: string) => string): T
function withTextAt(value: unknown, steps: readonly string[], change: (text: string) => string): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return typeof value === "string" ? change(value) : value
  if (Array.isArray(value)) return value.with(Number(step), withTextAt(value[Number(step)], rest, change))
  if (typeof value !== "object" || value === null) return value
  return { ...value, [step]: withTextAt(Reflect.get(value, step), rest, change) }
}
