import type { Fault } from "@wecom-push/protocol"
import { normalizeEmail } from "./email.ts"
import type { LookupKeys } from "./lookup-key.ts"
import { isPlainMobile, normalizeMobile } from "./mobile.ts"

/** A number or address as the caller wrote it. */
export interface Address {
  readonly type: "mobile" | "email"
  readonly address: string
}

/** 1 the corp's own mailbox (企业邮箱), 2 the personal one (个人邮箱). */
export type EmailType = 1 | 2

/** What WeCom would be asked for an address. */
export interface Question {
  readonly key: string
  readonly type: "mobile" | "email"
  /** As WeCom knows it. */
  readonly address: string
  readonly emailType: EmailType
}

/** @returns undefined when the address is malformed */
export async function questionFor(
  { type, address }: Address,
  keys: LookupKeys,
  emailType: EmailType = 1,
): Promise<Question | undefined> {
  const normalized = type === "mobile" ? await normalizeMobile(address) : normalizeEmail(address)
  if (normalized === undefined) return undefined
  const asked = type === "mobile" ? mobileName(normalized) : `email ${emailType}\n${normalized.toLowerCase()}`
  return { key: keys.record(asked), type, address: normalized, emailType }
}

/** The key of the question, without a wait where none is needed. */
export function keyAtOnce({ type, address }: Address, keys: LookupKeys): string | undefined {
  return type === "mobile" && isPlainMobile(address) ? keys.record(mobileName(address)) : undefined
}

function mobileName(normalized: string): string {
  return `mobile\n${normalized}`
}

/** Where and with which body WeCom is asked. */
export function requestOf({ type, address, emailType }: Question): { readonly path: string; readonly body: string } {
  if (type === "mobile") return { path: "user/getuserid", body: JSON.stringify({ mobile: address }) }
  return { path: "user/get_userid_by_email", body: JSON.stringify({ email: address, email_type: emailType }) }
}

/** For callers without a compiler. Malformed numbers are no fault here: each fails alone. */
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
