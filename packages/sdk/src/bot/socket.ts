import type { Dispatcher, WebSocket } from "undici"
import type * as Undici from "undici"
import { TransportFault } from "../transport.ts"
import { faultOf } from "../transport/classify-failure.ts"
import { proxyPicker } from "../transport/proxy.ts"
import type { ProxySettings } from "../transport/proxy.ts"
import { refuseUnverified } from "../transport/refuse-unverified.ts"
import { CONNECT_TIMEOUT_MS } from "../transport/socket-limits.ts"

export interface SocketOptions {
  readonly url: URL
  readonly proxy?: ProxySettings | undefined
  /** An undici dispatcher of the caller's; the caller closes it. */
  readonly dispatcher?: Dispatcher | undefined
}

/** An open WebSocket, with the connection that carries it. */
export interface OpenSocket {
  readonly socket: WebSocket
  /** Releases the connection. */
  release(): void
}

/**
 * Opens a WebSocket through undici, with proxy and certificate check as for calls.
 * @throws {TransportFault} the request cannot have reached WeCom
 */
export async function openSocket(options: SocketOptions, signal: AbortSignal): Promise<OpenSocket> {
  const { url } = options
  // The handshake is an HTTP request, so proxy and certificates are chosen for an HTTP address.
  const httpUrl = new URL(url.href.replace(/^ws/, "http"))
  const proxy = options.dispatcher === undefined ? proxyPicker(options.proxy)(httpUrl) : undefined
  const undici = await loadUndici(url)
  const dispatcher = dispatcherFor(undici, options, proxy, httpUrl)
  const isOwn = options.dispatcher === undefined
  const release = (): void => {
    if (isOwn) void dispatcher.destroy()
  }
  const handshake = new Handshake()
  const socket = new undici.WebSocket(url, { dispatcher: handshake.watch(dispatcher) })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => {
    const isTimeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError"
    reject(new TransportFault(isTimeout ? "timeout" : "aborted", false, { host: url.host }))
  }
  socket.addEventListener("open", () => resolve())
  socket.addEventListener("close", () => reject(handshake.fault(url, proxy)))
  if (signal.aborted) onAbort()
  signal.addEventListener("abort", onAbort, { once: true })
  try {
    await promise
    return { socket, release }
  } catch (error) {
    socket.close()
    release()
    throw error
  } finally {
    signal.removeEventListener("abort", onAbort)
  }
}

/** Records why a handshake failed, because a WebSocket reports only that it failed. */
class Handshake {
  #error: unknown
  #status: number | undefined

  watch(dispatcher: Dispatcher): Dispatcher {
    return dispatcher.compose((dispatch) => (options, handler) => dispatch(options, this.#watched(handler)))
  }

  fault(url: URL, proxy: URL | undefined): TransportFault {
    if (this.#error !== undefined) return faultOf(this.#error, "connecting", url, proxy)
    // Another server than WeCom answered, or none.
    const code = this.#status === undefined ? undefined : `HTTP ${this.#status}`
    return new TransportFault(code === undefined ? "reset" : "unreachable", false, { host: url.host, code })
  }

  #watched(handler: Dispatcher.DispatchHandler): Dispatcher.DispatchHandler {
    return {
      onRequestStart: (...all) => handler.onRequestStart?.(...all),
      onRequestUpgrade: (...all) => handler.onRequestUpgrade?.(...all),
      onResponseStart: (...all) => {
        this.#status = all[1]
        return handler.onResponseStart?.(...all)
      },
      onResponseData: (...all) => handler.onResponseData?.(...all),
      onResponseEnd: (...all) => handler.onResponseEnd?.(...all),
      onResponseError: (...all) => {
        this.#error = all[1]
        return handler.onResponseError?.(...all)
      },
    }
  }
}

async function loadUndici(url: URL): Promise<typeof Undici> {
  try {
    return await import("undici")
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : undefined
    throw new TransportFault("transport_missing", false, { host: url.host, code })
  }
}

function dispatcherFor(
  { Agent, ProxyAgent }: typeof Undici,
  { dispatcher }: SocketOptions,
  proxy: URL | undefined,
  url: URL,
): Dispatcher {
  if (dispatcher !== undefined) {
    refuseUnverified(url)
    return dispatcher
  }
  // Set explicitly, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
  const verified = { rejectUnauthorized: true, timeout: CONNECT_TIMEOUT_MS }
  if (proxy === undefined) return new Agent({ allowH2: false, connect: verified })
  return new ProxyAgent({ allowH2: false, uri: proxy.href, requestTls: verified, proxyTls: verified })
}
