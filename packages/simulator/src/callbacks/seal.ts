import { randomInt } from "node:crypto"
import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"
import type { Callback } from "../org/types.ts"

export interface Sealed {
  readonly encrypted: string
  readonly query: Readonly<Record<"msg_signature" | "timestamp" | "nonce", string>>
}

/**
 * Encrypts and signs for an app. The timestamp is the machine's even where the simulator's clock was advanced: an app
 * that refuses old requests compares it with its own clock, which was not advanced.
 */
export function seal(message: string, { token, encoding_aes_key }: Callback, corpId: string): Sealed {
  const encrypted = new CallbackCipher(encoding_aes_key, corpId).encrypt(message)
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = String(randomInt(1_000_000_000, 10_000_000_000))
  const msg_signature = signCallback({ token, timestamp, nonce, encrypted })
  return { encrypted, query: { msg_signature, timestamp, nonce } }
}

/** Whether events can be encrypted for it at all. */
export function hasCallbackKeys({ token, encoding_aes_key }: Callback): boolean {
  return token !== "" && encoding_aes_key !== ""
}
