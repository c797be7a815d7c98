import { createHash, timingSafeEqual } from "node:crypto"

/** The parts of `msg_signature`, as they are in query and body. */
export interface SignedParts {
  readonly token: string
  readonly timestamp: string
  readonly nonce: string
  /** The encrypted text: `echostr`, or `Encrypt` of a body. */
  readonly encrypted: string
}

/**
 * The `msg_signature`: SHA-1, in lower-case hex, of the four texts in sorted order.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export function signCallback({ token, timestamp, nonce, encrypted }: SignedParts): string {
  const sorted = [token, timestamp, nonce, encrypted].sort()
  return createHash("sha1").update(sorted.join("")).digest("hex")
}

/** Compares in constant time, so that the time does not show how much of the signature was right. */
export function isCallbackSignature(signature: string, parts: SignedParts): boolean {
  const right = Buffer.from(signCallback(parts))
  const given = Buffer.from(signature)
  return given.length === right.length && timingSafeEqual(given, right)
}
