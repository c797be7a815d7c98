import { characterLength } from "./character-length.ts"
import type { Fault, LimitUnit } from "./fault.ts"
import { byteLength } from "./text/byte-length.ts"

/**
 * Building blocks for describing a JSON value: each check looks at one value and reports what is wrong with it.
 * They hold no state, never throw, and never look further than the description goes, so neither depth nor cycles of
 * what they are given matter.
 */
export type Check = (value: unknown, path: string, report: Report, errcodeIfUnreadable?: number) => void
export type Report = (fault: Fault) => void
export type JsonObject = { readonly [name: string]: unknown }

export interface Field {
  /** What it has to look like, its siblings being as they are. */
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
}

/** Fields that WeCom knows, only not here: they are in the wrong place rather than misspelt. */
export interface Elsewhere {
  readonly names: ReadonlySet<string>
  readonly because: string
}

/** What a string has to satisfy besides being one. Empty strings never get here: they count as left out. */
export type StringRule = (value: string, path: string, report: Report) => void

export const NOWHERE_ELSE: Elsewhere = { names: new Set(), because: "" }

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
export function object(fields: Fields, elsewhere = NOWHERE_ELSE): Check {
  const names = new Set(Object.keys(fields))
  const entries = Object.entries(fields)
  return (value, path, report, errcodeIfUnreadable) => {
    if (!isObject(value)) return report(wrongType(path, "object", errcodeIfUnreadable))
    for (const [name, field] of entries) checkField(value, name, field, path, report)
    for (const name of Object.keys(value)) {
      if (names.has(name) || value[name] === undefined) continue
      const at = join(path, name)
      if (elsewhere.names.has(name))
        report({ path: at, rule: "conflict", severity: "error", because: elsewhere.because })
      else report({ path: at, rule: "unknown_field", severity: "error" })
    }
  }
}

/** Looks at one member only. `name` is one of ours, so it needs no quoting. */
export function checkField(siblings: JsonObject, name: string, field: Field, path: string, report: Report): void {
  const value = own(siblings, name)
  const at = path === "" ? name : `${path}.${name}`
  if (value !== undefined && value !== "")
    return field.check(siblings)(value, at, report, field.need(siblings)?.errcode)
  const need = field.need(siblings)
  if (need !== undefined) report({ path: at, rule: value === "" ? "empty" : "required", severity: "error", ...need })
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
export interface Unique {
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
    // What is past the limit has to go, so its own faults would be noise (and there may be millions).
    const kept = items.slice(0, max)
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

export function string(...rules: readonly StringRule[]): Check {
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== "string") return report(wrongType(path, "string", errcodeIfUnreadable))
    for (const rule of rules) rule(value, path, report)
  }
}

/** WeCom refuses more. */
export function atMost(limit: number, unit: LimitUnit, errcode: number): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "error", unit, limit, actual, errcode })
  }
}

export function atLeast(limit: number, unit: LimitUnit, errcode: number): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual < limit) report({ path, rule: "too_short", severity: "error", unit, limit, actual, errcode })
  }
}

/** WeCom takes more and throws the rest away without a word. */
export function cutAfter(limit: number, unit: LimitUnit): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "error", unit, limit, actual })
  }
}

/** WeCom suggests no more, and may show less of it. */
export function suggested(limit: number, unit: LimitUnit): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "warning", unit, limit, actual })
  }
}

/** The figure is in characters by the current text of the documentation and in bytes by the older one. */
export function cutAfterCharactersOrBytes(limit: number): StringRule {
  const certain = cutAfter(limit, "characters")
  const possible = suggested(limit, "bytes")
  return (value, path, report) =>
    size(value, "characters") > limit ? certain(value, path, report) : possible(value, path, report)
}

/** @param form the form in signs that need no translation, as in `http(s)://…` */
export function matching(pattern: RegExp, form: string, errcode?: number): StringRule {
  return (value, path, report) => {
    if (!pattern.test(value))
      report({ path, rule: "bad_format", severity: "error", because: form, ...withErrcode(errcode) })
  }
}

export function webAddress(errcode?: number): StringRule {
  return matching(/^https?:\/\/[^/\s]/i, "http(s)://…", errcode)
}

export const boolean: Check = (value, path, report, errcodeIfUnreadable) => {
  if (typeof value !== "boolean") report(wrongType(path, "boolean", errcodeIfUnreadable))
}

export const anything: Check = () => {}

export function oneOf(allowed: readonly number[] | readonly string[], errcode?: number): Check {
  const expected = typeof allowed[0]
  const values: ReadonlySet<unknown> = new Set<unknown>(allowed)
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== expected) return report({ ...wrongType(path, expected, errcodeIfUnreadable), allowed })
    if (!values.has(value))
      report({ path, rule: "not_allowed", severity: "error", allowed, ...withErrcode(errcode ?? errcodeIfUnreadable) })
  }
}

/** A number from `min` to `max`, both allowed. */
export function numberBetween(min: number, max: number, errcode: number): Check {
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== "number") return report(wrongType(path, "number", errcodeIfUnreadable))
    if (!(value >= min && value <= max))
      report({
        path,
        rule: "not_allowed",
        severity: "error",
        because: `${min}–${max}`,
        limit: value < min ? min : max,
        actual: value,
        errcode,
      })
  }
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

/** There and not empty: WeCom takes an empty string for none. */
export function has(value: JsonObject, name: string): boolean {
  const member = own(value, name)
  return member !== undefined && member !== ""
}

/** Long names are cut, since a path is for reading. */
export function join(path: string, name: string): string {
  if (!/^[A-Za-z_$][\w$]{0,63}$/.test(name)) return `${path}[${JSON.stringify(name.slice(0, 64))}]`
  return path === "" ? name : `${path}.${name}`
}

function size(value: string, unit: LimitUnit): number {
  return unit === "bytes" ? byteLength(value) : characterLength(value)
}
