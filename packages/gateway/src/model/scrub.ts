import { maskMobile } from "@wecom-push/protocol"

/** Hides what a log must not hold: keys, tokens and secrets whole, mobile numbers except their ends. */
export function scrub(line: string): string {
  return line
    .replaceAll(KEY, "wp_***")
    .replaceAll(SECRET_IN_QUERY, "$1=***")
    .replaceAll(BEARER, "$1 ***")
    .replaceAll(CREDENTIALS_IN_URL, "$1***@")
    .replaceAll(MOBILE, (mobile) => maskMobile(mobile.replaceAll(/[ -]/g, "")))
}

const KEY = /\bwps?_[\w-]{20,}/g
const SECRET_IN_QUERY = /\b(access_token|corpsecret|secret|key|token|password)=[^&\s"\\]+/gi
const BEARER = /\b(Bearer)\s+[^\s"\\]+/gi
const CREDENTIALS_IN_URL = /(:\/\/)[^/\s"@]+@/g
/**
 * Eleven digits that are not part of an id, a longer number or a time, also after the code of the country and in
 * groups; and any number after a plus.
 */
const MOBILE = /(?<![\w.+-])(?:(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\+\d{8,15})(?![\w-])/g
