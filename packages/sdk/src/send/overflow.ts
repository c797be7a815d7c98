import { byteLength, cutText, MAX_MARKDOWN_BYTES, MAX_TEXT_BYTES, splitText } from "@wecom-push/protocol"
import type { AppMessage } from "@wecom-push/protocol"

/**
 * What to do with a text or markdown over 2048 bytes, which WeCom would cut without a word: refuse it, send numbered
 * parts one after another, or cut it where a reader sees a whole character and no torn link.
 */
export type Overflow = "reject" | "split" | "truncate"

/** Where the field is that may be cut or split. */
export const OVERFLOW_PATHS: ReadonlySet<string> = new Set(["text.content", "markdown.content"])

/** @returns the messages to send, in order; only text and markdown ever become several */
export function fitMessage(message: AppMessage, overflow: Overflow): AppMessage[] {
  if (overflow === "reject") return [message]
  if (message.msgtype === "text") {
    const contents = fit(message.text.content, MAX_TEXT_BYTES, "text", overflow)
    return contents.map((content) => ({ ...message, text: { ...message.text, content } }))
  }
  if (message.msgtype === "markdown") {
    const contents = fit(message.markdown.content, MAX_MARKDOWN_BYTES, "markdown", overflow)
    return contents.map((content) => ({ ...message, markdown: { ...message.markdown, content } }))
  }
  return [message]
}

function fit(
  content: string,
  limitBytes: number,
  markup: "text" | "markdown",
  overflow: "split" | "truncate",
): readonly string[] {
  if (byteLength(content) <= limitBytes) return [content]
  if (overflow === "truncate") return [cutText(content, limitBytes, { markup })]
  return splitText(content, limitBytes, { markup, numbered: true })
}
