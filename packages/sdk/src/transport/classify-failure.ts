import { TransportFault } from "../transport.ts"
import type { TransportFaultKind } from "../transport.ts"

/** How far a request had come when it failed. `connecting` covers the proxy's tunnel and TLS. */
export type Phase = "connecting" | "sent" | "answering"

/**
 * Names a failure by its system code and by how far the request had come. The error itself is dropped: what HTTP
 * clients put into theirs (paths, raw bytes of the answer) may hold a secret.
 */
export function faultOf(error: unknown, phase: Phase, url: URL, proxy?: URL): TransportFault {
  const code = codeOf(error)
  const kind = phase === "connecting" ? kindWhileConnecting(error, code, proxy) : kindAfterSending(code, phase)
  const host = (kind === "proxy" ? proxy : undefined)?.host ?? url.host
  return new TransportFault(kind, phase !== "connecting", { host, code: proxyStatusOf(error) ?? code })
}

/** The fault for a request that its signal ended: a deadline aborts with a `TimeoutError`. */
export function abortFault(signal: AbortSignal, phase: Phase, url: URL): TransportFault {
  const isTimeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError"
  return new TransportFault(isTimeout ? "timeout" : "aborted", phase !== "connecting", { host: url.host })
}

function kindWhileConnecting(error: unknown, code: string | undefined, proxy: URL | undefined): TransportFaultKind {
  if (proxyStatusOf(error) !== undefined) return "proxy"
  const kind = CONNECT_KINDS[code ?? ""] ?? (isTlsCode(code) ? "tls" : "unreachable")
  // Through a proxy, names are resolved and connections refused by the proxy or on the way to it.
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
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_PRX_TLS: "tls",
}

function kindAfterSending(code: string | undefined, phase: "sent" | "answering"): TransportFaultKind {
  if (code?.startsWith("HPE_") === true) return code === "HPE_HEADER_OVERFLOW" ? "too_large" : "protocol"
  if (code === "UND_ERR_HEADERS_OVERFLOW") return "too_large"
  if (code === "ETIMEDOUT") return "timeout"
  return phase === "answering" ? "cut" : "reset"
}

/** OpenSSL's verify results and Node's own TLS errors. */
function isTlsCode(code: string | undefined): boolean {
  return (
    code !== undefined &&
    /^(?:ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|CRL_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|ERROR_IN_CERT|ERROR_IN_CRL)/.test(
      code,
    )
  )
}

/** undici and Node say a refused tunnel in words only. */
function proxyStatusOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const status = /^Proxy response \((\d{3})\)|^Failed to establish tunnel.*?\b(\d{3})\b/.exec(error.message)
  const digits = status?.[1] ?? status?.[2]
  return digits === undefined ? undefined : `HTTP ${digits}`
}

/** Errors wrap one another: fetch's `cause`, the several addresses tried for one name. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const own = "code" in error && typeof error.code === "string" ? error.code : undefined
  if (own !== undefined && own !== "") return own
  if (error instanceof AggregateError) return codeOf(error.errors[0])
  return codeOf(error.cause)
}
