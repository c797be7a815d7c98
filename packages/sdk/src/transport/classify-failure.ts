import { TransportFault } from "../transport.ts"
import type { TransportFaultKind } from "../transport.ts"

/** How far a request had come when it failed. `connecting` covers the proxy's tunnel and TLS. */
export type Phase = "connecting" | "sent" | "answering"

/**
 * Names a failure by its system code and by how far the request had come. The error itself is dropped: errors of HTTP
 * clients may contain a secret (paths, raw bytes of the answer).
 */
export function faultOf(error: unknown, phase: Phase, url: URL, proxy?: URL): TransportFault {
  if (isUnreadableBlob(error)) return new TransportFault("body", false, { host: url.host })
  const code = codeOf(error)
  const kind = phase === "connecting" ? kindWhileConnecting(error, code, proxy) : kindAfterSending(error, code, phase)
  const host = (kind === "proxy" ? proxy : undefined)?.host ?? url.host
  return new TransportFault(kind, phase !== "connecting", { host, code: proxyStatusOf(error) ?? code })
}

/** True when the code alone proves that there never was a connection, or no safe one. */
export function failedBeforeSending(error: unknown): boolean {
  const code = codeOf(error) ?? ""
  const kind = CONNECT_KINDS[code]
  return kind === "refused" || kind === "dns" || code === "UND_ERR_CONNECT_TIMEOUT" || isCertificateCode(code)
}

/** The fault for a request that its signal ended: a deadline aborts with a `TimeoutError`. */
export function abortFault(signal: { readonly reason: unknown }, phase: Phase, url: URL): TransportFault {
  const isTimeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError"
  return new TransportFault(isTimeout ? "timeout" : "aborted", phase !== "connecting", { host: url.host })
}

function kindWhileConnecting(error: unknown, code: string | undefined, proxy: URL | undefined): TransportFaultKind {
  if (proxyStatusOf(error) !== undefined) return "proxy"
  const kind = CONNECT_KINDS[code ?? ""] ?? (isTlsCode(code ?? "") ? "tls" : "unreachable")
  // With a proxy, names are resolved and connections refused by the proxy or on the way to it.
  return proxy !== undefined && kind !== "tls" && kind !== "timeout" ? "proxy" : kind
}

const CONNECT_KINDS: Readonly<Record<string, TransportFaultKind>> = {
  ECONNREFUSED: "refused",
  ENOTFOUND: "dns",
  EAI_AGAIN: "dns",
  EAI_FAIL: "dns",
  EAI_NODATA: "dns",
  EAI_NONAME: "dns",
  ETIMEDOUT: "timeout",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  UND_ERR_HEADERS_TIMEOUT: "timeout",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  ERR_PROXY_TUNNEL: "proxy",
  UND_ERR_PRX_TLS: "tls",
}

function kindAfterSending(error: unknown, code: string | undefined, phase: "sent" | "answering"): TransportFaultKind {
  if (code === "HPE_HEADER_OVERFLOW" || code === "UND_ERR_HEADERS_OVERFLOW") return "too_large"
  if (isParseError(error, code)) return "protocol"
  if (code === "ETIMEDOUT") return "timeout"
  if (isTlsCode(code ?? "")) return "tls"
  return phase === "answering" ? "cut" : "reset"
}

/** Node gives llhttp's codes, undici a name; both also report this when an answer merely ends too early. */
function isParseError(error: unknown, code: string | undefined): boolean {
  if (code !== undefined) return code.startsWith("HPE_") && code !== "HPE_INVALID_EOF_STATE"
  if (!(error instanceof Error)) return false
  if (error.name === "HTTPParserError") return !error.message.includes("EOF")
  return isParseError(error.cause, undefined)
}

function isTlsCode(code: string): boolean {
  return /^(?:ERR_TLS|ERR_SSL|EPROTO)/.test(code) || isCertificateCode(code)
}

/** OpenSSL's verify results and Node's check of the name. */
function isCertificateCode(code: string): boolean {
  return (
    code === "ERR_TLS_CERT_ALTNAME_INVALID" ||
    /^(?:CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_C)/.test(
      code,
    )
  )
}

/** The blob of a file that was changed or removed while it was sent. */
function isUnreadableBlob(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return error.name === "NotReadableError" || isUnreadableBlob(error.cause)
}

/** The status of a tunnel that the proxy refused; undici reports it only in words. */
function proxyStatusOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ("code" in error && error.code === "ERR_PROXY_TUNNEL" && "statusCode" in error) {
    return `HTTP ${String(error.statusCode)}`
  }
  const status = /^Proxy response \((\d{3})\)/.exec(error.message)?.[1]
  return status === undefined ? undefined : `HTTP ${status}`
}

/** Errors contain each other: fetch's `cause`, the several addresses tried for one name. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const own = "code" in error && typeof error.code === "string" ? error.code : undefined
  if (own !== undefined && own !== "") return own
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return codeOf(error.cause)
}
