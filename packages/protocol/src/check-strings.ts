import type { Fault } from "./fault.ts"
import { join } from "./shape.ts"
import type { Check, Report } from "./shape.ts"
import { findBadText } from "./text/bad-text.ts"

/** No message WeCom knows is half as deep. */
const MAX_DEPTH = 32

/**
 * Looks for NUL and lone surrogates in every string of a value, `actual` being the index in UTF-16 units. Neither
 * survives the way to a phone: databases refuse the one, UTF-8 has no form for the other. Reports also what has no
 * form in JSON, since unknown fields go out too: cycles, big integers, and nesting without end.
 */
export const checkStrings: Check = (value, path, report) => {
  // An object met twice was looked at once already; without this a tangle of branches would take for ever. What most
  // messages hold is too little for one.
  let seen: Set<object> | undefined
  let looks = 0
  const open: object[] = []

  function visit(value: unknown, path: string, depth: number): void {
    if (typeof value === "string") return checkString(value, path, report)
    if (typeof value === "bigint") return report(notJson(path))
    if (typeof value !== "object" || value === null) return
    if (depth > MAX_DEPTH || open.includes(value)) return report(notJson(path))
    if (seen?.has(value) === true) return
    if (++looks > FEW_LOOKS) (seen ??= new Set()).add(value)
    open.push(value)
    if (Array.isArray(value)) value.forEach((item: unknown, index) => visit(item, `${path}[${index}]`, depth + 1))
    else
      for (const name of Object.keys(value)) {
        const member: unknown = Reflect.get(value, name)
        if (!isGood(member)) visit(member, join(path, name), depth + 1)
      }
    open.pop()
  }

  visit(value, path, 0)
}

const FEW_LOOKS = 8

/** Most strings are, and need no path made for them. */
function isGood(value: unknown): boolean {
  return typeof value === "string" && findBadText(value) === undefined
}

function checkString(text: string, path: string, report: Report): void {
  const bad = findBadText(text)
  if (bad !== undefined) report({ path, rule: bad.rule, severity: "error", actual: bad.position })
}

function notJson(path: string): Fault {
  return { path, rule: "not_json", severity: "error" }
}
