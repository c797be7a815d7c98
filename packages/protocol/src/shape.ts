import type { Fault } from "./fault.ts"

/**
 * Building blocks for describing a JSON value: each check looks at one value and reports what is wrong with it.
 * They hold no state, never throw, and never look further than the description goes, so neither depth nor cycles of
 * what they are given matter.
 */
export type Check = (value: unknown, path: string, report: Report, errcodeIfUnreadable?: number) => void
/** `text` is reported with what is too long. */
export type Report = (fault: Fault, text?: string) => void
export type JsonObject = { readonly [name: string]: unknown }

export interface Field {
  /** The rule for it, its siblings being as they are. */
  readonly check: (siblings: JsonObject) => Check
  /** Why the field has to be there, its siblings being as they are; undefined when it may be left out. */
  readonly need: (siblings: JsonObject) => Need | undefined
}

export type Fields = Readonly<Record<string, Field>>

export interface Need {
  readonly because?: string
  /** The fields of which one would do. */
  readonly allowed?: readonly string[]
  readonly errcode?: number
  /** Asked for, and yet there is a default. */
  readonly severity?: "warning"
}

/** Other fields that an object may have. Unless they are named, they are sent with a warning: clients send such fields. */
interface Leftovers {
  /** Fields that WeCom knows, only not here: they are in the wrong place rather than misspelt. */
  readonly names?: ReadonlySet<string>
  readonly because?: string
  /** The value under such a name was meant to be read, so it is an error unless it is empty. */
  readonly matters?: boolean
  /** A misspelt field changes what happens to others. */
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

/** A field whose siblings decide what it has to look like. */
export function choose(check: Field["check"], need: Field["need"] = () => undefined): Field {
  return { check, need }
}

/**
 * Reports in the order of the fields as described, then what is left over. WeCom takes a value of a wrong JSON type
 * for a missing one, so such a value gets the errcode of the missing field.
 */
export function object(fields: Fields, leftovers = WHATEVER): Check {
  const described = members(fields)
  const names = new Set(Object.keys(fields))
  return (value, path, report, errcodeIfUnreadable) => {
    described(value, path, report, errcodeIfUnreadable)
    if (isObject(value)) reportLeftovers(value, names, leftovers, path, report)
  }
}

/** As `object`, whatever else it holds. */
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
      // A client that sends `__proto__` means harm.
    } else report({ path: at, rule: "unknown_field", severity: refused || name === "__proto__" ? "error" : "warning" })
  }
}

/** Looks at one member only. `name` is one of ours, so it needs no quoting. */
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
  /** Of a list too short or too long. */
  readonly errcode?: number
  readonly unique?: Unique
}

/** A member that no two items may share. */
interface Unique {
  readonly name: string
  readonly errcode: number
  /** Items for which this is false are left aside. */
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
    // By index, for a hole is an item too: JSON makes it null.
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

/** A member that JSON would carry: an inherited one (`constructor`, `__proto__`) is none. */
export function own(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** There and not empty: WeCom takes an empty string for none, and clients write other things for none. */
export function has(value: JsonObject, name: string): boolean {
  const member = own(value, name)
  return member !== undefined && member !== "" && !isNothing(member)
}

/** Null, or what Go writes for a part that was not set, as in `{"desc": "", "action_list": null}`. */
const isNothing = (value: unknown): boolean => value === null || (isObject(value) && isZero(value))

/** An object of JSON or a literal: a `Date` has no members either, and goes out as a text. */
function isPlain(value: unknown): boolean {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The depth is bounded for the sake of cycles; no part of a card is as deep. */
function isZero(value: unknown, depth = 0): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (typeof value !== "object" || value === null) return !value
  return depth < 4 && isPlain(value) && Object.values(value).every((member) => isZero(member, depth + 1))
}

/** Long names are cut, since a path is for reading. */
export function join(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]{0,63}$/.test(name)) return `${path}[${JSON.stringify(name.slice(0, 64))}]`
  return path === "" ? name : `${path}.${name}`
}
