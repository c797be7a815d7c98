import { extname } from "node:path"
import { getCACertificates } from "node:tls"
import { Worker } from "node:worker_threads"
import { TransportFault, undiciTransport } from "@wecom-push/sdk"
import type { ProxySettings, Transport, TransportDownload, TransportRequest, TransportResponse } from "@wecom-push/sdk"
import { TransientMap } from "../core/transient-map.ts"
import type { Order, Reply, ThreadSettings } from "./thread-messages.ts"

/**
 * From so many calls under way on, short ones go by a thread of their own, until there have not been as many for a while:
 * calls that wait for the same sync go out in waves, and between two of them few are under way.
 */
export interface Crowd {
  readonly from: number
  readonly lullMs: number
}

interface Waiting {
  readonly request: TransportRequest
  readonly onAbort: () => void
  readonly resolve: (response: TransportResponse) => void
  readonly reject: (fault: TransportFault) => void
}

/**
 * Carries calls by undici: a few in the thread that serves; while there are many, short ones in a thread of its own,
 * since speaking HTTP is a fifth of what a send costs. One call alone would only lose by the way there and back.
 */
export class CrowdTransport implements Transport {
  readonly #crowd: Crowd
  readonly #proxy: ProxySettings | undefined
  readonly #near: Transport
  readonly #waiting = new TransientMap<number, Waiting>()
  #underWay = 0
  #crowdedUntil = -Infinity
  #isClosed = false
  #orders: Order[] = []
  #thread: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #nextId = 1

  constructor(proxy?: ProxySettings, crowd: Crowd = CROWD) {
    this.#crowd = crowd
    this.#proxy = proxy
    this.#near = undiciTransport(proxy === undefined ? {} : { proxy })
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.#underWay++
    try {
      const goesByThread = this.#isCrowded() && !this.#isClosed && isShort(request) && !request.signal.aborted
      return await (goesByThread ? this.#byThread(request) : this.#near.request(request))
    } finally {
      this.#underWay--
    }
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
    if (this.#underWay >= this.#crowd.from) this.#crowdedUntil = now + this.#crowd.lullMs
    return this.#underWay >= this.#crowd.from || now < this.#crowdedUntil
  }

  #byThread(request: ShortRequest): Promise<TransportResponse> {
    const { method, url, headers, body, signal } = request
    const { promise, resolve, reject } = Promise.withResolvers<TransportResponse>()
    // Before the timer can end the thread that this call is meant for.
    clearTimeout(this.#idle)
    const id = this.#nextId++
    const onAbort = (): void => {
      const isTimeout = signal.reason instanceof Error && signal.reason.name === "TimeoutError"
      // The thread knows how far it came, and so whether it may have arrived.
      this.#order({ id, givenUp: isTimeout ? "TimeoutError" : "AbortError" })
    }
    signal.addEventListener("abort", onAbort)
    this.#waiting.set(id, { request, onAbort, resolve, reject })
    this.#order({ id, method, href: url.href, headers, body })
    return promise
  }

  #order(order: Order): void {
    if (this.#orders.push(order) > 1) return
    setImmediate(() => {
      const orders = this.#orders
      if (orders.length === 0) return
      this.#orders = []
      this.#thread ??= this.#start()
      this.#thread.postMessage(orders, [])
    })
  }

  #start(): Worker {
    const settings: ThreadSettings = { proxy: this.#proxy, certificates: getCACertificates("default") }
    const thread = new Worker(new URL(`./sending-thread${extname(import.meta.url)}`, import.meta.url), {
      name: "sending",
      workerData: settings,
    })
    thread.unref()
    thread.on("message", (replies: readonly Reply[]) => this.#take(replies))
    thread.on("error", () => this.#fail(thread))
    thread.on("exit", () => this.#fail(thread))
    return thread
  }

  #take(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const waiting = this.#settled(reply.id)
      if (waiting === undefined) continue
      if ("response" in reply) waiting.resolve(reply.response)
      else {
        const { kind, mayHaveArrived, code, host } = reply.fault
        waiting.reject(new TransportFault(kind, mayHaveArrived, { host, code }))
      }
    }
    clearTimeout(this.#idle)
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref()
  }

  #settled(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return undefined
    this.#waiting.delete(id)
    waiting.request.signal.removeEventListener("abort", waiting.onAbort)
    return waiting
  }

  #fail(thread: Worker): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    this.#tellAll()
  }

  /** Nobody knows how far those calls came that a thread had when it ended; what it was not given yet stays here. */
  #tellAll(): void {
    this.#orders = []
    for (const id of this.#waiting.keys()) {
      const waiting = this.#settled(id)
      waiting?.reject(new TransportFault("reset", true, { host: waiting.request.url.host, code: "THREAD_ENDED" }))
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    this.#tellAll()
    await thread?.terminate()
  }
}

const CROWD: Crowd = { from: 16, lullMs: 100 }
/** It keeps some thirty megabytes. */
const IDLE_MS = 10_000

/** What is long costs by what it says, not by being one call more. */
function isShort(request: TransportRequest): request is ShortRequest {
  return typeof request.body === "string" && request.body.length <= SHORT_BODY
}

type ShortRequest = TransportRequest & { readonly body: string }

/** In characters. */
const SHORT_BODY = 8192
