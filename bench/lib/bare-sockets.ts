// Opens WebSockets as robots do, and does nothing else. Measures how long that takes, and how much its memory grows, without
// everything that a gateway keeps.
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket } from "undici"

const SETTLE_MS = 3000
/** As many at once as a gateway opens. */
const AT_ONCE = 64
const [, , url = "", first = "0", count = "0", secret = ""] = process.argv
const open: WebSocket[] = []

process.send?.({ port: 0 })
let next = Number(first)
const end = next + Number(count)
// The first connection loads the code that all use.
await connect(next++)
await sleep(SETTLE_MS)
const before = process.memoryUsage().rss
const startedAt = performance.now()
await Promise.all(Array.from({ length: AT_ONCE }, connectOthers))
const tookMs = performance.now() - startedAt
await sleep(SETTLE_MS)
process.send?.({ grew: process.memoryUsage().rss - before, tookMs })
setInterval(() => undefined, 60_000)

async function connectOthers(): Promise<void> {
  while (next <= end) await connect(next++)
}

async function connect(n: number): Promise<void> {
  const socket = new WebSocket(url)
  const { promise, resolve } = Promise.withResolvers<unknown>()
  socket.addEventListener("message", resolve)
  socket.addEventListener("open", () => {
    const body = { bot_id: `robot-${n}`, secret }
    socket.send(JSON.stringify({ cmd: "aibot_subscribe", headers: { req_id: "1" }, body }))
  })
  await promise
  open.push(socket)
}
