// Many followers of one key, in a process of their own: node readers.ts URL KEY COUNT. They read raw sockets, so that the
// gateway is measured and not its readers.
import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

const [url = "", key = "", count = ""] = process.argv.slice(2)
const { hostname, port } = new URL(url)
const request = `GET /v1/events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\naccept: text/event-stream\r\n\r\n`
/** As in `event: message.accepted`; each event has it once. */
const ACCEPTED = "event: message.accepted"
const AT = /"at":"([^"]+)"/g

const counts: number[] = []
let latestMs = 0

await Promise.all(Array.from({ length: Number(count) }, (_, index) => follow(index)))
process.send?.({ port: Number(port) })
process.on("message", ({ wanted, withinMs }: { readonly wanted: number; readonly withinMs: number }) => {
  void tell(wanted, withinMs)
})
process.on("disconnect", () => process.exit())

/** Resolves once the stream has begun. */
async function follow(index: number): Promise<void> {
  counts[index] = 0
  const socket = connect(Number(port), hostname)
  await once(socket, "connect")
  socket.setEncoding("latin1").write(request)
  const { promise, resolve } = Promise.withResolvers<void>()
  // An event may come in two pieces.
  let rest = ""
  socket.on("data", (piece: string) => {
    if (piece.includes("retry:")) resolve()
    const all = rest + piece
    const end = all.lastIndexOf("\n\n") + 2
    rest = end < 2 ? all : all.slice(end)
    if (end >= 2) take(index, all.slice(0, end))
  })
  await promise
}

function take(index: number, events: string): void {
  counts[index] = (counts[index] ?? 0) + events.split(ACCEPTED).length - 1
  const now = Date.now()
  for (const [, at = ""] of events.matchAll(AT)) latestMs = Math.max(latestMs, now - Date.parse(at))
}

async function tell(wanted: number, withinMs: number): Promise<void> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(20))
    if (counts.every((has) => has >= wanted)) break
  // An event that comes twice would have come by then.
  await sleep(200)
  process.send?.({ heard: { counts, latestMs } })
}
