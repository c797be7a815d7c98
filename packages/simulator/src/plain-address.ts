import { isIP } from "node:net"

/** An IPv4 caller of a server that listens on IPv6 too. */
export function plainAddress(ip: string): string {
  const tail = ip.slice(ip.lastIndexOf(":") + 1)
  return ip.startsWith("::ffff:") && isIP(tail) === 4 ? tail : ip
}
