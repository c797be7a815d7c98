import type { Language } from "@wecom-push/protocol"
import { proxyPicker } from "@wecom-push/sdk/internals"
import type { ProxySettings } from "@wecom-push/sdk/internals"
import { say } from "../texts.ts"
import { reach } from "./reach.ts"
import type { Step } from "./step.ts"

export interface Target {
  readonly baseUrl: string
  readonly proxy: ProxySettings | undefined
}

/**
 * Whether a connection can be made to a server, or to the proxy on the way there. `hereHint` is the hint for when
 * nothing listens on this machine.
 */
export async function checkReach(
  { baseUrl, proxy: settings }: Target,
  hereHint: string,
  language: Language,
): Promise<Step> {
  const url = new URL(baseUrl)
  const proxy = proxyPicker(settings)(url)
  const target = proxy ?? url
  const host = target.hostname
  const port = target.port === "" ? (target.protocol === "https:" ? 443 : 80) : target.port
  const reached = await reach(target)
  const way = proxy === undefined ? [] : [say(language, "reachThroughProxy", { proxy: proxy.host })]
  if (reached.kind === "reached") {
    const details = [...way, say(language, "reachOk", { host, address: reached.address, ms: reached.ms })]
    if (url.protocol === "https:" || isLoopback(url)) return { step: "reach", state: "ok", details }
    const plain = say(language, "plainHttp", { url: baseUrl })
    return { step: "reach", state: "warning", details: [...details, plain] }
  }
  const what = reached.code
  const failed = (detail: string, hint: string): Step => ({
    step: "reach",
    state: "failed",
    details: [...way, detail],
    // The proxy could not be reached, so it does not matter what listens on this machine.
    hint: proxy === undefined ? hint : say(language, "proxyHint", { proxy: proxy.host, host: url.hostname }),
  })
  if (reached.kind === "no_name") return failed(say(language, "dnsFailed", { host, what }), say(language, "dnsHint"))
  if (reached.kind === "no_tls") {
    return failed(say(language, "noTls", { host, port, what }), say(language, "noTlsHint"))
  }
  if (reached.kind === "bad_certificate") {
    return failed(say(language, "tlsFailed", { host, what }), say(language, "tlsHint"))
  }
  const hint = isLoopback(target) ? hereHint : say(language, "connectHint")
  return failed(say(language, "connectFailed", { host, port, what }), hint)
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")
}
