import { TransportFault } from "../transport.ts"

/** As the system's word for the fault. */
export const SWITCHED_OFF = "NODE_TLS_REJECT_UNAUTHORIZED=0"

/**
 * The environment switches the check of certificates off, and what carries the request, being the caller's, shows neither
 * whether it follows nor how to keep it from that.
 * @throws {TransportFault} `tls`
 */
export function refuseUnverified(url: URL): void {
  if (url.protocol !== "https:" || !isSwitchedOff()) return
  throw new TransportFault("tls", false, { host: url.host, code: SWITCHED_OFF })
}

/** Not every runtime that has `fetch` has `process`. */
function isSwitchedOff(): boolean {
  return typeof process === "object" && process.env?.["NODE_TLS_REJECT_UNAUTHORIZED"] === "0"
}
