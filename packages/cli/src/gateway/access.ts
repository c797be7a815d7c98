import type { ProxySettings } from "@wecom-push/sdk/internals"
import type { CommandFault } from "../command-error.ts"
import { addressFaults, wayToGateway } from "../config/address-trust.ts"
import type { SecretFrom } from "../config/address-trust.ts"
import { carriesRequests, isProxy, readAddress } from "../config/check-settings.ts"
import { configurationError } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import { cacheFault } from "../cache-folder.ts"
import { runningGateway } from "../config/running-gateway.ts"
import type { Found, Settings } from "../config/settings.ts"
import { CommandError } from "../command-error.ts"
import type { Context } from "../context.ts"
import { exitCode } from "../exit-code.ts"
import type { GatewayFlags } from "../flags.ts"
import { say as sayCommon } from "../texts.ts"
import { say } from "./texts.ts"

/** The address of a gateway, and the key for it. */
export interface GatewayAccess {
  /** Without a slash at the end. */
  readonly url: string
  readonly key: string
  /** Where the key was read. */
  readonly keyFrom: Pick<Found, "name" | "source">
  /** Present only if requests to `url` go through it. */
  readonly proxy: ProxySettings | undefined
}

export interface AccessRead {
  /** Absent when there are faults. */
  readonly access: GatewayAccess | undefined
  readonly found: Settings
  readonly faults: readonly CommandFault[]
  /** True when neither address nor key is given anywhere. */
  readonly isBlank: boolean
}

/** The address at which `serve` listens by default. */
export const defaultUrl = "http://127.0.0.1:7788"

/**
 * Finds the gateway to call: the configured one, else a trial gateway that runs here, else the default address. A trial
 * gateway's key need not be given, because it is not a secret. `handedOver` are secrets that are sent with the request.
 */
export async function readAccess(
  read: SettingsRead,
  context: Context,
  handedOver: readonly (SecretFrom | undefined)[] = [],
): Promise<AccessRead> {
  const { io, language } = context
  const { gatewayUrl, gatewayKey, httpsProxy, noProxy } = read.settings
  const address = readAddress(gatewayUrl?.value ?? defaultUrl)
  const faults = [...read.faults]
  const complain = ({ name }: Found, message: string): void => void faults.push({ path: name, message })
  if (gatewayUrl !== undefined && "fault" in address) {
    complain(
      gatewayUrl,
      address.fault === "badUrl" ? say(language, "badGatewayUrl") : sayCommon(language, "urlWithMore"),
    )
  }
  const trial = gatewayKey === undefined ? await runningGateway(io.env) : undefined
  const isTrial =
    trial !== undefined && (gatewayUrl === undefined || ("url" in address && address.url === trial.base_url))
  const found = isTrial ? { ...read.settings, ...settingsOf(trial) } : read.settings
  const url = isTrial ? trial.base_url : "url" in address ? address.url : defaultUrl
  const key = found.gatewayKey?.value
  if (key === undefined) {
    const unread = cacheFault(context)
    if (read.isWhole) faults.push({ path: "WECOM_PUSH_KEY", message: say(language, "keyMissing") })
    if (unread !== undefined) faults.push(unread)
  } else if (found.gatewayKey !== undefined && !/^[\x21-\x7E]+$/.test(key))
    complain(found.gatewayKey, say(language, "badKey"))
  const proxy = carriesRequests(url, noProxy?.value) ? httpsProxy : undefined
  if (proxy !== undefined && !isProxy(proxy.value)) complain(proxy, sayCommon(language, "badProxy"))
  faults.push(...addressFaults(found, wayToGateway, [found.gatewayKey, ...handedOver], language))
  const access: GatewayAccess | undefined =
    faults.length > 0 || key === undefined || found.gatewayKey === undefined
      ? undefined
      : {
          url,
          key,
          keyFrom: found.gatewayKey,
          proxy: proxy && { httpsProxy: proxy.value, ...(noProxy && { noProxy: noProxy.value }) },
        }
  return {
    access,
    found,
    faults,
    isBlank: read.isWhole && gatewayUrl === undefined && gatewayKey === undefined && !isTrial,
  }
}

/** For commands that do nothing without a gateway. @throws {CommandError} every fault, `others` included */
export async function requireAccess(
  flags: GatewayFlags,
  context: Context,
  others: readonly CommandFault[] = [],
): Promise<GatewayAccess> {
  const read = await readAccess(await readSettings(flags, context), context)
  if (others.length > 0 || read.access === undefined) throw accessError(read, others, context)
  const { language, output } = context
  const isFoundHere = read.found.gatewayUrl?.source === "gateway" && flags.gateway === undefined
  if (isFoundHere) output.note(say(language, "usingTrial", { url: read.access.url }))
  return read.access
}

/** The faults that stop the command; `others` are faults found elsewhere in the same command line. */
export function accessError(
  { faults, isBlank }: AccessRead,
  others: readonly CommandFault[],
  { language }: Context,
): CommandError {
  if (!isBlank || others.length > 0) return configurationError({ faults, isBlank: false }, others, language)
  return new CommandError("configuration", exitCode.usage, say(language, "noGateway"), {
    faults,
    hint: [
      "",
      say(language, "howToReach"),
      "  export WECOM_PUSH_URL=https://push.example.com",
      "  export WECOM_PUSH_KEY=wp_…",
      "",
      say(language, "howToTry"),
      "  npx wecom-push serve --simulator",
    ].join("\n"),
  })
}

function settingsOf({ base_url, key }: { readonly base_url: string; readonly key: string }): Settings {
  return {
    gatewayUrl: { value: base_url, source: "gateway", name: "base_url" },
    gatewayKey: { value: key, source: "gateway", name: "key" },
  }
}
