import { loneSurrogateAt } from "./measure.ts"
import { join } from "./shape.ts"
import type { Report } from "./shape.ts"

/** No message WeCom knows is half as deep; what lies deeper is in a field that is reported as unknown anyway. */
const MAX_DEPTH = 16

/**
 * Looks for NUL and lone surrogates in every string of a value, `actual` being the index in UTF-16 units. Neither
 * survives the way to a phone: databases refuse the one, UTF-8 has no form for the other.
 */
export function checkStrings(value: unknown, report: Report): void {
  // An object met twice was looked at once already; without this a cycle of branches would take for ever.
  const seen = new Set<object>()

  function visit(value: unknown, path: string, depth: number): void {
    if (typeof value === "string") return checkString(value, path, report)
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH || seen.has(value)) return
    seen.add(value)
    if (Array.isArray(value)) value.forEach((item: unknown, index) => visit(item, `${path}[${index}]`, depth + 1))
    else for (const [name, member] of Object.entries(value)) visit(member, join(path, name), depth + 1)
  }

  visit(value, "", 0)
}

function checkString(text: string, path: string, report: Report): void {
  const nul = text.indexOf("\0")
  if (nul !== -1) report({ path, rule: "nul", severity: "error", actual: nul })
  const lone = loneSurrogateAt(text)
  if (lone !== -1) report({ path, rule: "lone_surrogate", severity: "error", actual: lone })
}
