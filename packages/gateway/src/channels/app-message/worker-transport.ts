import { getCACertificates } from "node:tls"
import { TransportFault, undiciTransport } from "@wecom-push/sdk"
import { requestWithin, WITHIN } from "@wecom-push/sdk/internals"
import type { TransportRequest, TransportResponse } from "@wecom-push/sdk"
import type {
  AttemptLimit,
  OwnTransport,
  PassedAnswer,
  PassingTransport,
  ProxySettings,
  RawRequest,
  RequestWithin,
  TransportDownload,
} from "@wecom-push/sdk/internals"
import { TransientMap } from "../../model/compact/transient-map.ts"
import type { Trace } from "../../model/trace.ts"
import type { ThreadReport } from "../../threads/worker-thread.ts"
import { moduleBeside, WorkerThread } from "../../threads/worker-thread.ts"
import { SentMarks } from "./sent-marks.ts"
import { noCalls } from "./thread-messages.ts"
import type { GivenUp, Orders, Replies, RequestHead, ThreadSettings } from "./thread-messages.ts"

/**
 * With this many calls under way, short ones begin to go by a thread of their own. They do so until there have not been as
 * many for some time: calls that wait for the same sync go out in waves, and between two waves few are under way.
 */
export interface BusyRule {
  readonly from: number
  readonly keepsMs: number
}

export interface WorkerTransportOptions {
  readonly proxy?: ProxySettings | undefined
  readonly busy?: BusyRule
  /** Called when the thread has failed. */
  readonly report: ThreadReport
}

interface Waiting {
  readonly request: ShortRequest
  readonly limit: AttemptLimit
  readonly mark: number
  readonly resolve: (response: TransportResponse | Promise<TransportResponse>) => void
  readonly reject: (fault: TransportFault) => void
}

/**
 * Carries calls by undici: a few calls in the thread that serves; while there are many, short ones in a thread of its own,
 * since speaking HTTP is a fifth of what a send costs. A single call would only lose time by changing threads.
 *
 * If the thread fails, calls that were not yet written to a socket go out by the thread that serves.
 */
export class WorkerTransport implements OwnTransport, PassingTransport {
  readonly request: OwnTransport["request"] = requestWithin((request, limit) => this.#request(request, limit))
  readonly #busy: BusyRule
  readonly #proxy: ProxySettings | undefined
  readonly #report: ThreadReport
  readonly #near: OwnTransport & PassingTransport
  readonly #waiting = new TransientMap<number, Waiting>()
  readonly #marks = new SentMarks()
  #underWay = 0
  #busyUntil = -Infinity
  #noThreadUntil = -Infinity
  #isClosed = false
  #calls = noCalls()
  #givenUp: GivenUp[] = []
  #isPostedSoon = false
  /** The head of the last of these calls. */
  #head: RequestHead | undefined
  #thread: WorkerThread<Orders, Replies> | undefined
  #idle: NodeJS.Timeout | undefined
  #nextId = 1

  constructor({ proxy, busy = BUSY, report }: WorkerTransportOptions) {
    this.#busy = busy
    this.#proxy = proxy
    this.#report = report
    this.#near = undiciTransport(proxy === undefined ? {} : { proxy })
  }

  /** Starts the thread, to be sure that it can be started. @throws the error that prevents it */
  async start(): Promise<void> {
    this.#thread ??= this.#start()
    await this.#thread.ready
    this.#endWhenIdle()
  }

  async #request(request: RequestWithin, limit: AttemptLimit): Promise<TransportResponse> {
    this.#underWay++
    try {
      if (this.#isCrowded() && !this.#isClosed && isShort(request) && !limit.hasEnded) {
        const mark = this.#marks.take()
        if (mark !== undefined) return await this.#byThread(request, limit, mark)
      }
      return await this.#near.request[WITHIN](request, limit)
    } finally {
      this.#underWay--
    }
  }

  pass(url: URL, request: RawRequest): Promise<PassedAnswer> {
    return this.#near.pass(url, request)
  }

  download(request: TransportRequest): Promise<TransportDownload> {
    return this.#near.download(request)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#near.close(), this.#end()])
  }

  #isCrowded(): boolean {
    const now = performance.now()
    if (this.#underWay >= this.#busy.from) this.#busyUntil = now + this.#busy.keepsMs
    return now >= this.#noThreadUntil && (this.#underWay >= this.#busy.from || now < this.#busyUntil)
  }

  #byThread(request: ShortRequest, limit: AttemptLimit, mark: number): Promise<TransportResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>()
    // Done first, or the timer could end the thread that is to carry this call.
    clearTimeout(this.#idle)
    const id = this.#nextId++
    // Only the thread knows how far the call came, and so whether it may have arrived.
    limit.onEnd = () => this.#giveUp(id, limit.reason)
    this.#waiting.set(id, { request, limit, mark, resolve, reject })
    this.#order(id, mark, request)
    this.#postSoon()
    return promise
  }

  #order(id: number, mark: number, { method, url: { href }, headers, body }: ShortRequest): void {
    const { ids, marks, bodies, traces, heads } = this.#calls
    const last = this.#head
    if (last?.href !== href || last.method !== method || !areSame(last.headers, headers)) {
      this.#head = { method, href, headers: withoutTrace(headers) }
      heads.push({ from: ids.length, ...this.#head })
    }
    ids.push(id)
    marks.push(mark)
    bodies.push(body)
    traces.push(traceIn(headers))
  }

  #giveUp(id: number, reason: unknown): void {
    const isTimeout = reason instanceof Error && reason.name === "TimeoutError"
    this.#givenUp.push({ id, why: isTimeout ? "TimeoutError" : "AbortError" })
    this.#postSoon()
  }

  #postSoon(): void {
    if (this.#isPostedSoon) return
    this.#isPostedSoon = true
    setImmediate(() => {
      this.#isPostedSoon = false
      const orders = this.#takeOrders()
      if (orders.calls.ids.length + orders.givenUp.length === 0) return
      this.#thread ??= this.#start()
      this.#thread.post(orders)
    })
  }

  #takeOrders(): Orders {
    const orders = { calls: this.#calls, givenUp: this.#givenUp }
    this.#calls = noCalls()
    this.#givenUp = []
    this.#head = undefined
    return orders
  }

  #start(): WorkerThread<Orders, Replies> {
    const settings: ThreadSettings = {
      proxy: this.#proxy,
      certificates: getCACertificates("default"),
      marks: this.#marks.shared,
    }
    const thread: WorkerThread<Orders, Replies> = new WorkerThread({
      name: "sending",
      module: moduleBeside(import.meta.url, "sending-thread"),
      workerData: settings,
      onReply: (replies) => this.#take(replies),
      onFailure: (error) => this.#fail(thread, error),
    })
    return thread
  }

  #take({ connected, answered, failed }: Replies): void {
    for (const id of connected) this.#waiting.get(id)?.request.onConnected?.()
    const { statuses, contentTypes, bodies } = answered
    for (const [index, id] of answered.ids.entries()) {
      const [status = 0, contentType = "", body = ""] = [statuses[index], contentTypes[index], bodies[index]]
      this.#settled(id)?.resolve({ status, contentType, body })
    }
    for (const { id, kind, mayHaveArrived, code, host } of failed) {
      this.#settled(id)?.reject(new TransportFault(kind, mayHaveArrived, { host, code }))
    }
    this.#endWhenIdle()
  }

  #endWhenIdle(): void {
    clearTimeout(this.#idle)
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  #settled(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return undefined
    this.#waiting.delete(id)
    this.#marks.giveBack(waiting.mark)
    waiting.limit.onEnd = undefined
    return waiting
  }

  #fail(thread: WorkerThread<Orders, Replies>, error: unknown): void {
    this.#report("sending", error)
    if (this.#thread !== thread) return
    this.#thread = undefined
    // The cause of the failure may last: so no thread is started for a while, instead of one after another.
    this.#noThreadUntil = performance.now() + NO_THREAD_MS
    this.#letGo(({ request, limit }) => this.#near.request[WITHIN](request, limit))
  }

  /** For calls that were written to a socket it is unknown how far they came. @param unsent where the others go */
  #letGo(unsent: (waiting: Waiting) => Promise<TransportResponse>): void {
    this.#takeOrders()
    for (const [id, waiting] of this.#waiting.entries()) {
      const mayHaveArrived = this.#marks.isSet(waiting.mark)
      this.#settled(id)
      if (mayHaveArrived) waiting.reject(threadEnded(waiting, true))
      else waiting.resolve(unsent(waiting))
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    this.#letGo((waiting) => Promise.reject(threadEnded(waiting, false)))
    await thread?.end()
  }
}

/** Empty if the headers have no trace. */
function traceIn({ traceparent, tracestate }: RequestHead["headers"]): Trace {
  if (traceparent === undefined) return ""
  return tracestate === undefined ? traceparent : `${traceparent} ${tracestate}`
}

function withoutTrace(headers: RequestHead["headers"]): RequestHead["headers"] {
  if (headers["traceparent"] === undefined) return headers
  const { traceparent: _, tracestate: _state, ...others } = headers
  return others
}

/** Compares headers apart from the trace, in which nearly all calls differ. @param head headers without a trace */
function areSame(head: RequestHead["headers"], headers: RequestHead["headers"]): boolean {
  if (head === headers) return true
  const names = Object.keys(head)
  return names.length === countWithoutTrace(headers) && names.every((name) => head[name] === headers[name])
}

function countWithoutTrace(headers: RequestHead["headers"]): number {
  const { length } = Object.keys(headers)
  if (headers["traceparent"] === undefined) return length
  return length - (headers["tracestate"] === undefined ? 1 : 2)
}

function threadEnded({ request }: Waiting, mayHaveArrived: boolean): TransportFault {
  return new TransportFault("reset", mayHaveArrived, { host: request.url.host, code: "THREAD_ENDED" })
}

const BUSY: BusyRule = { from: 16, keepsMs: 100 }
/** The idle thread uses some thirty megabytes. */
const IDLE_MS = 10_000
const NO_THREAD_MS = 1000

/** A long call costs by its bytes, not by being one more call. */
function isShort(request: RequestWithin): request is ShortRequest {
  return typeof request.body === "string" && request.body.length <= SHORT_BODY
}

type ShortRequest = RequestWithin & { readonly body: string }

/** In characters. */
const SHORT_BODY = 8192
