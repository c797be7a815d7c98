import { createHash, timingSafeEqual } from "node:crypto"

/** The parts of `msg_signature`; all four as query and body have them. */
export interface SignedParts {
  readonly token: string
  readonly timestamp: string
  readonly nonce: string
  /** The encrypted text: `echostr`, or `Encrypt` of a body. */
  readonly encrypted: string
}

/**
 * The `msg_signature`: SHA-1, in lower-case hex, of the four texts in the order of their characters.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export function signCallback({ token, timestamp, nonce, encrypted }: SignedParts): string {
  const sorted = [token, timestamp, nonce, encrypted].sort()
  return createHash("sha1").update(sorted.join("")).digest("hex")
}

/** Compares in a time that does not tell how much of the signature was right. */
export function isCallbackSignature(signature: string, parts: SignedParts): boolean {
  const right = Buffer.from(signCallback(parts))
  const given = Buffer.from(signature)
  return given.length === right.length && timingSafeEqual(given, right)
}
