import { checkUserid } from "@wecom-push/protocol"
import type { Fault } from "@wecom-push/protocol"

/** Whom a message is for. Rows of the result come in the order of these lists as given. */
export type Audience = NamedAudience | Everybody

/** Several ways of naming one member give several rows and one copy. */
export interface NamedAudience {
  /** Userids (账号), not display names. */
  readonly users?: readonly string[]
  readonly mobiles?: readonly string[]
  readonly emails?: readonly string[]
  readonly departments?: readonly number[]
  readonly tags?: readonly number[]
  readonly all?: false
}

/** Everybody in the app's visible range. Said out loud and alone, since one slip would reach the whole company. */
export interface Everybody {
  readonly all: true
}

/** Everything wrong with an audience, found without asking WeCom. Malformed numbers are no fault here: each fails alone. */
export function checkAudience(to: unknown): Fault[] {
  if (typeof to !== "object" || to === null || Array.isArray(to)) return [wrongType("to", "object")]
  const given = Object.entries(to).filter(([, value]) => value !== undefined)
  const faults = given.flatMap(([name, value]) => checkEntry(name, value))
  const named = given.filter(([name, value]) => name !== "all" && !(Array.isArray(value) && value.length === 0))
  const isForAll = "all" in to && to.all === true
  if (isForAll) faults.push(...named.map(([name]) => error(`to.${name}`, "conflict", { because: "all: true" })))
  else if (named.length === 0)
    faults.push(error("to", "required", { errcode: 82001, allowed: [...LISTS.keys(), "all"] }))
  return faults.slice(0, MAX_FAULTS)
}

/** A caller mends no thousand faults at a time. */
const MAX_FAULTS = 1000

const LISTS: ReadonlyMap<string, (value: unknown, path: string) => Fault[]> = new Map([
  ["users", checkUser],
  ["mobiles", checkText],
  ["emails", checkText],
  ["departments", checkId],
  ["tags", checkId],
])

function checkEntry(name: string, value: unknown): Fault[] {
  const path = `to.${name}`
  if (name === "all") return typeof value === "boolean" ? [] : [wrongType(path, "boolean")]
  const check = LISTS.get(name)
  if (check === undefined) return [error(path, "unknown_field", { allowed: [...LISTS.keys(), "all"] })]
  if (!Array.isArray(value)) return [wrongType(path, "array")]
  const faults: Fault[] = []
  for (const [index, item] of value.entries()) {
    if (faults.length >= MAX_FAULTS) break
    for (const fault of check(item, `${path}[${index}]`)) faults.push(fault)
  }
  return faults
}

function checkUser(value: unknown, path: string): Fault[] {
  if (typeof value !== "string") return [wrongType(path, "string")]
  const fault = checkUserid(value)
  if (fault === undefined) return []
  if (fault === "empty") return [error(path, "empty")]
  if (fault === "everybody") return [error(path, "not_allowed", { allowed: ["{ all: true }"] })]
  if (fault === "too_long") return [error(path, "too_long", { unit: "bytes", limit: 64, actual: value.length })]
  return [error(path, "bad_format", { because: "A-Z a-z 0-9 - _ . @", errcode: 40003 })]
}

function checkText(value: unknown, path: string): Fault[] {
  return typeof value === "string" ? [] : [wrongType(path, "string")]
}

function checkId(value: unknown, path: string): Fault[] {
  if (typeof value !== "number") return [wrongType(path, "number")]
  if (Number.isSafeInteger(value) && value > 0) return []
  return [error(path, "bad_format", { because: "1, 2, 3 …" })]
}

function wrongType(path: string, expected: string): Fault {
  return error(path, "wrong_type", { because: expected })
}

function error(path: string, rule: Fault["rule"], details: Partial<Fault> = {}): Fault {
  return { path, rule, severity: "error", ...details }
}
