import { checkEmail } from "@wecom-push/protocol"

/** @returns the address as WeCom is asked for it; undefined when it cannot be one, so asking would be a waste */
export function normalizeEmail(written: string): string | undefined {
  const plain = written.trim()
  return checkEmail(plain) === undefined ? plain : undefined
}
