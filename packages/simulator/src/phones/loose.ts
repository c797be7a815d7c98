import { isJsonObject, type JsonObject } from "../json.ts"

/** For what a caller may have sent in another JSON type than WeCom asks for. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value
  return value === undefined ? "" : JSON.stringify(value)
}

export const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

export const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])
