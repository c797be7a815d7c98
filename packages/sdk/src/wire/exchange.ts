import { readAnswer, readErrmsg } from "@wecom-push/protocol/delivery"
import type { Answer } from "@wecom-push/protocol/delivery"
import type { ApiAnswer } from "../api.ts"
import type { Clock } from "../clock.ts"
import type { UnusableAnswer } from "../make-error.ts"
import { isOwn, TransportFault, WITHIN } from "../transport.ts"
import type { RequestWithin, Transport, TransportRequest, TransportResponse } from "../transport.ts"
import type { ApiUrls } from "./api-urls.ts"
import { AttemptLimit } from "./attempt-limit.ts"
import type { SafeHooks } from "./hooks.ts"
import type { Redactor } from "./redactor.ts"

/** Shared by all exchanges with one WeCom. */
export interface Wire {
  readonly baseUrl: string
  readonly urls: ApiUrls
  readonly transport: Transport
  readonly clock: Clock
  readonly hooks: SafeHooks
  readonly redactor: Redactor
  readonly attemptTimeoutMs: number
  readonly downloadIdleMs: number
}

export interface ExchangeRequest {
  readonly api: string
  readonly method: "GET" | "POST"
  /** Contains the secret or the token. */
  readonly url: URL
  readonly body?: string | Blob | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly onSent?: TransportRequest["onSent"] | undefined
  /** Added to the time that every try may take. */
  readonly extraTimeMs?: number | undefined
  readonly attempt: number
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

export type Exchanged =
  | { readonly kind: "answer"; readonly answer: ApiAnswer }
  | FaultMet
  | { readonly kind: "unusable"; readonly unusable: UnusableAnswer }

export interface FaultMet {
  readonly kind: "fault"
  readonly fault: TransportFault
}

/** One try: request and answer, reported to the hooks. Never throws because of the network or the other side. */
export async function exchange(wire: Wire, request: ExchangeRequest): Promise<Exchanged> {
  const { api, attempt } = request
  wire.hooks.onRequest({ api, attempt })
  const startedAt = performance.now()
  const limit = new AttemptLimit(request.signal)
  limit.allow(socketWaitMs(wire, request))
  const toSend = transportRequest(request)
  toSend.onConnected = () => limit.allow(tryMs(wire, request))
  const { transport } = wire
  let met: TransportResponse | FaultMet
  try {
    met = await (isOwn(transport)
      ? transport.request[WITHIN](toSend, limit)
      : transport.request({ ...toSend, signal: limit.signal }))
  } catch (error) {
    met = faultMet(error, request)
  }
  limit.release()
  const exchanged = "status" in met ? readReply(wire, met.status, met.contentType, met.body) : met
  report(wire, request, exchanged, performance.now() - startedAt)
  return exchanged
}

/** Time that a try may take once it has a connection. */
export function tryMs({ attemptTimeoutMs, clock }: Wire, { extraTimeMs = 0, deadline }: ExchangeRequest): number {
  return Math.min(attemptTimeoutMs + extraTimeMs, deadline - clock.now())
}

/**
 * How long a try may wait for its connection. While other requests hold all connections, nothing of it has been sent,
 * and giving up would gain nothing. The remaining time is for the try itself, or for another one when no connection
 * could be made.
 */
function socketWaitMs({ attemptTimeoutMs, clock }: Wire, { extraTimeMs = 0, deadline }: ExchangeRequest): number {
  const leftMs = deadline - clock.now()
  return leftMs - Math.min(attemptTimeoutMs + extraTimeMs, leftMs / 2)
}

export function transportRequest(request: ExchangeRequest): Writable<RequestWithin> {
  const { url, method, body, onSent } = request
  const toSend: Writable<RequestWithin> = { method, url, headers: headersFor(request) }
  if (body !== undefined) toSend.body = body
  if (onSent !== undefined) toSend.onSent = onSent
  return toSend
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** A failure of the network is returned as a value, whatever a transport throws. */
export function faultMet(error: unknown, { url }: ExchangeRequest): FaultMet {
  return { kind: "fault", fault: asFault(error, url) }
}

/** A transport that breaks its contract does not say how far the request came. */
export function asFault(error: unknown, url: URL): TransportFault {
  if (error instanceof TransportFault) return error
  return new TransportFault("reset", true, {
    host: url.host,
    code: error instanceof Error ? error.name : undefined,
  })
}

function headersFor({ body, headers }: ExchangeRequest): Readonly<Record<string, string>> {
  const own =
    body === undefined
      ? GET_HEADERS
      : body instanceof Blob
        ? { ...GET_HEADERS, "content-type": body.type }
        : POST_HEADERS
  // All calls share one object of headers, so that a transport can see that they are the same.
  return headers === undefined ? own : { ...own, ...headers }
}

const GET_HEADERS = { accept: "application/json", "user-agent": "wecom-push" }
const POST_HEADERS = { ...GET_HEADERS, "content-type": "application/json; charset=utf-8" }

export function readReply(wire: Wire, status: number, contentType: string, body: string): Exchanged {
  const unusable = (why: UnusableAnswer["why"]): Exchanged => {
    const mediaType = wire.redactor.scrub(contentType.split(";", 1)[0] ?? "").slice(0, 50)
    return { kind: "unusable", unusable: { why, detail: `HTTP ${status}${mediaType === "" ? "" : `, ${mediaType}`}` } }
  }
  if (status >= 300 && status < 400) return unusable("redirected")
  // WeCom answers 200 to everything, errors too; an answer of 5xx comes from a proxy in between.
  if (status >= 500) return unusable("unusable")
  const read = readAnswer(body)
  if (read.kind === "answer") return { kind: "answer", answer: apiAnswer(wire.redactor, read) }
  return unusable(status === 404 ? "notFound" : "unusable")
}

function apiAnswer(redactor: Redactor, { fields, errcode, errmsg }: ReadAnswer): ApiAnswer {
  if (isPlainAnswer(fields)) return fields
  return { ...fields, errcode, errmsg: redactor.scrub(errmsg) }
}

type ReadAnswer = Extract<Answer, { kind: "answer" }>

/**
 * Whether an answer has errcode 0 and errmsg `ok`, as nearly all have: no field is missing, and there is no text to
 * redact.
 */
function isPlainAnswer(fields: ReadAnswer["fields"]): fields is ApiAnswer {
  return fields["errcode"] === 0 && fields["errmsg"] === "ok"
}

export function report(wire: Wire, { api, attempt }: ExchangeRequest, exchanged: Exchanged, durationMs: number): void {
  const { hooks } = wire
  switch (exchanged.kind) {
    case "answer": {
      const { errcode, errmsg } = exchanged.answer
      hooks.onAnswer({ api, attempt, errcode, errmsg, durationMs })
      if (errmsg !== "ok" && readErrmsg(errmsg).jsonWarning) {
        hooks.onWarning({ warning: "json_not_understood", api, detail: errmsg })
      }
      return
    }
    case "fault": {
      const { kind, mayHaveArrived, code } = exchanged.fault
      const detail = code === undefined ? {} : { detail: code }
      hooks.onFailure({ api, attempt, failure: kind, mayHaveArrived, durationMs, ...detail })
      return
    }
    case "unusable": {
      const { why, detail } = exchanged.unusable
      hooks.onFailure({
        api,
        attempt,
        failure: "unusable_answer",
        mayHaveArrived: why === "unusable",
        durationMs,
        detail,
      })
    }
  }
}
