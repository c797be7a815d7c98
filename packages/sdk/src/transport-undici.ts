import type { Readable } from "node:stream"
import type { Dispatcher } from "undici"
import type * as Undici from "undici"
import { refuseUnknown } from "./option-faults.ts"
import type { OptionNames } from "./option-faults.ts"
import { CLOSED, MAX_ANSWER_BYTES, requestWithin, TransportFault } from "./transport.ts"
import type {
  OwnTransport,
  RequestWithin,
  TransportDownload,
  TransportRequest,
  TransportResponse,
} from "./transport.ts"
import { chunksOf, readableSource, streamOf } from "./transport/body-stream.ts"
import { abortFault, failedBeforeSending, faultOf } from "./transport/classify-failure.ts"
import type { Phase } from "./transport/classify-failure.ts"
import { proxyPicker } from "./transport/proxy.ts"
import type { ProxySettings } from "./transport/proxy.ts"
import { refuseUnverified } from "./transport/refuse-unverified.ts"
import type { AttemptLimit } from "./wire/attempt-limit.ts"
import { WHOLE_ANSWER_BYTES } from "./wire/pass.ts"
import type { PassedAnswer, PassingTransport, RawRequest } from "./wire/pass.ts"
import { CONNECT_TIMEOUT_MS, DOWNLOAD_SOCKETS, REQUEST_SOCKETS } from "./transport/socket-limits.ts"

export interface UndiciTransportOptions {
  readonly proxy?: ProxySettings
  /** How many milliseconds making a connection may take: TCP, a proxy's tunnel and TLS each. 10,000 unless given. */
  readonly connectTimeoutMs?: number
  /** Carries every request, downloads too, instead of our own pools, proxies and TLS settings; the caller closes it. */
  readonly dispatcher?: Dispatcher
}

const OPTIONS: OptionNames<UndiciTransportOptions> = { proxy: true, connectTimeoutMs: true, dispatcher: true }

/**
 * The default on Node: two keep-alive pools for each origin, 128 sockets for requests and 50 for downloads. undici is
 * loaded at the first request, because loading it takes longer than starting a short command should.
 * @throws {TypeError} for an invalid proxy address, or an unknown option
 */
export function undiciTransport(options: UndiciTransportOptions = {}): OwnTransport & PassingTransport {
  refuseUnknown(options, OPTIONS, "undiciTransport")
  const proxyFor = proxyPicker(options.proxy)
  const routes = new Map<string, Route | Promise<Route>>()
  const places = new WeakMap<URL, Place>()
  let isClosed = false

  const openRouteTo = async (url: URL): Promise<Route> => {
    try {
      const route = await openRoute(url, proxyFor(url), options)
      routes.set(url.origin, route)
      return route
    } catch (error) {
      routes.delete(url.origin)
      throw error
    }
  }

  /** Calls use the same few addresses, and parsing one takes longer than looking it up. */
  const placeOf = (url: URL): Place => {
    let place = places.get(url)
    if (place?.href !== url.href) places.set(url, (place = { href: url.href, origin: url.origin, path: pathOf(url) }))
    return place
  }

  /** Only the first requests to an origin wait for its route. */
  const through = <Answer>(url: URL, carry: (route: Route, to: Place) => Promise<Answer>): Promise<Answer> => {
    if (isClosed) return Promise.reject(new TransportFault("aborted", false, { host: url.host, code: CLOSED }))
    const place = placeOf(url)
    let route = routes.get(place.origin)
    if (route === undefined) routes.set(place.origin, (route = openRouteTo(url)))
    return route instanceof Promise ? route.then((opened) => carry(opened, place)) : carry(route, place)
  }

  return {
    request: requestWithin((request, limit) =>
      through(request.url, (route, place) => exchange(route, place, request, limit)),
    ),
    download: (request) => through(request.url, (route, place) => download(route, place, request)),
    pass: (url, request) => through(url, (route, place) => pass(route, place, url, request)),
    async close() {
      isClosed = true
      if (options.dispatcher !== undefined) return
      await Promise.all([...routes.values()].map(async (route) => closeRoute(await route)))
    },
  }
}

/** Loads undici before the first request needs it, for a server that rather waits at its start. */
export async function loadUndici(): Promise<void> {
  await import("undici")
}

/** @throws {TransportFault} `transport_missing` when undici is not installed, or a bundler or a runtime has replaced it */
async function undiciFor(url: URL): Promise<Pick<typeof Undici, "Pool" | "ProxyAgent">> {
  try {
    const undici = await import("undici")
    if ("dispatch" in undici.Pool.prototype) return undici
  } catch (error) {
    const code = error instanceof Error ? ("code" in error ? String(error.code) : error.message) : undefined
    throw new TransportFault("transport_missing", false, { host: url.host, code })
  }
  throw new TransportFault("transport_missing", false, { host: url.host, code: "no Pool" })
}

/** The target of a request. `href` shows whether it still is what the address says. */
interface Place {
  readonly href: string
  readonly origin: string
  readonly path: string
}

function pathOf({ pathname, search }: URL): string {
  return pathname + search
}

interface Route {
  readonly dispatcher: Dispatcher
  /** Opened by the first download. */
  downloads?: Dispatcher
  readonly openDownloads: () => Dispatcher
  /** Opened by the first passed request. Requests that others stream take no connection from our own requests. */
  passed?: Dispatcher
  readonly openPassed: () => Dispatcher
  readonly proxy: URL | undefined
}

/** Downloads are aborted: an unread one would never end. */
async function closeRoute({ dispatcher, downloads, passed }: Route): Promise<void> {
  await Promise.all([dispatcher.close(), downloads?.destroy(), passed?.destroy()])
}

async function openRoute(
  url: URL,
  proxy: URL | undefined,
  { dispatcher, connectTimeoutMs = CONNECT_TIMEOUT_MS }: UndiciTransportOptions,
): Promise<Route> {
  if (dispatcher !== undefined) {
    refuseUnverified(url)
    return { dispatcher, openDownloads: () => dispatcher, openPassed: () => dispatcher, proxy: undefined }
  }
  const { Pool, ProxyAgent } = await undiciFor(url)
  // Set explicitly, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
  const verified = { rejectUnauthorized: true, timeout: connectTimeoutMs }
  const open = (connections: number): Dispatcher => {
    if (proxy === undefined) return new Pool(url.origin, { ...POOL, connections, connect: verified })
    return new ProxyAgent({
      ...POOL,
      connections,
      uri: proxy.href,
      requestTls: verified,
      proxyTls: verified,
      // Only tunnels are opened here: undici would wait five minutes for a proxy that does not answer.
      clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectTimeoutMs }),
    })
  }
  return {
    dispatcher: open(REQUEST_SOCKETS),
    openDownloads: () => open(DOWNLOAD_SOCKETS),
    openPassed: () => open(REQUEST_SOCKETS),
    proxy,
  }
}

const POOL = {
  // Node's own servers close after 5 s, most others later. A socket that we close first cannot fail under a request.
  keepAliveTimeout: 4000,
  keepAliveMaxTimeout: 30_000,
  allowH2: false,
  // The request's signal is the deadline for the whole exchange; undici's timers would only end idle phases.
  headersTimeout: 0,
  bodyTimeout: 0,
}

/**
 * undici's handlers and not `Pool.request`: they show when a request is given a ready connection, which decides whether
 * it may have arrived, and they need no stream for each answer.
 */
function exchange(
  route: Route,
  { origin, path }: Place,
  request: RequestWithin,
  limit: AttemptLimit,
): Promise<TransportResponse> {
  const { method } = request
  return new Promise((resolve, reject) => {
    const handler = new ExchangeHandler(route, request, limit, resolve, reject)
    if (limit.hasEnded) return handler.end()
    limit.onEnd = () => handler.end()
    try {
      const { headers, body } = contentOf(request)
      route.dispatcher.dispatch({ origin, path, method, headers, body }, handler)
    } catch (error) {
      // undici refuses to take the request, or the pool is closed.
      handler.onResponseError(undefined, error)
    }
  })
}

/** A class, since otherwise one exchange would create ten functions. */
class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #route: Route
  readonly #request: RequestWithin
  readonly #limit: AttemptLimit
  readonly #resolve: (response: TransportResponse) => void
  readonly #reject: (fault: TransportFault) => void
  #phase: Phase = "connecting"
  #controller: Dispatcher.DispatchController | undefined
  #isSettled = false
  #status = 0
  #contentType = ""
  #receivedBytes = 0
  readonly #chunks: Buffer[] = []

  constructor(
    route: Route,
    request: RequestWithin,
    limit: AttemptLimit,
    resolve: (response: TransportResponse) => void,
    reject: (fault: TransportFault) => void,
  ) {
    this.#route = route
    this.#request = request
    this.#limit = limit
    this.#resolve = resolve
    this.#reject = reject
  }

  /** The time limit has ended. */
  end(): void {
    this.#fail(abortFault(this.#limit, this.#phase, this.#request.url))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // The caller gave up while the request waited for a connection: throwing here ends it before its first byte and
    // keeps the socket.
    if (this.#isSettled) throw new TransportFault("aborted", false, { host: this.#request.url.host })
    this.#phase = "sent"
    this.#controller = controller
    this.#request.onConnected?.()
  }

  onResponseStarted(): void {
    this.#phase = "answering"
  }

  onResponseStart(
    _controller: unknown,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#phase = "answering"
    this.#status = status
    this.#contentType = String(headers["content-type"] ?? "")
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#receivedBytes += chunk.byteLength
    if (this.#receivedBytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk)
    else this.#fail(new TransportFault("too_large", true, { host: this.#request.url.host }))
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#resolve({ status: this.#status, contentType: this.#contentType, body: textOf(this.#chunks) })
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#fail(faultOf(error, this.#phase, this.#request.url, this.#route.proxy))
  }

  #fail(fault: TransportFault): void {
    if (!this.#settle()) return
    this.#reject(fault)
    this.#controller?.abort(fault)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#limit.release()
    return true
  }
}

function contentOf({ headers, body, onSent }: RequestWithin) {
  if (!(body instanceof Blob)) return { headers, body: body ?? null }
  // undici would read a whole blob before sending it.
  const { Readable } = process.getBuiltinModule("node:stream")
  return {
    headers: { ...headers, "content-length": String(body.size) },
    body: Readable.from(chunksOf(body, onSent), { objectMode: false }),
  }
}

async function download(route: Route, { origin, path }: Place, request: TransportRequest): Promise<TransportDownload> {
  const { url, signal, method } = request
  if (signal.aborted) throw abortFault(signal, "connecting", url)
  const downloads = (route.downloads ??= route.openDownloads())
  try {
    const { statusCode, headers, body } = await downloads.request({
      origin,
      path,
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
    // undici does not say here how far it came; in any case a download may be repeated.
    const phase = failedBeforeSending(error) ? "connecting" : "sent"
    throw signal.aborted ? abortFault(signal, phase, url) : faultOf(error, phase, url, route.proxy)
  }
}

/** The same as `exchange`, except that a long answer is a stream. */
function pass(route: Route, { origin, path: address }: Place, url: URL, request: RawRequest): Promise<PassedAnswer> {
  const { method, search, headers, body, limit } = request
  const path = search === "" ? address : `${address}&${search}`
  const passed = (route.passed ??= route.openPassed())
  return new Promise((resolve, reject) => {
    const handler = new PassHandler(route, url, request, resolve, reject)
    if (limit.hasEnded) return handler.end()
    limit.onEnd = () => handler.end()
    try {
      passed.dispatch({ origin, path, method, headers, body }, handler)
    } catch (error) {
      handler.onResponseError(undefined, error)
    }
  })
}

class PassHandler implements Dispatcher.DispatchHandler {
  readonly #route: Route
  readonly #url: URL
  readonly #request: RawRequest
  readonly #resolve: (answer: PassedAnswer) => void
  readonly #reject: (fault: TransportFault) => void
  #phase: Phase = "connecting"
  #controller: Dispatcher.DispatchController | undefined
  #fault: TransportFault | undefined
  #head: Omit<PassedAnswer, "body"> = { status: 0, headers: {} }
  readonly #pieces: Buffer[] = []
  /** The stream of a long answer. */
  #stream: Readable | undefined

  constructor(
    route: Route,
    url: URL,
    request: RawRequest,
    resolve: (answer: PassedAnswer) => void,
    reject: (fault: TransportFault) => void,
  ) {
    this.#route = route
    this.#url = url
    this.#request = request
    this.#resolve = resolve
    this.#reject = reject
  }

  /** The time limit has ended. */
  end(): void {
    this.#fail(abortFault(this.#request.limit, this.#phase, this.#url))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#fault !== undefined) throw this.#fault
    this.#phase = "sent"
    this.#controller = controller
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return
    this.#phase = "answering"
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    this.#head = { status, headers: texts }
    if (Number(texts["content-length"] ?? Infinity) <= WHOLE_ANSWER_BYTES) return
    const { Readable } = process.getBuiltinModule("node:stream")
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        // Has no effect when the stream has already ended.
        controller.abort(error ?? new TransportFault("aborted", true, { host: this.#url.host }))
        done(error)
      },
    })
    this.#resolve({ ...this.#head, body: this.#stream })
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#stream === undefined) this.#pieces.push(piece)
    else if (!this.#stream.push(piece)) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#stream === undefined) this.#resolve({ ...this.#head, body: joined(this.#pieces) })
    else this.#stream.push(null)
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#fail(faultOf(error, this.#phase, this.#url, this.#route.proxy))
  }

  /** Only the first failure is reported; later ones follow from it. */
  #fail(fault: TransportFault): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    const { body } = this.#request
    if (body !== null && "destroy" in body) body.destroy(fault)
    if (this.#stream === undefined) this.#reject(fault)
    else this.#stream.destroy(fault)
    this.#controller?.abort(fault)
  }
}

function textOf(chunks: readonly Buffer[]): string {
  return joined(chunks).toString("utf8")
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [first] = chunks
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks)
}
