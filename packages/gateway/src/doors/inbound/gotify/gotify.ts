import { formatRfc3339 } from "../../../accept/rfc3339.ts"
import type { Priority } from "../../../model/message.ts"
import type { Adapter } from "../adapter.ts"
import { millisecondsOf } from "../answer-time.ts"
import { filled } from "../caller.ts"
import { isObject, own } from "../../kit/json-object.ts"
import type { InboundCall } from "../inbound-call.ts"
import { contentOf } from "../note.ts"
import { emptyMessage, pathNotKnown } from "../refusals.ts"
import { sentenceOf } from "../told.ts"

/**
 * gotify: `POST /message` with JSON or a form.
 * @see https://gotify.net/api-docs
 */
export const adapter: Adapter = {
  tokenIn: (call) => filled(call.header("x-gotify-key")),
  open: ({ path, method }) => {
    if (method !== "GET" || path.length !== 1) return undefined
    if (path[0] === "health") return { status: 200, body: { health: "green", database: "green" } }
    return path[0] === "version" ? { status: 200, body: { version: "2.6.0", commit: "", buildDate: "" } } : undefined
  },
  methods: ({ path }) => (path.join("/") === "message" ? ["POST"] : undefined),
  read(call) {
    if (call.path.length !== 1 || call.path[0] !== "message") throw pathNotKnown()
    const text = call.field("message") ?? ""
    if (text.trim() === "") throw emptyMessage("message")
    const { isMarkdown, url } = extrasOf(call)
    return {
      content: contentOf({ title: filled(call.field("title")), text, url, isMarkdown }),
      priority: priorityOf(call.field("priority")),
      overflow: "split",
    }
  },
  accepted: ({ id }, call) => ({
    status: 200,
    body: {
      id: numberOf(id),
      appid: 1,
      message: call.field("message"),
      title: call.field("title") ?? "",
      priority: Number(call.field("priority") ?? 0),
      date: formatRfc3339(millisecondsOf(id)),
    },
  }),
  refused: (refused) => {
    const { status } = refused.problem
    const errorDescription = sentenceOf(refused)
    return { status, body: { error: NAMES[status] ?? "Bad Request", errorCode: status, errorDescription } }
  },
}

const NAMES: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Request Entity Too Large",
  429: "Too Many Requests",
  503: "Service Unavailable",
}

/** gotify's priorities are 0 to 10: from 8 on the client makes a sound, below 4 it shows no notification. */
function priorityOf(written: string | undefined): Priority | undefined {
  const number = Number(written)
  if (written === undefined || !Number.isFinite(number)) return undefined
  return number >= 8 ? "high" : number >= 4 ? "normal" : "bulk"
}

function extrasOf(call: InboundCall): { readonly isMarkdown: boolean; readonly url: string | undefined } {
  const extras = own(call.isForm() ? undefined : call.object(), "extras")
  if (!isObject(extras)) return { isMarkdown: false, url: undefined }
  const [display, notification] = [own(extras, "client::display"), own(extras, "client::notification")]
  const click = isObject(notification) ? own(notification, "click") : undefined
  const url = isObject(click) ? own(click, "url") : undefined
  return {
    isMarkdown: isObject(display) && own(display, "contentType") === "text/markdown",
    url: typeof url === "string" ? filled(url) : undefined,
  }
}

/** gotify's ids are whole numbers. This one consists of the time in our id, and five of its random bits. */
function numberOf(id: string): number {
  return millisecondsOf(id) * 32 + (Number.parseInt(id.at(-1) ?? "0", 16) % 32)
}
