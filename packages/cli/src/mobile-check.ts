import { MOBILE_CHECKS } from "@wecom-push/protocol"
import type { Language, MobileCheck } from "@wecom-push/protocol"
import type { CommandFault } from "./command-error.ts"
import { say } from "./texts.ts"

export interface MobileCheckRead {
  /** As an option of the SDK: left out where no flag gives it. */
  readonly option: { readonly mobileCheck?: MobileCheck }
  readonly faults: readonly CommandFault[]
}

export function readMobileCheck(
  { mobileCheck: value }: { readonly mobileCheck?: string },
  language: Language,
): MobileCheckRead {
  const mobileCheck = MOBILE_CHECKS.find((known) => known === value)
  if (mobileCheck !== undefined) return { option: { mobileCheck }, faults: [] }
  if (value === undefined) return { option: {}, faults: [] }
  const message = say(language, "notOneOf", { value, allowed: MOBILE_CHECKS.join(", ") })
  return { option: {}, faults: [{ path: "--mobile-check", message }] }
}
