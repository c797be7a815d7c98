import { characterLength } from "./character-length.ts"
import type { LimitUnit } from "./fault.ts"
import { withErrcode, wrongType } from "./shape.ts"
import type { Check, Report } from "./shape.ts"
import { byteLength } from "./text/byte-length.ts"

/** Rules for a string. */
export type StringRule = (value: string, path: string, report: Report) => void

/** An empty string counts as left out, for WeCom and for us: no rule looks at it. */
export function string(...rules: readonly StringRule[]): Check {
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== "string") return report(wrongType(path, "string", errcodeIfUnreadable))
    if (value === "") return
    for (const rule of rules) rule(value, path, report)
  }
}

/** For items of a list, where an empty string does not count as left out. */
export function filledString(errcode: number): Check {
  const text = string()
  return (value, path, report) =>
    value === "" ? report({ path, rule: "empty", severity: "error", errcode }) : text(value, path, report, errcode)
}

/** WeCom refuses a longer text. */
export function atMost(limit: number, unit: LimitUnit, errcode: number): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "error", unit, limit, actual, errcode }, value)
  }
}

export function atLeast(limit: number, unit: LimitUnit, errcode: number): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual < limit) report({ path, rule: "too_short", severity: "error", unit, limit, actual, errcode })
  }
}

/** WeCom takes a longer text and drops the rest without a sign. */
export function cutAfter(limit: number, unit: LimitUnit): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "error", unit, limit, actual }, value)
  }
}

/** WeCom suggests no more than this, and may show less of a longer text. */
export function suggested(limit: number, unit: LimitUnit): StringRule {
  return (value, path, report) => {
    const actual = size(value, unit)
    if (actual > limit) report({ path, rule: "too_long", severity: "warning", unit, limit, actual })
  }
}

/** The limit is in characters in WeCom's current documentation and in bytes in the older one. */
export function cutAfterCharactersOrBytes(limit: number): StringRule {
  const certain = cutAfter(limit, "characters")
  const possible = suggested(limit, "bytes")
  return (value, path, report) =>
    size(value, "characters") > limit ? certain(value, path, report) : possible(value, path, report)
}

/** @param form the form in symbols that need no translation, such as `http(s)://…` */
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

/** Turns faults into warnings: it is not known whether WeCom refuses the value, or WeCom says that it does not. */
export function unsettled(check: Check): Check {
  return (value, path, report, errcodeIfUnreadable) =>
    check(value, path, (fault) => report({ ...fault, severity: "warning" }), errcodeIfUnreadable)
}

export function oneOf(allowed: readonly number[] | readonly string[], errcode?: number): Check {
  const expected = typeof allowed[0]
  const values: ReadonlySet<unknown> = new Set<unknown>(allowed)
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== expected) return report({ ...wrongType(path, expected, errcodeIfUnreadable), allowed })
    if (!values.has(value)) report({ path, rule: "not_allowed", severity: "error", allowed, ...withErrcode(errcode) })
  }
}

export const integer: Check = (value, path, report, errcodeIfUnreadable) => {
  if (!Number.isInteger(value)) report(wrongType(path, "integer", errcodeIfUnreadable))
}

/** A number from `min` to `max`, both allowed. */
export function numberBetween(min: number, max: number, errcode?: number): Check {
  return (value, path, report, errcodeIfUnreadable) => {
    if (typeof value !== "number") return report(wrongType(path, "number", errcodeIfUnreadable))
    if (value >= min && value <= max) return
    const limit = value < min ? min : max
    const range = { because: `${min}–${max}`, limit, actual: value }
    report({ path, rule: "not_allowed", severity: "error", ...range, ...withErrcode(errcode) })
  }
}

export function size(value: string, unit: LimitUnit): number {
  return unit === "bytes" ? byteLength(value) : characterLength(value)
}
