import type { Dispatcher } from "undici"
import { MAX_ANSWER_BYTES, TransportFault } from "./transport.ts"
import type { Transport, TransportDownload, TransportRequest, TransportResponse } from "./transport.ts"
import { chunksOf, readableSource, streamOf } from "./transport/body-stream.ts"
import { abortFault, failedBeforeSending, faultOf } from "./transport/classify-failure.ts"
import type { Phase } from "./transport/classify-failure.ts"
import { proxyPicker } from "./transport/proxy.ts"
import type { ProxySettings } from "./transport/proxy.ts"
import { CONNECT_TIMEOUT_MS, DOWNLOAD_SOCKETS, REQUEST_SOCKETS } from "./transport/socket-limits.ts"

export interface UndiciTransportOptions {
  readonly proxy?: ProxySettings
  /** For making a connection: TCP, a proxy's tunnel and TLS each. 10,000 unless given. */
  readonly connectTimeoutMs?: number
  /** Carries every request, downloads too, instead of our own pools, proxies and TLS settings; it stays the caller's to close. */
  readonly dispatcher?: Dispatcher
}

/**
 * The default on Node: two keep-alive pools for each origin, 100 sockets for requests and 50 for downloads. undici is loaded at the first request, because loading
 * it takes longer than starting a short command should.
 */
export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  const proxyFor = proxyPicker(options.proxy)
  const routes = new Map<string, Route | Promise<Route>>()
  let isClosed = false

  const openRouteTo = async (url: URL): Promise<Route> => {
    const route = await openRoute(url, proxyFor(url), options)
    routes.set(url.origin, route)
    return route
  }

  /** Only the first requests of an origin wait for its route. */
  const through = <Answer>(
    request: TransportRequest,
    carry: (route: Route, request: TransportRequest) => Promise<Answer>,
  ): Promise<Answer> => {
    const { url } = request
    if (isClosed) return Promise.reject(new TransportFault("aborted", false, { host: url.host, code: "closed" }))
    let route = routes.get(url.origin)
    if (route === undefined) routes.set(url.origin, (route = openRouteTo(url)))
    return route instanceof Promise ? route.then((open) => carry(open, request)) : carry(route, request)
  }

  return {
    request: (request) => through(request, exchange),
    download: (request) => through(request, download),
    async close() {
      isClosed = true
      if (options.dispatcher !== undefined) return
      await Promise.all([...routes.values()].map(async (route) => closeRoute(await route)))
    },
  }
}

/** Loads undici before the first request asks for it, where a server would rather wait at its start. */
export async function loadUndici(): Promise<void> {
  await import("undici")
}

interface Route {
  readonly dispatcher: Dispatcher
  /** Opened by the first of them. */
  downloads?: Dispatcher
  readonly openDownloads: () => Dispatcher
  readonly proxy: URL | undefined
}

/** Downloads are ended: of those that nobody reads the end would never come. */
async function closeRoute({ dispatcher, downloads }: Route): Promise<void> {
  await Promise.all([dispatcher.close(), downloads?.destroy()])
}

async function openRoute(
  url: URL,
  proxy: URL | undefined,
  { dispatcher, connectTimeoutMs = CONNECT_TIMEOUT_MS }: UndiciTransportOptions,
): Promise<Route> {
  if (dispatcher !== undefined) return { dispatcher, openDownloads: () => dispatcher, proxy: undefined }
  const { Pool, ProxyAgent } = await import("undici")
  // Said out loud, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
  const verified = { rejectUnauthorized: true, timeout: connectTimeoutMs }
  const open = (connections: number): Dispatcher => {
    if (proxy === undefined) return new Pool(url.origin, { ...POOL, connections, connect: verified })
    return new ProxyAgent({
      ...POOL,
      connections,
      uri: proxy.href,
      requestTls: verified,
      proxyTls: verified,
      // Only tunnels are asked for here: a proxy that does not answer would be waited for five minutes.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    })
  }
  return { dispatcher: open(REQUEST_SOCKETS), openDownloads: () => open(DOWNLOAD_SOCKETS), proxy }
}

const POOL = {
  // Node's own servers close after 5 s, most others later. A socket that we close first cannot die under a request.
  keepAliveTimeout: 4000,
  keepAliveMaxTimeout: 30_000,
  allowH2: false,
  // The request's signal is the deadline for the whole exchange; undici's timers stop idle phases only.
  headersTimeout: 0,
  bodyTimeout: 0,
}

/**
 * undici's handlers rather than `Pool.request`: they tell the moment a request takes over a ready connection, which
 * decides whether it may have arrived, and they spare a stream for each answer.
 */
function exchange(route: Route, request: TransportRequest): Promise<TransportResponse> {
  const { url, signal } = request
  if (signal.aborted) return Promise.reject(abortFault(signal, "connecting", url))
  const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>()
  let phase: Phase = "connecting"
  let controller: Dispatcher.DispatchController | undefined
  let isSettled = false
  let status = 0
  let contentType = ""
  let receivedBytes = 0
  const chunks: Buffer[] = []

  const settle = (): boolean => {
    if (isSettled) return false
    isSettled = true
    signal.removeEventListener("abort", onAbort)
    return true
  }
  const fail = (fault: TransportFault): void => {
    if (!settle()) return
    reject(fault)
    controller?.abort(fault)
  }
  const onAbort = (): void => fail(abortFault(signal, phase, url))
  signal.addEventListener("abort", onAbort)

  try {
    route.dispatcher.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        ...contentOf(request),
      },
      {
        onRequestStart(started) {
          // Given up while it waited for a connection: throwing here ends it before its first byte and keeps the socket.
          if (isSettled) throw new TransportFault("aborted", false, { host: url.host })
          phase = "sent"
          controller = started
          request.onConnected?.()
        },
        onResponseStarted() {
          phase = "answering"
        },
        onResponseStart(_controller, statusCode, headers) {
          phase = "answering"
          status = statusCode
          contentType = String(headers["content-type"] ?? "")
        },
        onResponseData(_controller, chunk) {
          receivedBytes += chunk.byteLength
          if (receivedBytes > MAX_ANSWER_BYTES) return fail(new TransportFault("too_large", true, { host: url.host }))
          chunks.push(chunk)
        },
        onResponseEnd() {
          if (settle()) resolve({ status, contentType, body: textOf(chunks) })
        },
        onResponseError(_controller, error) {
          fail(faultOf(error, phase, url, route.proxy))
        },
      },
    )
  } catch (error) {
    // What undici refuses to take, or a closed pool.
    fail(faultOf(error, phase, url, route.proxy))
  }
  return promise
}

function contentOf({ headers, body, onSent }: TransportRequest) {
  if (!(body instanceof Blob)) return { headers, body: body ?? null }
  // undici would read a blob whole before it sends it.
  const { Readable } = process.getBuiltinModule("node:stream")
  return {
    headers: { ...headers, "content-length": String(body.size) },
    body: Readable.from(chunksOf(body, onSent), { objectMode: false }),
  }
}

async function download(route: Route, request: TransportRequest): Promise<TransportDownload> {
  const { url, signal, method } = request
  if (signal.aborted) throw abortFault(signal, "connecting", url)
  const downloads = (route.downloads ??= route.openDownloads())
  try {
    const { statusCode, headers, body } = await downloads.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      signal,
      ...contentOf(request),
    })
    return {
      status: statusCode,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      body: streamOf(readableSource(body), (error) =>
        signal.aborted ? abortFault(signal, "answering", url) : faultOf(error, "answering", url, route.proxy),
      ),
    }
  } catch (error) {
    // How far it came undici does not tell here; what is downloaded may be asked for again in any case.
    const phase = failedBeforeSending(error) ? "connecting" : "sent"
    throw signal.aborted ? abortFault(signal, phase, url) : faultOf(error, phase, url, route.proxy)
  }
}

function textOf(chunks: readonly Buffer[]): string {
  const [first, ...rest] = chunks
  if (first === undefined) return ""
  return (rest.length === 0 ? first : Buffer.concat(chunks)).toString("utf8")
}
