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
  /** Undefined when this command has none. */
  readonly flag: string | undefined
}

export const wayToWecom: Way = { address: "baseUrl", flag: "--base-url" }
/** `serve` has no flag for the address. */
export const wayOfServe: Way = { ...wayToWecom, flag: undefined }
export const wayToGateway: Way = { address: "gatewayUrl", flag: "--gateway" }

/**
 * The author of a file that contains an address must not get a secret that comes from a more trusted place: a `.env` in
 * a folder from elsewhere could otherwise collect secrets of the environment. A proxy is not such an address: it
 * carries only https, of which it sees only the host name.
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

/** The address without its password, which must not be shown. */
export function withoutPassword(address: string): string {
  return address.replace(/^([a-z]+:\/\/)?.*@/i, "$1…@")
}
