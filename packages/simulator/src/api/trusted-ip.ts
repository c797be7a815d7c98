import type { Org } from "../org/org.ts"

/** 企业可信IP: an empty list trusts everybody. */
export function isTrusted(org: Org, ip: string): boolean {
  const { trusted_ips: trusted } = org.document
  return trusted.length === 0 || trusted.includes(ip)
}
