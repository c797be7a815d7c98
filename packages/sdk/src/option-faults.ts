import type { Fault, Language } from "@wecom-push/protocol"
import { invalidInputError } from "./invalid-input.ts"
import type { CallOptions } from "./simple-call.ts"

/** Every option there is, by its name, so that the compiler misses the one that is forgotten. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>

export const CALL_OPTIONS: OptionNames<CallOptions> = { signal: true }

/**
 * What no single option can tell: that they are none at all, that one has a name there is not, which would be passed by
 * without a word, and that the signal is none, as a controller is not. For callers without a compiler.
 */
export function namesFaults(options: unknown, known: Readonly<Record<string, true>>): Fault[] {
  if (!isObject(options)) return [{ path: "options", rule: "wrong_type", severity: "error", because: "object" }]
  const faults: Fault[] = []
  for (const path of Object.keys(options)) {
    if (Object.hasOwn(known, path) || options[path] === undefined) continue
    faults.push({ path, rule: "unknown_field", severity: "error", allowed: Object.keys(known) })
  }
  const { signal } = options
  if (signal !== undefined && Object.hasOwn(known, "signal") && !isSignal(signal)) {
    faults.push({ path: "signal", rule: "wrong_type", severity: "error", because: "AbortSignal" })
  }
  return faults
}

/** @throws {WeComError} `invalid_input` */
export function refuseOptions(options: unknown, known: Readonly<Record<string, true>>, language: Language): void {
  const faults = namesFaults(options, known)
  if (faults.length > 0) throw invalidInputError(faults, language)
}

/**
 * For what has no language, and is made before any client.
 * @throws {TypeError}
 */
export function refuseUnknown(options: unknown, known: Readonly<Record<string, true>>, maker: string): void {
  const names = Object.keys(known).join(", ")
  if (!isObject(options)) throw new TypeError(`${maker} takes an object with these options: ${names}`)
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name) || options[name] === undefined) continue
    throw new TypeError(`${maker} has no option ${name}; these are there: ${names}`)
  }
}

/** By what is asked of it: those of another realm, and of older libraries, are signals too. */
export function isSignal(value: unknown): value is AbortSignal {
  return isObject(value) && typeof value["aborted"] === "boolean" && typeof value["addEventListener"] === "function"
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
