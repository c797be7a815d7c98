import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"

export interface TokenFacts {
  readonly agentid: number
  readonly issuedAtMs: number
}

// 216 characters, as long as WeCom's shortest: two numbers, random bytes, and a signature by the app's secret.
const NUMBER_BYTES = 8
const RANDOM_BYTES = 114
const SIGNATURE_BYTES = 32
const SIGNED_BYTES = 2 * NUMBER_BYTES + RANDOM_BYTES

/** A token that says by itself whose it is and since when, to a reader that knows the app's secret. */
export function signedToken({ agentid, issuedAtMs }: TokenFacts, secret: string): string {
  const bytes = Buffer.concat([Buffer.alloc(2 * NUMBER_BYTES), randomBytes(RANDOM_BYTES)])
  bytes.writeDoubleBE(agentid)
  bytes.writeDoubleBE(issuedAtMs, NUMBER_BYTES)
  return Buffer.concat([bytes, signature(bytes, secret)]).toString("base64url")
}

/** Undefined when it was not made with the app's present secret. */
export function readSignedToken(
  token: string,
  secretOf: (agentid: number) => string | undefined,
): (TokenFacts & { readonly secret: string }) | undefined {
  const bytes = Buffer.from(token, "base64url")
  if (bytes.length !== SIGNED_BYTES + SIGNATURE_BYTES || bytes.toString("base64url") !== token) return undefined
  const signed = bytes.subarray(0, SIGNED_BYTES)
  const agentid = signed.readDoubleBE()
  const secret = secretOf(agentid)
  if (secret === undefined || !timingSafeEqual(bytes.subarray(SIGNED_BYTES), signature(signed, secret)))
    return undefined
  return { agentid, issuedAtMs: signed.readDoubleBE(NUMBER_BYTES), secret }
}

function signature(bytes: Buffer, secret: string): Buffer {
  return createHmac("sha256", secret).update(bytes).digest()
}
