import { TransportFault } from "../transport.ts"

/** The `code` of the fault. */
export const SWITCHED_OFF = "NODE_TLS_REJECT_UNAUTHORIZED=0"

/**
 * Refuses the request when the environment switches the certificate check off: the caller's own `fetch` or dispatcher
 * does not show whether it follows that, and cannot be prevented from it.
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
