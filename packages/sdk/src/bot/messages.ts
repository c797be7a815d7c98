import { checkBotMessage, escapeMarkdown } from "@wecom-push/protocol"
import type { AppMessage, Fault, MessageOf } from "@wecom-push/protocol"
import { isObject } from "../option-faults.ts"
import type { WithFiles } from "../media/media-source.ts"

/** A message of a smart robot. A text is sent as escaped markdown, since robots can send no texts. */
type BotMessage = MessageOf<"text" | "markdown" | "template_card" | "image" | "voice" | "video" | "file">

/** A message as `send` takes it: a file may be given in place of a `media_id`. */
export type SendableBotMessage = WithFiles<BotMessage>

/** The message as it is sent over the connection. */
export type BotContent = Readonly<Record<string, unknown>> & { readonly msgtype: string }

/** @returns what a robot may send, and everything wrong with it */
export function botContent(message: AppMessage): { readonly content: BotContent; readonly faults: readonly Fault[] } {
  const content = withoutSwitches(message)
  const faults = checkBotMessage(content)
  if (message.msgtype !== "text") return { content, faults }
  // The caller wrote a text.
  return { content, faults: faults.map((one) => ({ ...one, path: one.path.replace(/^markdown\b/, "text") })) }
}

/** `safe` and similar switches are only for apps. */
function withoutSwitches(message: AppMessage): BotContent {
  const fields: Readonly<Record<string, unknown>> = { ...message }
  const { msgtype } = message
  const payload = fields[msgtype]
  if (msgtype !== "text") return { msgtype, [msgtype]: payload }
  const content = isObject(payload) ? payload["content"] : undefined
  return { msgtype: "markdown", markdown: { content: typeof content === "string" ? escapeMarkdown(content) : content } }
}
