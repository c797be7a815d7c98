import { parentPort, workerData } from "node:worker_threads"

/** Posts a million mobiles from a thread of its own, so that the sender holds up nobody who is measured. */
const { url, key, count }: { url: string; key: string; count: number } = workerData
const mobiles = Array.from({ length: count }, (_, n) => String(13_000_000_000 + n))
const body = JSON.stringify({ app: "alerts", to: { mobiles }, msgtype: "text", text: { content: "磁盘 91%" } })
const started = performance.now()
const answer = await fetch(`${url}/v1/messages`, {
  method: "POST",
  headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
  body,
})
await answer.text()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads has no origin
parentPort?.postMessage({ status: answer.status, ms: performance.now() - started })
