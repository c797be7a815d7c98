import { createHmac, hash, timingSafeEqual } from "node:crypto"
import type { InboundCall } from "./inbound-call.ts"

/** SHA-256 HMAC in hex, with or without `sha256=` before it. */
export function isSigned(
  written: string | undefined,
  secret: string,
  ...parts: readonly (string | Uint8Array)[]
): boolean {
  const hex = /^(?:sha256=)?([\da-f]{64})$/i.exec(written ?? "")?.[1]
  if (hex === undefined) return false
  const mac = createHmac("sha256", secret)
  for (const part of parts) mac.update(part)
  return timingSafeEqual(Buffer.from(hex, "hex"), mac.digest())
}

/** For a secret that is sent in plain text. */
export function isSecret(written: string | undefined, secret: string): boolean {
  return timingSafeEqual(hash("sha256", written ?? "", "buffer"), hash("sha256", secret, "buffer"))
}

/** The first of these headers that the request has. */
export function headerOf(call: InboundCall, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = call.header(name)
    if (value !== undefined && value !== "") return value
  }
  return undefined
}
