import type { Language } from "@wecom-push/protocol"
import type { CommandFault } from "../command-error.ts"
import { sourceWord } from "../source-word.ts"
import { say } from "../texts.ts"
import type { Found, Settings, Source } from "./settings.ts"

/** Where a secret was read, and under which name. */
export type SecretFrom = Pick<Found, "name" | "source">

/** An address that secrets are sent to. */
interface Way {
  readonly address: "baseUrl" | "gatewayUrl"
  /** Undefined: this command has none. */
  readonly flag: string | undefined
}

export const wayToWecom: Way = { address: "baseUrl", flag: "--base-url" }
/** `serve` has no flag for the address. */
export const wayOfServe: Way = { ...wayToWecom, flag: undefined }
export const wayToGateway: Way = { address: "gatewayUrl", flag: "--gateway" }

/**
 * The author of a file that holds an address must not get a secret that comes from a stronger place: a `.env` in a
 * folder from elsewhere would else collect what the environment holds. A proxy is no such address: it carries https only,
 * of which it sees the name of the host and no more.
 */
export function addressFaults(
  found: Settings,
  way: Way,
  secrets: readonly (SecretFrom | undefined)[],
  language: Language,
): CommandFault[] {
  const strongest = secrets
    .filter((secret) => secret !== undefined)
    .toSorted((a, b) => weakness[a.source] - weakness[b.source])[0]
  if (strongest === undefined) return []
  const address = found[way.address]
  if (address === undefined || weakness[address.source] <= weakness[strongest.source]) return []
  const values = {
    value: withoutPassword(address.value),
    name: address.name,
    where: sourceWord(address.source, language),
    secret: strongest.name,
    secretWhere: sourceWord(strongest.source, language),
  }
  const message =
    way.flag === undefined
      ? say(language, "addressNotTrusted", values)
      : say(language, "addressNotTrustedButFlag", { ...values, flag: way.flag })
  return [{ path: address.name, message }]
}

/** The user who runs the command gives both flags and environment; a file may be another person's. */
const weakness: Readonly<Record<Source, number>> = {
  flag: 0,
  environment: 0,
  simulator: 0,
  gateway: 0,
  dotenv: 1,
  config: 2,
}

/** An address may hold a password. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z]+:\/\/)?.*@/i, "$1…@")
}
