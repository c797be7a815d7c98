import type { Fault, Language } from "@wecom-push/protocol"
import { invalidInputError } from "./invalid-input.ts"
import type { CallOptions } from "./simple-call.ts"

/** Every option by its name, so that the compiler reports a forgotten one. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>

export const CALL_OPTIONS: OptionNames<CallOptions> = { signal: true }

/**
 * The faults that do not belong to one option: the options are not an object; a name is unknown, which would be ignored
 * without a sign; the signal is not a signal, for example a controller. For callers without a compiler.
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
 * For functions that have no language and are called before there is a client.
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

/** Checks its members, not its class: signals of another realm and of older libraries are signals too. */
export function isSignal(value: unknown): value is AbortSignal {
  return isObject(value) && typeof value["aborted"] === "boolean" && typeof value["addEventListener"] === "function"
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
