import type { AppMessage } from "@wecom-push/protocol"
import type { Audience } from "@wecom-push/sdk"
import type { Wanted } from "./wanted.ts"

/** The body of `POST /v1/messages`. */
export function messageBody(
  { audience, chats, message, how }: Pick<Wanted, "audience" | "chats" | "how"> & { readonly message: AppMessage },
  fields: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const { overflow, strict, duplicateCheckSeconds, mobileCheck } = how
  return {
    ...fields,
    to: toOf(audience, chats),
    ...message,
    ...(overflow === undefined ? {} : { overflow }),
    ...(mobileCheck === undefined ? {} : { mobile_check: mobileCheck }),
    ...(strict === undefined ? {} : { strict }),
    ...(duplicateCheckSeconds === undefined
      ? {}
      : { enable_duplicate_check: 1, duplicate_check_interval: duplicateCheckSeconds }),
  }
}

function toOf(audience: Audience, chats: readonly string[]): Readonly<Record<string, unknown>> {
  if (audience.all === true) return { all: true }
  const lists = { ...audience, chats }
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => Array.isArray(list) && list.length > 0))
}
