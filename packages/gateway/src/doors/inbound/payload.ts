import { isObject } from "./inbound-call.ts"
import type { InboundCall, JsonObject } from "./inbound-call.ts"

/** JSON as the body, or in the field `payload` of a form. */
export function objectIn(call: InboundCall): JsonObject | undefined {
  if (!call.isForm()) return call.object()
  try {
    const value: unknown = JSON.parse(call.field("payload") ?? "")
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
