import type { Fault } from "./fault.ts"

/**
 * Building blocks for describing a JSON value: each check looks at one value and reports what is wrong with it. They
 * hold no state, never throw, and never look deeper than the description does, so deep or cyclic values do no harm.
 */
export type Check = (value: unknown, path: string, report: Report, errcodeIfUnreadable?: number) => void
/** `text` is given with a fault for a text that is too long. */
export type Report = (fault: Fault, text?: string) => void
export type JsonObject = { readonly [name: string]: unknown }

export interface Field {
  /** The check of the field, given its siblings. */
  readonly check: (siblings: JsonObject) => Check
  /** Why the field is required, given its siblings; undefined when it may be left out. */
  readonly need: (siblings: JsonObject) => Need | undefined
}

export type Fields = Readonly<Record<string, Field>>

export interface Need {
  readonly because?: string
  /** The fields of which one is enough. */
  readonly allowed?: readonly string[]
  readonly errcode?: number
  /** WeCom requires the field, but has a default for it. */
  readonly severity?: "warning"
}

/**
 * Fields of an object that are not in the description. Unless named here, they are sent with a warning, because clients
 * send such fields.
 */
interface Leftovers {
  /** Fields that WeCom knows, but not here: they are in the wrong place, not misspelt. */
  readonly names?: ReadonlySet<string>
  readonly because?: string
  /** The value of such a field was meant to be used, so it is an error unless it is empty. */
  readonly matters?: boolean
  /** Refused, because a misspelt field changes what happens to others. */
  readonly refused?: boolean
}

const WHATEVER: Leftovers = {}

export function required(check: Check, errcode?: number): Field {
  const need: Need = errcode === undefined ? {} : { errcode }
  return { check: () => check, need: () => need }
}

export function optional(check: Check): Field {
  return { check: () => check, need: () => undefined }
}

export function requiredIf(need: Field["need"], check: Check): Field {
  return { check: () => check, need }
}

/** A field whose check and need depend on its siblings. */
export function choose(check: Field["check"], need: Field["need"] = () => undefined): Field {
  return { check, need }
}

/**
 * Reports in the order of the described fields, then the other fields. WeCom treats a value of a wrong JSON type as
 * missing, so such a value gets the errcode of the missing field.
 */
export function object(fields: Fields, leftovers = WHATEVER): Check {
  const described = members(fields)
  const names = new Set(Object.keys(fields))
  return (value, path, report, errcodeIfUnreadable) => {
    described(value, path, report, errcodeIfUnreadable)
    if (isObject(value)) reportLeftovers(value, names, leftovers, path, report)
  }
}

/** The same as `object`, but allows any other field. */
export function members(fields: Fields): Check {
  const entries = Object.entries(fields).map(([name, field]) => ({ name, field }))
  return (value, path, report, errcodeIfUnreadable) => {
    if (!isObject(value)) return report(wrongType(path, "object", errcodeIfUnreadable))
    for (const { name, field } of entries) checkField(value, name, field, path, report)
  }
}

function reportLeftovers(
  value: JsonObject,
  names: ReadonlySet<string>,
  { names: elsewhere, because = "", matters = false, refused = false }: Leftovers,
  path: string,
  report: Report,
): void {
  for (const name of Object.keys(value)) {
    const member = value[name]
    if (names.has(name) || member === undefined) continue
    const at = join(path, name)
    if (elsewhere?.has(name) === true) {
      report({ path: at, rule: "conflict", severity: matters && !isZero(member) ? "error" : "warning", because })
      // A client that sends `__proto__` is an attacker.
    } else report({ path: at, rule: "unknown_field", severity: refused || name === "__proto__" ? "error" : "warning" })
  }
}

/** Checks one member only. `name` is one of ours, so it needs no quoting. */
export function checkField(siblings: JsonObject, name: string, field: Field, path: string, report: Report): void {
  const value = own(siblings, name)
  const need = field.need(siblings)
  if (need === undefined && value === undefined) return
  const at = path === "" ? name : `${path}.${name}`
  if (need === undefined && isNothing(value)) {
    if (hasFault(field.check(siblings), value)) report({ path: at, rule: "empty", severity: "warning" })
  } else if (value === undefined || (value === null && need?.severity === "warning")) {
    report({ path: at, rule: "required", severity: "error", ...need })
  } else if (need !== undefined && value === "") report({ path: at, rule: "empty", severity: "error", ...need })
  else field.check(siblings)(value, at, report, need?.errcode)
}

function hasFault(check: Check, value: unknown): boolean {
  let found = false
  check(value, "", () => (found = true))
  return found
}

export interface ListRule {
  readonly item: Check
  readonly min?: number
  readonly max: number
  /** The errcode for a list that is too short or too long. */
  readonly errcode?: number
  readonly unique?: Unique
}

/** A member whose value no two items may share. */
interface Unique {
  readonly name: string
  readonly errcode: number
  /** Items for which this is false are ignored. */
  readonly counts?: (item: JsonObject) => boolean
}

export function list({ item, min = 0, max, errcode, unique }: ListRule): Check {
  return (value, path, report, errcodeIfUnreadable) => {
    if (!Array.isArray(value)) return report(wrongType(path, "array", errcodeIfUnreadable))
    const items: readonly unknown[] = value
    const size = { path, severity: "error", unit: "items", actual: items.length, ...withErrcode(errcode) } as const
    if (items.length > max) report({ ...size, rule: "too_many", limit: max })
    if (items.length < min) report({ ...size, rule: "too_few", limit: min })
    // Entries past the limit have to be removed, so their own faults would not help (and there may be millions).
    // By index, because a hole is an item too: JSON makes it null.
    const kept = Array.from({ length: Math.min(items.length, max) }, (_, index) => items[index])
    kept.forEach((entry, index) => item(entry, `${path}[${index}]`, report))
    if (unique !== undefined) checkUnique(kept, unique, path, report)
  }
}

function checkUnique(items: readonly unknown[], { name, errcode, counts }: Unique, path: string, report: Report): void {
  const clash = { rule: "not_unique", severity: "error", errcode } as const
  const first = new Map<string, number>()
  items.forEach((item, index) => {
    if (!isObject(item) || counts?.(item) === false) return
    const value = own(item, name)
    if (typeof value !== "string" || value === "") return
    const earlier = first.get(value)
    if (earlier === undefined) first.set(value, index)
    else report({ ...clash, path: `${path}[${index}].${name}`, because: `${path}[${earlier}].${name}` })
  })
}

export function wrongType(path: string, expected: string, errcode?: number): Fault {
  return { path, rule: "wrong_type", severity: "error", because: expected, ...withErrcode(errcode) }
}

export function withErrcode(errcode: number | undefined): { errcode?: number } {
  return errcode === undefined ? {} : { errcode }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** A member that JSON would contain; inherited ones (`constructor`, `__proto__`) do not count. */
export function own(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** Whether a member is there and not empty: WeCom treats an empty string as missing, and clients write other empty values. */
export function has(value: JsonObject, name: string): boolean {
  const member = own(value, name)
  return member !== undefined && member !== "" && !isNothing(member)
}

/** Null, or what Go writes for a part that was not set, such as `{"desc": "", "action_list": null}`. */
const isNothing = (value: unknown): boolean => value === null || (isObject(value) && isZero(value))

/** Whether it is an object of JSON or a literal; a `Date` has no members either, but JSON makes it a text. */
function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The depth is bounded because of cycles; no part of a card is that deep. */
function isZero(value: unknown, depth = 0): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== "object" || value === null) return !value
  return depth < 4 && isPlain(value) && Object.values(value).every((member) => isZero(member, depth + 1))
}

/** Long names are cut, since a path is for people. */
export function join(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]{0,63}$/.test(name)) return `${path}[${JSON.stringify(name.slice(0, 64))}]`
  return path === "" ? name : `${path}.${name}`
}
