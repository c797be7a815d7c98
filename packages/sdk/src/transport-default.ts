import type { Dispatcher } from "undici"
import { fetchTransport } from "./transport-fetch.ts"
import type { FetchByUrl } from "./transport-fetch.ts"
import { undiciTransport } from "./transport-undici.ts"
import type { Transport } from "./transport.ts"
import { proxyPicker } from "./transport/proxy.ts"
import type { ProxySettings } from "./transport/proxy.ts"

/** The transport when the caller gives none: undici, but under Bun its `fetch`. */
export function defaultTransport(dispatcher: Dispatcher | undefined, proxy: ProxySettings | undefined): Transport {
  // Bun replaces undici by a module of its own without pools.
  if (dispatcher === undefined && process.versions["bun"] !== undefined) return fetchTransport(fetchOfBun(proxy))
  return undiciTransport({
    ...(dispatcher === undefined ? {} : { dispatcher }),
    ...(proxy === undefined ? {} : { proxy }),
  })
}

/** Bun's `fetch` would use the proxies of the environment even for loopback, unless each request says otherwise. */
function fetchOfBun(proxy: ProxySettings | undefined): FetchByUrl {
  const proxyFor = proxyPicker(proxy)
  return (url, init) => {
    const withProxy = { ...init, proxy: proxyFor(url)?.href ?? false }
    return fetch(url, withProxy)
  }
}
