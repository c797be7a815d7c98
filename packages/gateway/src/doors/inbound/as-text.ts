import type { Reading } from "./adapter.ts"
import type { InboundCall } from "./inbound-call.ts"
import { emptyMessage, THE_BODY } from "./refusals.ts"

/**
 * A body that an adapter cannot read is not lost: it is sent as a text.
 * @throws {Problem} for an empty body, or one that is no text
 */
export function asText(call: InboundCall, service: string): Reading {
  const text = call.text()
  if (text.trim() === "") throw emptyMessage(THE_BODY)
  return {
    content: { msgtype: "text", text: { content: text } },
    overflow: "truncate",
    warnings: [
      {
        en: `The body does not have the form that ${service} sends; it was sent as a text.`,
        zh: `请求体不是 ${service} 的格式，已按文本发送。`,
      },
    ],
  }
}
