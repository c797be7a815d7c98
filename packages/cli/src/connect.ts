import { fileLookupStore, fileTokenStore, httpsTransport, proxyPicker, WeCom } from "@wecom-push/sdk"
import type { ProxySettings } from "@wecom-push/sdk"
import { cacheFolder } from "./cache-folder.ts"
import type { Configuration } from "./config/configuration.ts"
import type { Context } from "./context.ts"
import { say } from "./texts.ts"

export interface Connection extends AsyncDisposable {
  readonly wecom: WeCom
}

/** Shorter than the SDK's own: whoever mistypes a number at a terminal corrects it in minutes, not tomorrow. */
const missLifetimeMs = 10 * 60_000

/** A client for what is configured, with everything it learns kept for the next process. */
export function connect(configuration: Configuration, { io, language, output }: Context): Connection {
  const { corpId, secret, agentId, baseUrl, found } = configuration
  if (found.baseUrl?.source === "simulator") output.note(say(language, "usingSimulator", { url: baseUrl }))
  const directory = cacheFolder(io.env)
  const proxy = proxySettings(configuration)
  const transport = httpsTransport(proxy === undefined ? {} : { proxy })
  const wecom = new WeCom({
    corpId,
    secret,
    agentId,
    baseUrl,
    language,
    transport,
    tokenStore: fileTokenStore({ directory }),
    lookupStore: fileLookupStore({ directory }),
    lookupMissLifetimeMs: missLifetimeMs,
  })
  return { wecom, [Symbol.asyncDispose]: () => transport.close() }
}

/** The proxy that carries requests to WeCom, if any does. */
export function proxyOf(configuration: Configuration): URL | undefined {
  return proxyPicker(proxySettings(configuration))(new URL(configuration.baseUrl))
}

function proxySettings({ httpsProxy, noProxy }: Configuration): ProxySettings | undefined {
  if (httpsProxy === undefined) return undefined
  return noProxy === undefined ? { httpsProxy } : { httpsProxy, noProxy }
}
