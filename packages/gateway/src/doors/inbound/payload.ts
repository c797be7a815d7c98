import { isObject } from "../kit/json-object.ts"
import type { InboundCall } from "./inbound-call.ts"
import type { JsonObject } from "../kit/json-object.ts"

/** JSON from the body, or from the field `payload` of a form. */
export function objectIn(call: InboundCall): JsonObject | undefined {
  if (!call.isForm()) return call.object()
  try {
    const value: unknown = JSON.parse(call.field("payload") ?? "")
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
