import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "./command-error.ts"
import type { MobileCheckRead } from "./mobile-check.ts"
import { say } from "./texts.ts"

export interface OnePerson {
  readonly type: "mobile" | "email"
  readonly address: string
}

/** As they are asked for. */
export type PersonAsked = OnePerson & MobileCheckRead["option"]

export interface OnePersonRead {
  readonly person: OnePerson | undefined
  readonly faults: readonly CommandFault[]
}

/**
 * The one person that `lookup` and `doctor` are asked about. One at a time on purpose: numbers that no member has count
 * against the corp, and too many of them close the look-up for everybody for a day.
 */
export function readOnePerson(
  flags: { readonly mobile?: readonly string[]; readonly email?: readonly string[] },
  language: Language,
): OnePersonRead {
  const mobiles = (flags.mobile ?? []).map((address) => ({ type: "mobile" as const, address: address.trim() }))
  const emails = (flags.email ?? []).map((address) => ({ type: "email" as const, address: address.trim() }))
  const [person, ...others] = [...mobiles, ...emails]
  const faults: CommandFault[] = []
  if (person === undefined) return { person, faults }
  const path = `--${person.type}`
  if (person.address === "") faults.push({ path, message: say(language, "emptyList") })
  if (others.length > 0 || /[,，、]/.test(person.address)) faults.push({ path, message: say(language, "oneOnly") })
  return { person, faults }
}
