import { setDefaultCACertificates } from "node:tls"
import { parentPort, workerData } from "node:worker_threads"
import { TransportFault, undiciTransport } from "@wecom-push/sdk"
import { READY } from "../threads/worker-thread.ts"
import { setSent } from "./sent-marks.ts"
import type { Order, Reply, ThreadSettings } from "./thread-messages.ts"

/** The thread that carries short calls while there are many. */
if (parentPort === null) throw new Error("this module runs in a worker thread")
const port = parentPort
const { proxy, certificates, marks }: ThreadSettings = workerData
setDefaultCACertificates(certificates)
const sent = new Uint8Array(marks)
const transport = undiciTransport(proxy === undefined ? {} : { proxy })
const underWay = new Map<number, AbortController>()
let replies: Reply[] = []

port.on("message", (orders: readonly Order[]) => {
  for (const order of orders) {
    if ("href" in order) void perform(order)
    else underWay.get(order.id)?.abort(new DOMException("given up", order.givenUp))
  }
})

port.postMessage(READY)

async function perform({
  id,
  mark,
  method,
  href,
  headers,
  body,
  tellsConnected,
}: Extract<Order, { href: string }>): Promise<void> {
  const controller = new AbortController()
  underWay.set(id, controller)
  const url = new URL(href)
  try {
    const onConnected = (): void => {
      setSent(sent, mark)
      if (tellsConnected) reply({ id, isConnected: true })
    }
    const { signal } = controller
    reply({ id, response: await transport.request({ method, url, headers, body, signal, onConnected }) })
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error
    const { kind, mayHaveArrived, code, host } = error
    reply({ id, fault: { kind, mayHaveArrived, code, host } })
  } finally {
    underWay.delete(id)
  }
}

function reply(one: Reply): void {
  if (replies.push(one) > 1) return
  setImmediate(() => {
    port.postMessage(replies, [])
    replies = []
  })
}
