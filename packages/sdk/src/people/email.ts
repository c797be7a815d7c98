import { checkEmail } from "@wecom-push/protocol"

/**
 * @returns the form of the address for a look-up at WeCom; undefined when it cannot be an address, so that a look-up
 * would be wasted
 */
export function normalizeEmail(written: string): string | undefined {
  const plain = written.trim()
  return checkEmail(plain) === undefined ? plain : undefined
}
