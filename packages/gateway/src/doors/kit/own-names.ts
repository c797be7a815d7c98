import { isIP } from "node:net"
import type { Bilingual } from "@wecom-push/protocol"
import { Problem } from "../../problems/problem.ts"

/**
 * Prevents web pages from using paths that are meant for programs. A page on the web can make its own name lead to this
 * machine, and then read answers as if from its own server. It cannot do so with an address instead of a name.
 * @param hosts names of this machine, as the operator lists them
 * @throws {Problem} `foreign_origin`
 */
export function requireOwnName(
  { host = "", origin }: { readonly host?: string | undefined; readonly origin?: string | undefined },
  hosts: readonly string[],
): void {
  const called = URL.parse(`http://${host}`)?.hostname ?? ""
  const isListed = (name: string): boolean => hosts.includes(name)
  if (!isListed(called) && !isLoopback(called) && !isAddress(called)) throw foreign("Host", host)
  if (origin === undefined) return
  const { protocol, hostname: page = "" } = URL.parse(origin) ?? {}
  const isOwn = page === called || isListed(page) || (isLoopback(page) && isLoopback(called))
  if (!isOwn || (protocol !== "http:" && protocol !== "https:")) throw foreign("Origin", origin)
}

function isLoopback(name: string): boolean {
  return /^(?:(?:[\w-]{1,63}\.){0,9}localhost\.?|127(?:\.\d{1,3}){3}|\[::1\])$/.test(name)
}

function isAddress(name: string): boolean {
  return isIP(name.replaceAll(/^\[|\]$/g, "")) !== 0
}

function foreign(header: string, value: string): Problem {
  const shown = value.slice(0, MAX_SHOWN_LENGTH).replaceAll(/[^\x20-\x7e]/g, "?")
  const detail: Bilingual = {
    en: `The ${header} is “${shown}”.`,
    zh: `${header} 为“${shown}”。`,
  }
  return new Problem("foreign_origin", { detail })
}

const MAX_SHOWN_LENGTH = 100
