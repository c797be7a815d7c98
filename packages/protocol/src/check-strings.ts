import type { Fault } from "./fault.ts"
import { join } from "./shape.ts"
import type { Check, Report } from "./shape.ts"
import { findBadText } from "./text/bad-text.ts"

/** No message that WeCom knows has half this depth. */
const MAX_DEPTH = 32

/**
 * Looks for NUL and lone surrogates in every string of a value; `actual` is the index in UTF-16 units. Neither can
 * reach a phone: databases refuse NUL, and UTF-8 has no form for a lone surrogate. Also reports what JSON cannot
 * express, since unknown fields are sent too: cycles, big integers, and nesting without end.
 */
export const checkStrings: Check = (value, path, report) => {
  // An object that was already checked is not checked again; otherwise a value whose branches share objects would take
  // extremely long. Most messages have so few objects that this is not needed.
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

/** Whether a value is a good string, as most are; then no path has to be made for it. */
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
