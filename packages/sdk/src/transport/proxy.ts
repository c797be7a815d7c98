/** A forward proxy for `https:` addresses, as `HTTPS_PROXY` and `NO_PROXY` name it. */
export interface ProxySettings {
  /** As in `http://proxy.example:3128`; may hold a user name and a password. */
  readonly httpsProxy: string
  /** Hosts reached directly, in the form of `NO_PROXY`: names, `.suffixes`, `host:port`, `*`, comma-separated. */
  readonly noProxy?: string
}

/** `http:` addresses (a simulator, a gateway of one's own) never need the way out, and loopback cannot be reached by it. */
export function usesProxy(url: URL): boolean {
  return url.protocol === "https:" && !isLoopback(url.hostname)
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/.test(
    hostname,
  )
}
