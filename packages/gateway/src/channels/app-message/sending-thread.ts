import { setDefaultCACertificates } from "node:tls"
import { parentPort, workerData } from "node:worker_threads"
import { TransportFault, undiciTransport } from "@wecom-push/sdk"
import { AttemptLimit, WITHIN } from "@wecom-push/sdk/internals"
import type { TransportResponse } from "@wecom-push/sdk"
import { traceHeaders } from "../../model/trace.ts"
import type { Trace } from "../../model/trace.ts"
import { READY } from "../../threads/worker-thread.ts"
import { setSent } from "./sent-marks.ts"
import { noAnswers } from "./thread-messages.ts"
import type { Failed, Orders, Replies, RequestHead, ThreadSettings } from "./thread-messages.ts"

/** The thread that carries short calls while there are many. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort
const { proxy, certificates, marks }: ThreadSettings = workerData
setDefaultCACertificates(certificates)
const sent = new Uint8Array(marks)
const transport = undiciTransport(proxy === undefined ? {} : { proxy })
const underWay = new Map<number, AttemptLimit>()
let connected: number[] = []
let answered = noAnswers()
let failed: Failed[] = []
let isToldSoon = false

port.on("message", ({ calls: { ids, marks, bodies, traces, heads }, givenUp }: Orders) => {
  let head: ParsedHead | undefined
  let nextHead = 0
  for (const [index, id] of ids.entries()) {
    const other = heads[nextHead]
    if (other?.from === index) {
      head = parsed(other)
      nextHead++
    }
    const [mark, body] = [marks[index], bodies[index]]
    if (head === undefined || mark === undefined || body === undefined)
      throw new Error("a call of a batch is not whole")
    void perform(id, mark, body, withTrace(head, traces[index]))
  }
  for (const { id, why } of givenUp) underWay.get(id)?.end(new DOMException("given up", why))
})

port.postMessage(READY)

type ParsedHead = Omit<RequestHead, "href"> & { readonly url: URL }

function parsed({ href, method, headers }: RequestHead): ParsedHead {
  return { method, headers, url: new URL(href) }
}

function withTrace(head: ParsedHead, trace: Trace | undefined): ParsedHead {
  return trace ? { ...head, headers: { ...head.headers, ...traceHeaders(trace) } } : head
}

async function perform(id: number, mark: number, body: string, { method, url, headers }: ParsedHead): Promise<void> {
  const limit = new AttemptLimit(undefined)
  underWay.set(id, limit)
  try {
    const onConnected = (): void => {
      setSent(sent, mark)
      connected.push(id)
      tellSoon()
    }
    const {
      status,
      contentType,
      body: text,
    }: TransportResponse = await transport.request[WITHIN]({ method, url, headers, body, onConnected }, limit)
    answered.ids.push(id)
    answered.statuses.push(status)
    answered.contentTypes.push(contentType)
    answered.bodies.push(text)
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error
    const { kind, mayHaveArrived, code, host } = error
    failed.push({ id, kind, mayHaveArrived, code, host })
  } finally {
    underWay.delete(id)
  }
  tellSoon()
}

function tellSoon(): void {
  if (isToldSoon) return
  isToldSoon = true
  setImmediate(() => {
    isToldSoon = false
    const replies: Replies = { connected, answered, failed }
    connected = []
    answered = noAnswers()
    failed = []
    port.postMessage(replies, [])
  })
}
