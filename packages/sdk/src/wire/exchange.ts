import { readAnswer, readErrmsg } from "@wecom-push/protocol"
import type { ApiAnswer } from "../api.ts"
import type { Clock } from "../clock.ts"
import type { UnusableAnswer } from "../make-error.ts"
import { clampTimerMs } from "../token/shared-task.ts"
import { TransportFault } from "../transport.ts"
import type { Transport, TransportResponse } from "../transport.ts"
import type { AddressBook } from "./address-book.ts"
import type { SafeHooks } from "./hooks.ts"
import type { Redactor } from "./redactor.ts"

/** What every exchange with one WeCom shares. */
export interface Wire {
  readonly baseUrl: string
  readonly addresses: AddressBook
  readonly transport: Transport
  readonly clock: Clock
  readonly hooks: SafeHooks
  readonly redactor: Redactor
  readonly attemptTimeoutMs: number
}

export interface ExchangeRequest {
  readonly api: string
  readonly method: "GET" | "POST"
  /** Holds the secret or the token. */
  readonly url: URL
  readonly body?: string | undefined
  readonly attempt: number
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

export type Exchanged =
  | { readonly kind: "answer"; readonly answer: ApiAnswer }
  | { readonly kind: "fault"; readonly fault: TransportFault }
  | { readonly kind: "unusable"; readonly unusable: UnusableAnswer }

/** One try: request and answer, told to the hooks. Never throws for what the network or the other side does. */
export async function exchange(wire: Wire, request: ExchangeRequest): Promise<Exchanged> {
  const { api, attempt } = request
  wire.hooks.onRequest({ api, attempt })
  const startedAt = performance.now()
  const exchanged = await tryOnce(wire, request)
  report(wire, request, exchanged, performance.now() - startedAt)
  return exchanged
}

async function tryOnce(wire: Wire, request: ExchangeRequest): Promise<Exchanged> {
  const { url } = request
  const limit = new AbortController()
  const allowedMs = Math.min(wire.attemptTimeoutMs, request.deadline - wire.clock.now())
  // Real time even under a test's clock: what is timed here is a real network.
  const timer = setTimeout(() => limit.abort(new DOMException("no answer", "TimeoutError")), clampTimerMs(allowedMs))
  const onAbort = (): void => limit.abort(request.signal?.reason)
  if (request.signal?.aborted === true) onAbort()
  request.signal?.addEventListener("abort", onAbort)
  try {
    const response = await wire.transport.request({
      method: request.method,
      url,
      headers: request.body === undefined ? GET_HEADERS : POST_HEADERS,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: limit.signal,
    })
    return judge(wire, response)
  } catch (error) {
    if (error instanceof TransportFault) return { kind: "fault", fault: error }
    // A transport that breaks its contract: nobody knows how far the request came.
    const code = error instanceof Error ? error.name : undefined
    return { kind: "fault", fault: new TransportFault("reset", true, { host: url.host, code }) }
  } finally {
    clearTimeout(timer)
    request.signal?.removeEventListener("abort", onAbort)
  }
}

const GET_HEADERS = { accept: "application/json", "user-agent": "wecom-push" }
const POST_HEADERS = { ...GET_HEADERS, "content-type": "application/json; charset=utf-8" }

function judge(wire: Wire, { status, contentType, body }: TransportResponse): Exchanged {
  const unusable = (why: UnusableAnswer["why"]): Exchanged => {
    const mediaType = wire.redactor.scrub(contentType.split(";", 1)[0] ?? "").slice(0, 50)
    return { kind: "unusable", unusable: { why, detail: `HTTP ${status}${mediaType === "" ? "" : `, ${mediaType}`}` } }
  }
  if (status >= 300 && status < 400) return unusable("redirected")
  // WeCom answers 200 to everything, errors too; what comes with 5xx was written by something in between.
  if (status >= 500) return unusable("unusable")
  const read = readAnswer(body)
  if (read.kind === "answer") {
    return {
      kind: "answer",
      answer: { ...read.fields, errcode: read.errcode, errmsg: scrubErrmsg(wire.redactor, read.errmsg) },
    }
  }
  return unusable(status === 404 ? "notFound" : "unusable")
}

function scrubErrmsg(redactor: Redactor, errmsg: string): string {
  return errmsg === "ok" ? errmsg : redactor.scrub(errmsg)
}

function report(wire: Wire, { api, attempt }: ExchangeRequest, exchanged: Exchanged, durationMs: number): void {
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
