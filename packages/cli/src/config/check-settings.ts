import type { Language } from "@wecom-push/protocol"
import { DEFAULT_BASE_URL, proxyPicker } from "@wecom-push/sdk/internals"
import type { ProxySettings } from "@wecom-push/sdk/internals"
import type { CommandFault } from "../command-error.ts"
import { say } from "../texts.ts"
import type { PlainTextKey } from "../texts.ts"
import { addressFaults, wayToWecom } from "./address-trust.ts"
import { settings } from "./settings.ts"
import type { Found, Settings } from "./settings.ts"

/** One app of one corp, and how to reach it. */
export interface Configuration {
  readonly corpId: string
  readonly secret: string
  readonly agentId: number
  /** Without `/cgi-bin` and without a slash at the end. */
  readonly baseUrl: string
  /** Present only if requests to `baseUrl` go through it. */
  readonly proxy: ProxySettings | undefined
  /** Where each value was read. */
  readonly found: Settings
}

export interface SettingsChecked {
  /** Absent when there are faults. */
  readonly configuration: Configuration | undefined
  readonly faults: readonly CommandFault[]
}

/**
 * Reports everything missing or malformed. Values that only WeCom can check, such as the form of a secret, are not
 * checked.
 * @param isWhole false where a file could not be read: that is the fault, and what is missing may be in it
 */
export function checkSettings(found: Settings, language: Language, isWhole = true): SettingsChecked {
  const faults: CommandFault[] = []
  const complain = ({ name }: Found, message: string): void => void faults.push({ path: name, message })
  for (const name of ["corpId", "secret", "agentId"] as const) {
    if (found[name] !== undefined || !isWhole) continue
    const message = say(language, "settingMissing", { meaning: say(language, meanings[name]) })
    faults.push({ path: settings[name].environment[0], message })
  }
  const { corpId, secret, agentId, baseUrl, httpsProxy, noProxy } = found
  if (corpId !== undefined && /[\s\p{Cc}]/u.test(corpId.value)) complain(corpId, say(language, "badCorpId"))
  if (agentId !== undefined && !isAgentId(agentId.value)) {
    complain(agentId, say(language, "badAgentId", { value: agentId.value }))
  }
  const address = readAddress(baseUrl?.value ?? DEFAULT_BASE_URL)
  if (baseUrl !== undefined && "fault" in address) complain(baseUrl, say(language, address.fault))
  const isProxyNeeded = !("url" in address) || carriesRequests(address.url, noProxy?.value)
  const proxy = isProxyNeeded ? httpsProxy : undefined
  if (proxy !== undefined && !isProxy(proxy.value)) complain(proxy, say(language, "badProxy"))
  faults.push(...addressFaults(found, wayToWecom, [secret], language))
  if (faults.length > 0 || !corpId || !secret || !agentId || "fault" in address) {
    return { configuration: undefined, faults }
  }
  const configuration = {
    corpId: corpId.value,
    secret: secret.value,
    agentId: Number(agentId.value),
    baseUrl: address.url,
    proxy: proxy && { httpsProxy: proxy.value, ...(noProxy && { noProxy: noProxy.value }) },
    found,
  }
  return { configuration, faults }
}

const meanings = {
  corpId: "meaningCorpId",
  secret: "meaningSecret",
  agentId: "meaningAgentId",
} as const satisfies Record<string, PlainTextKey>

function isAgentId(value: string): boolean {
  return /^[1-9]\d{0,9}$/.test(value)
}

/** Other tools want the address with `/cgi-bin`, with a slash at the end, or with neither: all mean the same. */
export function readAddress(value: string): { readonly url: string } | { readonly fault: "badUrl" | "urlWithMore" } {
  const url = URL.parse(value)
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return { fault: "badUrl" }
  const hasMore = url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== ""
  if (hasMore) return { fault: "urlWithMore" }
  const path = url.pathname
    .replace(/\/+$/, "")
    .replace(/\/cgi-bin$/, "")
    .replace(/\/+$/, "")
  return { url: `${url.origin}${path}` }
}

/** Many machines set a proxy that Node cannot use (`socks5:`); it is a fault only when it would be used. */
export function carriesRequests(baseUrl: string, noProxy: string | undefined): boolean {
  const anyProxy = { httpsProxy: "http://proxy.invalid", ...(noProxy !== undefined && { noProxy }) }
  return proxyPicker(anyProxy)(new URL(baseUrl)) !== undefined
}

export function isProxy(value: string): boolean {
  // HTTPS_PROXY=proxy.example:3128 is common, and curl accepts it.
  const url = URL.parse(value.includes("://") ? value : `http://${value}`)
  return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.hostname !== ""
}
