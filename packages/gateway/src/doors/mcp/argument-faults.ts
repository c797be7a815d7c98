import type { CallToolResult } from "@modelcontextprotocol/server"
import type { Language } from "@wecom-push/protocol"
import type { z } from "zod"
import { failed, fieldsOf } from "./results.ts"
import { say } from "./texts.ts"
import type { TextName } from "./texts.ts"

type Issue = z.core.$ZodIssue

/** Names each wrong argument, and how to correct it, in the form in which the gateway names fields. */
export function refusedArguments(issues: readonly Issue[], given: unknown, language: Language): CallToolResult {
  const errors = issues.slice(0, MOST_NAMED).map((issue) => {
    const { code, text, values = {} } = faultOf(issue, given, language)
    const path = issue.path.map(String)
    const field = path.length === 0 ? "arguments" : path.join(".")
    return { path: ["", ...path].join("/"), code, detail: say(language, text, { field, ...values }) }
  })
  return failed({ code: "invalid_arguments", detail: say(language, "badArguments"), errors })
}

const MOST_NAMED = 50

interface Fault {
  /** The gateway's code for it. */
  readonly code: string
  readonly text: TextName
  readonly values?: Readonly<Record<string, string>>
}

function faultOf(issue: Issue, given: unknown, language: Language): Fault {
  const { code } = issue
  if (code === "invalid_type") {
    if (valueAt(given, issue.path) === undefined) return { code: "required", text: "argumentMissing" }
    const kind = say(language, KINDS[issue.expected] ?? "kindOther")
    return { code: "wrong_type", text: "argumentKind", values: { kind } }
  }
  if (code === "unrecognized_keys")
    return { code: "unknown_field", text: "argumentUnknown", values: { names: issue.keys.join(", ") } }
  if (code === "too_big") return { ...(MOST[issue.origin] ?? MOST_VALUE), values: { limit: String(issue.maximum) } }
  if (code === "too_small") return { ...(LEAST[issue.origin] ?? LEAST_VALUE), values: { limit: String(issue.minimum) } }
  if (code === "invalid_value")
    return { code: "invalid_value", text: "argumentValue", values: { values: issue.values.map(String).join(", ") } }
  return { code: "bad_format", text: "argumentForm" }
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => fieldsOf(value)[String(key)], given)
}

const KINDS: Readonly<Record<string, TextName>> = {
  string: "kindText",
  number: "kindNumber",
  int: "kindNumber",
  boolean: "kindBoolean",
  array: "kindList",
  object: "kindObject",
}

const MOST_VALUE: Fault = { code: "invalid_value", text: "mostValue" }
const LEAST_VALUE: Fault = { code: "invalid_value", text: "leastValue" }
const MOST: Readonly<Record<string, Fault>> = {
  string: { code: "too_long", text: "mostCharacters" },
  array: { code: "too_many", text: "mostEntries" },
}
const LEAST: Readonly<Record<string, Fault>> = {
  string: { code: "too_short", text: "leastCharacters" },
  array: { code: "too_few", text: "leastEntries" },
}
