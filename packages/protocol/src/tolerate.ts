import type { Fault, FaultRule } from "./fault.ts"

/**
 * The fault as it counts without `strict`: when WeCom would cut, ignore or replace the value by a default, it becomes a
 * warning. It stays an error when WeCom refuses the value, or when the text would not arrive unchanged.
 */
export function tolerate(fault: Fault): Fault {
  return isTaken(fault) ? { ...fault, severity: "warning", tolerated: true } : fault
}

/** Whether WeCom would show only the beginning of the text, up to `limit`, without a sign. */
export function isCut({ rule, severity, errcode }: Fault): boolean {
  return rule === "too_long" && severity === "error" && errcode === undefined
}

function isTaken({ rule, severity, errcode }: Fault): boolean {
  return severity === "error" && errcode === undefined && !NEVER_SENT.has(rule)
}

const NEVER_SENT: ReadonlySet<FaultRule> = new Set(["nul", "lone_surrogate", "not_json"])
