import type { Fault, FaultRule } from "./fault.ts"

/**
 * A fault as it counts without `strict`: what WeCom would cut, ignore or replace by a default becomes a warning.
 * What it refuses stays an error, and so does text that does not arrive as it is.
 */
export function tolerate(fault: Fault): Fault {
  return isTaken(fault) ? { ...fault, severity: "warning", tolerated: true } : fault
}

/** A text of which WeCom shows only the beginning, up to `limit`, and says nothing. */
export function isCut({ rule, severity, errcode }: Fault): boolean {
  return rule === "too_long" && severity === "error" && errcode === undefined
}

function isTaken({ rule, severity, errcode }: Fault): boolean {
  return severity === "error" && errcode === undefined && !NEVER_SENT.has(rule)
}

const NEVER_SENT: ReadonlySet<FaultRule> = new Set(["nul", "lone_surrogate", "not_json"])
