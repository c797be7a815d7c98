import type { Agent, ClientRequest, IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import { refuseUnknown } from "./option-faults.ts"
import type { OptionNames } from "./option-faults.ts"
import { CLOSED, MAX_ANSWER_BYTES, TransportFault } from "./transport.ts"
import type { Transport, TransportDownload, TransportRequest, TransportResponse } from "./transport.ts"
import { chunksOf, readableSource, streamOf } from "./transport/body-stream.ts"
import { abortFault, faultOf } from "./transport/classify-failure.ts"
import type { Phase } from "./transport/classify-failure.ts"
import { proxyPicker } from "./transport/proxy.ts"
import type { ProxySettings } from "./transport/proxy.ts"
import { CONNECT_TIMEOUT_MS, DOWNLOAD_SOCKETS } from "./transport/socket-limits.ts"

export interface HttpsTransportOptions {
  /** Needs Node 24.5 or 22.21: older versions would ignore the proxy without a sign, so they are refused. */
  readonly proxy?: ProxySettings
  /** How many milliseconds making a connection may take, with a proxy's tunnel and TLS: 10,000 unless given. */
  readonly connectTimeoutMs?: number
}

const OPTIONS: OptionNames<HttpsTransportOptions> = { proxy: true, connectTimeoutMs: true }

/**
 * Node's own client: slower than undici over many calls, but it loads much faster, so it suits a command that makes
 * three calls and ends. For each origin it opens as many sockets as there are requests, and 50 separate ones for
 * downloads.
 * @throws {TypeError} for an invalid proxy address, a Node that cannot use a proxy, or an unknown option
 */
export function httpsTransport(options: HttpsTransportOptions = {}): Transport {
  refuseUnknown(options, OPTIONS, "httpsTransport")
  const { proxy, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  if (proxy !== undefined && !knowsProxies(process.versions.node)) {
    throw new TypeError("httpsTransport needs Node 24.5 or 22.21 to use a proxy; undiciTransport does not")
  }
  const proxyFor = proxyPicker(proxy)
  const routes = new Map<string, Route>()
  const downloads = new Map<string, Route>()
  let isClosed = false

  const routeTo = (url: URL, opened: Map<string, Route>): Route => {
    let route = opened.get(url.origin)
    if (route === undefined) {
      route = openRoute(url, proxyFor(url), opened === downloads ? DOWNLOAD_SOCKETS : Infinity)
      opened.set(url.origin, route)
    }
    return route
  }

  const start = <Answer extends object>(
    request: TransportRequest,
    opened: Map<string, Route>,
    take: Take<Answer>,
  ): Promise<Answer> => {
    const { url, signal } = request
    if (isClosed) return Promise.reject(new TransportFault("aborted", false, { host: url.host, code: CLOSED }))
    if (signal.aborted) return Promise.reject(abortFault(signal, "connecting", url))
    // A download may wait for a socket, which looks the same as connecting; its signal limits both.
    const timeoutMs = opened === downloads ? undefined : connectTimeoutMs
    return exchange({ route: routeTo(url, opened), connectTimeoutMs: timeoutMs }, request, take)
  }

  return {
    request: (request) => start(request, routes, readAnswer),
    download: (request) => start(request, downloads, takeDownload),
    close() {
      isClosed = true
      for (const opened of [routes, downloads]) {
        for (const { agent } of opened.values()) closeAgent(agent)
        opened.clear()
      }
      return Promise.resolve()
    },
  }
}

function closeAgent(agent: Agent): void {
  // Otherwise requests that wait for a socket would get a new one in place of the destroyed ones.
  const waiting = Object.values(agent.requests).flat()
  for (const request of waiting) request?.destroy()
  agent.destroy()
}

/** Whether this version of Node has agents with `proxyEnv`. */
export function knowsProxies(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21)
}

interface Route {
  readonly agent: Agent
  readonly proxy: URL | undefined
  start(request: TransportRequest): ClientRequest
}

function openRoute(url: URL, proxy: URL | undefined, maxSockets: number): Route {
  // Not `import`: with it Node also loads its internal copy of undici, which takes a command 35 ms more.
  if (url.protocol === "http:") {
    const http = process.getBuiltinModule("node:http")
    const agent = new http.Agent({ ...IDLE, maxSockets })
    return { agent, proxy, start: ({ method, headers, url }) => http.request(url, { agent, method, headers }) }
  }
  const https = process.getBuiltinModule("node:https")
  const agent = new https.Agent({
    ...IDLE,
    maxSockets,
    // Set explicitly, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
    rejectUnauthorized: true,
    ...(proxy === undefined ? {} : { proxyEnv: { HTTPS_PROXY: proxy.href } }),
  })
  return { agent, proxy, start: ({ method, headers, url }) => https.request(url, { agent, method, headers }) }
}

/**
 * An idle socket is closed after 4 s: Node's own servers close after 5 s, most others later, and a socket that we close
 * first cannot fail under a request. For busy sockets this timer only raises an event that has no listener.
 */
const IDLE = { keepAlive: true, timeout: 4000 }

/** Reads an answer after its head has arrived. */
type Take<Answer> = (incoming: IncomingMessage, request: TransportRequest, done: Done<Answer>) => void
type Done<Answer> = (outcome: Answer | "cut" | "too_large") => void

interface Way {
  readonly route: Route
  readonly connectTimeoutMs: number | undefined
}

function exchange<Answer extends object>(
  { route, connectTimeoutMs }: Way,
  request: TransportRequest,
  take: Take<Answer>,
): Promise<Answer> {
  const { url, signal } = request
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  let phase: Phase = "connecting"
  let isSettled = false

  const settle = (): boolean => {
    if (isSettled) return false
    isSettled = true
    clearTimeout(connecting)
    signal.removeEventListener("abort", onAbort)
    return true
  }
  const fail = (fault: TransportFault): void => {
    if (!settle()) return
    reject(fault)
    outgoing.destroy()
  }
  const onSlow = (): void => fail(new TransportFault("timeout", false, { host: url.host, code: "ETIMEDOUT" }))
  const connecting = connectTimeoutMs === undefined ? undefined : setTimeout(onSlow, connectTimeoutMs)
  const onAbort = (): void => fail(abortFault(signal, phase, url))
  const onError = (error: unknown): void => fail(faultOf(error, phase, url, route.proxy))

  const outgoing = route.start(request)
  signal.addEventListener("abort", onAbort)
  outgoing.on("error", onError)
  outgoing.on("socket", (socket) => {
    whenReady(socket, () => {
      if (phase !== "connecting") return
      phase = "sent"
      clearTimeout(connecting)
      request.onConnected?.()
    })
  })
  outgoing.on("response", (incoming) => {
    phase = "answering"
    take(incoming, request, (outcome) => {
      if (outcome === "cut") return onError(undefined)
      if (outcome === "too_large") return fail(new TransportFault("too_large", true, { host: url.host }))
      if (settle()) resolve(outcome)
    })
  })
  sendBody(outgoing, request, onError)
  return promise
}

function sendBody(
  outgoing: ClientRequest,
  { body, onSent }: TransportRequest,
  onError: (error: unknown) => void,
): void {
  if (!(body instanceof Blob)) {
    outgoing.end(body)
    return
  }
  outgoing.setHeader("content-length", body.size)
  const { pipeline, Readable } = process.getBuiltinModule("node:stream")
  const content = Readable.from(chunksOf(body, onSent), { objectMode: false })
  // Handled here, because at `outgoing` the error would look like a closed socket.
  content.on("error", onError)
  pipeline(content, outgoing, () => undefined)
}

/** Calls `isReady` when bytes can be sent: TCP is connected, and TLS too if it is used. */
function whenReady(socket: Socket, isReady: () => void): void {
  // The TLS handshake state of a socket is not in the types. A socket without that state counts as ready, so that a
  // lost call counts as one that may have arrived.
  if ("secureConnecting" in socket && socket.secureConnecting === true) socket.once("secureConnect", isReady)
  else if (socket.connecting) socket.once("connect", isReady)
  else isReady()
}

function takeDownload(incoming: IncomingMessage, request: TransportRequest, done: Done<TransportDownload>): void {
  const { signal, url } = request
  process.getBuiltinModule("node:stream").addAbortSignal(signal, incoming)
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as const)
  done({
    status: incoming.statusCode ?? 0,
    headers: Object.fromEntries(headers),
    body: streamOf(readableSource(incoming), (error) =>
      signal.aborted ? abortFault(signal, "answering", url) : faultOf(error, "answering", url),
    ),
  })
}

function readAnswer(incoming: IncomingMessage, _request: TransportRequest, done: Done<TransportResponse>): void {
  const chunks: Buffer[] = []
  let receivedBytes = 0
  incoming.on("data", (chunk: Buffer) => {
    receivedBytes += chunk.byteLength
    if (receivedBytes > MAX_ANSWER_BYTES) return done("too_large")
    chunks.push(chunk)
  })
  incoming.on("error", () => done("cut"))
  incoming.on("close", () => {
    if (!incoming.readableEnded) done("cut")
  })
  incoming.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8")
    done({ status: incoming.statusCode ?? 0, contentType: incoming.headers["content-type"] ?? "", body })
  })
}
