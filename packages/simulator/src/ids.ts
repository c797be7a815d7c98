import { randomFillSync } from "node:crypto"

// One system call for many ids: an id costs less than a microsecond, and one is made for every message.
const pool = Buffer.alloc(64 * 1024)
let used = pool.length

/** 88 characters. */
export const MSGID_BYTES = 66
export const RESPONSE_CODE_BYTES = 48

/** An unguessable id of `[A-Za-z0-9_-]`, 4 characters for every 3 bytes. */
export function randomId(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString("base64url", used - bytes, used)
}
