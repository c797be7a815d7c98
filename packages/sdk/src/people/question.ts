import { MOBILE_CHECKS } from "@wecom-push/protocol"
import type { Fault, MobileCheck } from "@wecom-push/protocol"
import { normalizeEmail } from "./email.ts"
import type { LookupKeys } from "./lookup-key.ts"
import { isPlainMobile, mobileToAsk } from "./mobile.ts"

/** A number or address as the caller wrote it. */
export interface Address {
  readonly type: "mobile" | "email"
  readonly address: string
}

/** 1 the corp's own mailbox (企业邮箱), 2 the personal one (个人邮箱). */
export type EmailType = 1 | 2

/** The question that WeCom is asked for an address. */
export interface Question {
  readonly key: string
  readonly path: string
  readonly body: string
}

/** @returns undefined when the address is malformed */
export async function questionFor(
  { type, address }: Address,
  keys: LookupKeys,
  emailType: EmailType = 1,
  mobileCheck: MobileCheck = "strict",
): Promise<Question | undefined> {
  if (type === "mobile") {
    const mobile = await mobileToAsk(address, mobileCheck)
    if (mobile === undefined) return undefined
    return { key: keys.record(mobileName(mobile)), path: "user/getuserid", body: JSON.stringify({ mobile }) }
  }
  const email = normalizeEmail(address)
  if (email === undefined) return undefined
  return {
    key: keys.record(emailName(email, emailType)),
    path: "user/get_userid_by_email",
    body: JSON.stringify({ email, email_type: emailType }),
  }
}

/** The key of the question, without waiting; undefined when making it needs a wait, or the address is malformed. */
export function keyAtOnce({ type, address }: Address, keys: LookupKeys, emailType: EmailType = 1): string | undefined {
  if (type === "mobile") return isPlainMobile(address) ? keys.record(mobileName(address)) : undefined
  const email = normalizeEmail(address)
  return email === undefined ? undefined : keys.record(emailName(email, emailType))
}

function mobileName(normalized: string): string {
  return `mobile\n${normalized}`
}

function emailName(normalized: string, emailType: EmailType): string {
  return `email ${emailType}\n${normalized.toLowerCase()}`
}

/** For callers without a compiler. A malformed number is not a fault here: its own look-up fails. */
export function checkAddresses(addresses: unknown): Fault[] {
  if (!Array.isArray(addresses)) return [{ path: "addresses", rule: "wrong_type", severity: "error", because: "array" }]
  const items: readonly unknown[] = addresses
  return items.flatMap((item, index): Fault[] => {
    const path = `addresses[${index}]`
    if (typeof item !== "object" || item === null) {
      return [{ path, rule: "wrong_type", severity: "error", because: "object" }]
    }
    const { type, address }: { type?: unknown; address?: unknown } = item
    const faults: Fault[] = []
    if (type !== "mobile" && type !== "email") {
      faults.push({ path: `${path}.type`, rule: "not_allowed", severity: "error", allowed: ["mobile", "email"] })
    }
    if (typeof address !== "string") {
      faults.push({ path: `${path}.address`, rule: "wrong_type", severity: "error", because: "string" })
    }
    return faults
  })
}

/** For callers without a compiler. */
export function mobileCheckFault(mobileCheck: unknown): Fault | undefined {
  if (mobileCheck === undefined || MOBILE_CHECKS.some((known) => known === mobileCheck)) return undefined
  return { path: "mobileCheck", rule: "not_allowed", severity: "error", allowed: MOBILE_CHECKS }
}
