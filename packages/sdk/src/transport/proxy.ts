/** A forward proxy for `https:` addresses, as in the variables `HTTPS_PROXY` and `NO_PROXY`. */
export interface ProxySettings {
  /** Such as `http://proxy.example:3128`; may contain a user name and a password. */
  readonly httpsProxy: string
  /** Hosts reached directly: names with their subdomains, `.suffixes`, `host:port`, `*`, separated by commas or blanks. */
  readonly noProxy?: string
}

/**
 * Chooses the proxy for an address, or none. Plain `http:` (a simulator, a gateway of your own) never needs the proxy,
 * and a proxy cannot reach loopback.
 * @throws {TypeError} when `httpsProxy` is not an address; the message does not repeat it, as it may contain a password
 */
export function proxyPicker(settings: ProxySettings | undefined): (url: URL) => URL | undefined {
  if (settings === undefined) return () => undefined
  const proxy = parseProxy(settings.httpsProxy)
  const direct = (settings.noProxy ?? "").toLowerCase().split(/[\s,]+/)
  return (url) => {
    const isDirect = url.protocol !== "https:" || isLoopback(url.hostname) || direct.some((entry) => covers(entry, url))
    return isDirect ? undefined : proxy
  }
}

function parseProxy(text: string): URL {
  // HTTPS_PROXY=proxy.example:3128 is common, and curl accepts it.
  const address = text.includes("://") ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("httpsProxy is not the address of an HTTP proxy, such as http://proxy.example:3128")
  }
  return url
}

function covers(entry: string, url: URL): boolean {
  if (entry === "*") return true
  const [, host = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  const name = host.replace(/^\*?\./, "").replace(/\.$/, "")
  if (name === "" || (port !== "" && port !== (url.port || "443"))) return false
  return url.hostname === name || url.hostname.endsWith(`.${name}`)
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/.test(
    hostname,
  )
}
