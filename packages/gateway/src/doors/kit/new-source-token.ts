import { randomBytes } from "node:crypto"
import { hashOfToken, SOURCE_TOKEN_PREFIX } from "./source-ring.ts"

export interface SourceToken {
  /** To be shown once. */
  readonly token: string
  readonly prefix: string
  readonly hash: string
}

/**
 * 256 random bits in small letters and digits alone: some protocols have it in a host name or a topic, which takes no more
 * than 64 characters and no difference between small letters and capitals.
 */
export function issueSourceToken(): SourceToken {
  const digits = BigInt(`0x${randomBytes(32).toString("hex")}`)
    .toString(36)
    .padStart(DIGITS, "0")
  const token = SOURCE_TOKEN_PREFIX + digits
  return { token, prefix: token.slice(0, 8), hash: hashOfToken(token) }
}

/** Digits of 256 bits in base 36. */
const DIGITS = 50
