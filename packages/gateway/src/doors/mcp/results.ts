import type { CallToolResult } from "@modelcontextprotocol/server"
import type { Language } from "@wecom-push/protocol"
import type { DoorAnswer } from "./gateway-door.ts"
import { maskNumbersIn } from "./mask-numbers.ts"
import { say } from "./texts.ts"
import type { TextName } from "./texts.ts"

/** The result of a tool, as JSON. */
export function found(value: object): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(value) }] }
}

/** A refusal of the tool itself: the fault, and how to correct it. */
export function refused(code: string, language: Language, text: TextName, values?: Readonly<Record<string, string>>) {
  return failed({ code, detail: say(language, text, values) })
}

/** A refusal of the gateway's, or an answer in an unknown form. */
export function refusedBy({ status, body }: DoorAnswer, language: Language): CallToolResult {
  const { code, title, detail, hint, errors } = fieldsOf(body)
  if (typeof code !== "string") return refused("unusable_answer", language, "unusableAnswer", { status: `${status}` })
  const named = Array.isArray(errors) && errors.length > 0 ? { errors } : {}
  return failed({ code, status, title, detail, hint, ...named })
}

/** For a request without an answer. The door gives the reason in the user's language, and sometimes a code. */
export function unanswered(error: unknown): CallToolResult {
  const { code } = fieldsOf(error)
  return failed({
    code: typeof code === "string" ? code : "no_answer",
    detail: error instanceof Error ? error.message : String(error),
  })
}

/** Numbers are masked, because a problem may repeat values from the request. */
export function failed(problem: object): CallToolResult {
  return { isError: true, content: [{ type: "text", text: maskNumbersIn(JSON.stringify(problem)) }] }
}

export function isGood({ status }: DoorAnswer): boolean {
  return status >= 200 && status < 300
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {}
}

export function itemsOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { items } = fieldsOf(value)
  return Array.isArray(items) ? items.map(fieldsOf) : []
}
