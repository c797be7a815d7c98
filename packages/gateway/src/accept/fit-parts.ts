import { byteLength, MAX_MARKDOWN_BYTES, MAX_TEXT_BYTES } from "@wecom-push/protocol"
import type { AppMessage, Fault } from "@wecom-push/protocol"
import { fitMessage } from "@wecom-push/sdk/internals"
import type { Overflow } from "@wecom-push/sdk"

/** A longer text is a document; and each part is a message on every recipient's phone. */
export const MAX_PARTS = 100

/** The messages to send, in order; or, if there are too many, how many parts it would need at least. */
export type FittedParts<Part = unknown> = { readonly parts: readonly Part[] } | { readonly needed: number }

/** @param check the check of the call that carries the message; the one of an app's message unless given */
export function fitParts(
  message: AppMessage,
  overflow: Overflow | undefined,
  check?: (message: unknown) => Fault[],
): FittedParts<AppMessage> {
  // Checked before the split: splitting eight megabytes would make all other requests wait for three seconds.
  const needed = overflow === "split" ? fewestParts(message) : 1
  if (needed > MAX_PARTS) return { needed }
  const parts = fitMessage(message, overflow, check)
  return parts.length > MAX_PARTS ? { needed: parts.length } : { parts }
}

function fewestParts(message: AppMessage): number {
  if (message.msgtype === "text") return Math.ceil(byteLength(message.text.content) / MAX_TEXT_BYTES)
  if (message.msgtype === "markdown") return Math.ceil(byteLength(message.markdown.content) / MAX_MARKDOWN_BYTES)
  return 1
}
