import type { LookupAddress } from "node:dns"
import { codeOf } from "../read-text.ts"

/** How far a connection to an address gets, one layer after the other. */
export type Reach =
  | { readonly kind: "reached"; readonly address: string; readonly ms: number }
  | { readonly kind: "no_name" | "no_connection" | "no_tls" | "bad_certificate"; readonly code: string }

const patienceMs = 5000

/** Looks the name up, connects, and does the TLS handshake (`https:` only), to find out which of the three fails. */
export async function reach(url: URL): Promise<Reach> {
  const startedAt = performance.now()
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const isTls = url.protocol === "https:"
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port)
  let address: LookupAddress
  try {
    address = await process.getBuiltinModule("node:dns/promises").lookup(host)
  } catch (error) {
    return { kind: "no_name", code: codeOf(error) ?? String(error) }
  }
  const failure = await connect(host, address.address, port, isTls)
  if (failure !== undefined) return failure
  return { kind: "reached", address: address.address, ms: Math.round(performance.now() - startedAt) }
}

function connect(host: string, address: string, port: number, isTls: boolean): Promise<Reach | undefined> {
  const { promise, resolve } = Promise.withResolvers<Reach | undefined>()
  const net = process.getBuiltinModule("node:net")
  const tls = process.getBuiltinModule("node:tls")
  let isConnected = false
  const servername = net.isIP(host) === 0 ? { servername: host } : {}
  const socket = isTls
    ? tls.connect({ host: address, port, rejectUnauthorized: true, ...servername })
    : net.connect({ host: address, port })
  socket.setTimeout(patienceMs)
  socket.once("connect", () => (isConnected = true))
  socket.once(isTls ? "secureConnect" : "connect", () => {
    socket.destroy()
    resolve(undefined)
  })
  socket.once("timeout", () => {
    socket.destroy()
    resolve({ kind: isConnected ? "bad_certificate" : "no_connection", code: "ETIMEDOUT" })
  })
  socket.once("error", (error) => {
    const code = codeOf(error) ?? error.message
    resolve({ kind: !isConnected ? "no_connection" : NO_TLS.has(code) ? "no_tls" : "bad_certificate", code })
  })
  return promise
}

/** What OpenSSL says of an answer in plain HTTP, by how it begins. */
const NO_TLS: ReadonlySet<string> = new Set(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])
