import { isIP } from "node:net"

/** The name or address in a Host header, as URLs write it: lower case, IPv6 in brackets. Undefined for what has none. */
export function hostName(host: string): string | undefined {
  return urlOf("http:", host)?.hostname.replace(/\.$/, "")
}

/** A name or address alone, in the form of `hostName`. Undefined for a text that is none, or has a port. */
export function bareHostName(name: string): string | undefined {
  if (isIP(name) === 6) return hostName(`[${name}]`)
  return /^[^:*[\]]+$/.test(name) || isIP(name.slice(1, -1)) === 6 ? hostName(name) : undefined
}

/** Whether the page of that origin came from where its call goes. */
export function isSameHost(origin: string, host: string): boolean {
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  if (page === undefined || !/^https?:$/.test(page.protocol)) return false
  // A proxy may end TLS: the scheme is then the page's, and so is the port that is left out.
  return page.host === urlOf(page.protocol, host)?.host
}

function urlOf(protocol: string, host: string): URL | undefined {
  const url = `${protocol}//${host}`
  return /^[^\s/\\?#@]+$/.test(host) && URL.canParse(url) ? new URL(url) : undefined
}
