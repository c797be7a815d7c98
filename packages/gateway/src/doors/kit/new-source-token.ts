import { randomBytes } from "node:crypto"
import { hashOfToken, SOURCE_TOKEN_PREFIX } from "./source-ring.ts"

export interface SourceToken {
  /** Shown only once. */
  readonly token: string
  readonly prefix: string
  readonly hash: string
}

/**
 * 256 random bits, written only in lower-case letters and digits: some protocols put it into a host name or a topic, which
 * allows at most 64 characters and ignores case.
 */
export function issueSourceToken(): SourceToken {
  const digits = BigInt(`0x${randomBytes(32).toString("hex")}`)
    .toString(36)
    .padStart(DIGITS, "0")
  const token = SOURCE_TOKEN_PREFIX + digits
  return { token, prefix: token.slice(0, 8), hash: hashOfToken(token) }
}

/** The digits of 256 bits in base 36. */
const DIGITS = 50
