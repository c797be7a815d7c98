import { Problem } from "../problems/problem.ts"

/** How long a key remembers its message. */
export const IDEMPOTENCY_LIFETIME_MS = 72 * 3600 * 1000

/**
 * The key in a header: a quoted string as in the IETF draft, or without quotes as most clients write it.
 * @throws {Problem} `invalid_idempotency_key`
 */
export function readIdempotencyKey(written: string): string {
  const key = QUOTED.test(written) ? written.slice(1, -1).replaceAll(/\\(["\\])/g, "$1") : written
  if (KEY.test(key)) return key
  throw new Problem("invalid_idempotency_key", {
    detail: {
      en: "An Idempotency-Key has 1 to 255 visible ASCII characters.",
      zh: "Idempotency-Key 须为 1–255 个可见 ASCII 字符。",
    },
  })
}

const QUOTED = /^"(?:[^"\\]|\\["\\])*"$/
const KEY = /^[\x21-\x7e]{1,255}$/
