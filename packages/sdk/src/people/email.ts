/**
 * Trims an address and checks its rough form; WeCom itself is the judge of the rest.
 * @returns undefined when it cannot be an address that WeCom knows: no single `@`, blanks, or over 64 bytes
 * @see https://developer.work.weixin.qq.com/document/path/95895
 */
export function normalizeEmail(written: string): string | undefined {
  const plain = written.trim()
  if (Buffer.byteLength(plain) > MAX_EMAIL_BYTES) return undefined
  return /^[^\s@,;|<>"]+@[^\s@,;|<>"]+$/.test(plain) ? plain : undefined
}

const MAX_EMAIL_BYTES = 64
