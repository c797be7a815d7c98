import type { Adapter, Reading } from "../adapter.ts"
import { asText } from "../as-text.ts"
import { objectAt, textAt } from "../fields.ts"
import { acceptedAs } from "../hooks.ts"
import type { InboundCall } from "../inbound-call.ts"
import { colored, linked, markdownOf, plain } from "../markdown.ts"

/** Uptime Kuma's webhook: `{heartbeat, monitor, msg}`, as JSON or in the field `data` of a form. */
export const adapter: Adapter = {
  read: (call) => readBeat(call) ?? asText(call, "Uptime Kuma"),
  accepted: acceptedAs,
}

function readBeat(call: InboundCall): Reading | undefined {
  const body = call.object() ?? parsed(call.field("data"))
  const msg = textAt(body, "msg")
  if (body === undefined || msg === undefined) return undefined
  const state = STATES[textAt(body, "heartbeat", "status") ?? ""]
  const monitor = objectAt(body, "monitor")
  const url = textAt(monitor, "url")
  const time = textAt(body, "heartbeat", "localDateTime") ?? textAt(body, "heartbeat", "time")
  return {
    content: markdownOf([
      state && `**${colored(state.color, state.word)}** ${linked(textAt(monitor, "name") ?? "", url)}`,
      plain(msg),
      time && colored("comment", time),
    ]),
    priority: state?.color === "warning" ? "high" : undefined,
    overflow: "truncate",
  }
}

const STATES: Readonly<
  Record<string, { readonly word: string; readonly color: "warning" | "info" | "comment" } | undefined>
> = Object.assign(Object.create(null), {
  "0": { word: "故障", color: "warning" },
  "1": { word: "已恢复", color: "info" },
  "2": { word: "等待", color: "comment" },
  "3": { word: "维护", color: "comment" },
})

function parsed(text: string | undefined): object | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "")
    return typeof value === "object" && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
