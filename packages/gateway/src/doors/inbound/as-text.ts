import type { Reading } from "./adapter.ts"
import type { InboundCall } from "./inbound-call.ts"
import { emptyMessage } from "./refusals.ts"

/** What an adapter cannot read is not lost: it goes as a text. @throws {Problem} for nothing at all, or what is no text */
export function asText(call: InboundCall, service: string): Reading {
  const text = call.text()
  if (text.trim() === "") throw emptyMessage("the body")
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
