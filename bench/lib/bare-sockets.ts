// Opens WebSockets as robots do, and does nothing else: by how much its memory grows. Bare of everything that a gateway keeps.
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket } from "undici"

const SETTLE_MS = 3000
const [, , url = "", count = "0", secret = ""] = process.argv
const open: WebSocket[] = []

process.send?.({ port: 0 })
// The first loads what all use.
await connect(0)
await sleep(SETTLE_MS)
const before = process.memoryUsage().rss
for (let n = 1; n <= Number(count); n++) await connect(n)
await sleep(SETTLE_MS)
process.send?.({ grew: process.memoryUsage().rss - before })
setInterval(() => undefined, 60_000)

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
