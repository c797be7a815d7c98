import { isObject, own } from "../kit/json-object.ts"
import type { JsonObject } from "../kit/json-object.ts"

/** The text or number at a path of names; undefined if it is missing or empty. */
export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = valueAt(value, names)
  if (typeof found === "number" || typeof found === "boolean") return String(found)
  return typeof found === "string" && found.trim() !== "" ? found : undefined
}

export function objectAt(value: unknown, ...names: readonly string[]): JsonObject | undefined {
  const found = valueAt(value, names)
  return isObject(found) ? found : undefined
}

export function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] {
  const found = valueAt(value, names)
  return Array.isArray(found) ? found : []
}

function valueAt(value: unknown, names: readonly string[]): unknown {
  let found = value
  for (const name of names) {
    if (!isObject(found)) return undefined
    found = own(found, name)
  }
  return found
}
