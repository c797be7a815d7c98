import { setDefaultCACertificates } from "node:tls"
import { parentPort, workerData } from "node:worker_threads"
import { TransportFault, undiciTransport } from "@wecom-push/sdk"
import { AttemptLimit, WITHIN } from "@wecom-push/sdk/internals"
import type { TransportResponse } from "@wecom-push/sdk"
import { READY } from "../threads/worker-thread.ts"
import { setSent } from "./sent-marks.ts"
import type { Answered, CallOrder, Failed, Orders, Replies, ThreadSettings } from "./thread-messages.ts"

/** The thread that carries short calls while there are many. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort
const { proxy, certificates, marks }: ThreadSettings = workerData
setDefaultCACertificates(certificates)
const sent = new Uint8Array(marks)
const transport = undiciTransport(proxy === undefined ? {} : { proxy })
const underWay = new Map<number, AttemptLimit>()
let connected: number[] = []
let answered: Answered[] = []
let failed: Failed[] = []
let isToldSoon = false

port.on("message", ({ calls, givenUp }: Orders) => {
  let to: Target | undefined
  for (const call of calls) {
    if (call.to !== undefined) to = { method: call.to.method, headers: call.to.headers, url: new URL(call.to.href) }
    if (to === undefined) throw new Error("the first call of a batch says where it goes")
    void perform(call, to)
  }
  for (const { id, why } of givenUp) underWay.get(id)?.end(new DOMException("given up", why))
})

port.postMessage(READY)

interface Target {
  readonly method: "GET" | "POST"
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
}

async function perform({ id, mark, body }: CallOrder, { method, url, headers }: Target): Promise<void> {
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
    answered.push({ id, status, contentType, body: text })
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
    answered = []
    failed = []
    port.postMessage(replies, [])
  })
}
