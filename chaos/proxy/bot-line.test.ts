import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { WebSocket, WebSocketServer } from "ws"
import { FaultProxy } from "./fault-proxy.ts"
import type { WireFault } from "./line.ts"

const frame = (reqId: string): string =>
  JSON.stringify({ cmd: "aibot_send_msg", headers: { req_id: reqId }, body: { msgtype: "markdown" } })

/**
 * A server of smart robots behind a proxy; `seen` are the frames that reached it, `asked` the exchanges for which the proxy
 * asked for a fault, `lost` the frames that lost their answer to another frame's fault. It never answers the frame `quiet`.
 */
async function behindProxy(faults: Readonly<Record<string, WireFault>>) {
  const seen: string[] = []
  const asked: string[] = []
  const lost: string[] = []
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on("connection", (socket) =>
    socket.on("message", (data: Buffer) => {
      const text = data.toString("utf8")
      const { headers }: { readonly headers: unknown } = JSON.parse(text)
      seen.push(text)
      if (text !== frame("quiet")) socket.send(JSON.stringify({ headers, errcode: 0 }))
    }),
  )
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  let exchanges = 0
  const proxy = await FaultProxy.to(port, {
    faultOf: (path, exchange) => {
      asked.push(`${path} ${exchange}`)
      return faults[path]
    },
    nameExchange: () => `1.${++exchanges}`,
    onLost: ({ name }) => lost.push(name),
  })
  return {
    seen,
    asked,
    lost,
    proxy,
    sockets,
    /** Resolves when the connection is open, or has failed. */
    async connect(): Promise<WebSocket> {
      const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/_bot`)
      const { promise, resolve } = Promise.withResolvers<void>()
      socket.on("error", () => undefined)
      socket.once("open", resolve).once("close", () => resolve())
      await promise
      return socket
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      for (const socket of sockets.clients) socket.terminate()
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What the sender of a frame sees. Tests that expect nothing pass a shorter patience; the others wait as long as they run. */
async function send(socket: WebSocket, text: string, patienceMs = 120_000): Promise<string> {
  socket.send(text)
  const answered = once(socket, "message").then(([data]: unknown[]) => String(data))
  const ended = once(socket, "close").then(([code]: unknown[]) => (code === 1006 ? "cut" : "closed"))
  return Promise.race([answered, ended, sleep(patienceMs, "nothing", { ref: false })])
}

const FRAMES = "/_bot/aibot_send_msg"
const ANSWER = JSON.stringify({ headers: { req_id: "a" }, errcode: 0 })

const cases: readonly (readonly [fault: WireFault | undefined, outcome: string, arrived: number])[] = [
  [undefined, ANSWER, 1],
  [{ kind: "reset_at_once" }, "cut", 0],
  [{ kind: "reset_request", afterBytes: 10 }, "cut", 0],
  [{ kind: "black_hole" }, "nothing", 0],
  [{ kind: "swallow_reply" }, "nothing", 1],
  [{ kind: "reset_reply", afterBytes: 10 }, "cut", 1],
  [{ kind: "fin_reply", afterBytes: 10 }, "closed", 1],
  [{ kind: "delay_reply", ms: 30 }, ANSWER, 1],
  [{ kind: "drip_reply", pieceBytes: 40, everyMs: 2 }, ANSWER, 1],
]
for (const [fault, outcome, arrived] of cases) {
  test(`a frame that meets ${JSON.stringify(fault ?? "no fault")}: ${outcome}, ${arrived} arrived`, async () => {
    await using line = await behindProxy(fault === undefined ? {} : { [FRAMES]: fault })
    const socket = await line.connect()
    const text = frame("a")
    assert.equal(await send(socket, text, outcome === "nothing" ? 500 : undefined), outcome)
    assert.deepEqual(line.seen, arrived === 0 ? [] : [text])
    assert.deepEqual(line.asked, ["/_bot 1.1", `${FRAMES} ${hash("sha256", text)}`])
    const isOpen = outcome === ANSWER || outcome === "nothing"
    assert.equal(socket.readyState === WebSocket.OPEN, isOpen)
    assert.equal(line.proxy.waiting().length, outcome === "nothing" ? 1 : 0)
  })
}

test("a handshake that meets a fault comes to nothing, or later", async () => {
  for (const [fault, state] of [
    [{ kind: "reset_at_once" }, WebSocket.CLOSED],
    [{ kind: "fin_reply", afterBytes: 0 }, WebSocket.CLOSED],
    [{ kind: "delay_reply", ms: 30 }, WebSocket.OPEN],
  ] as const) {
    await using line = await behindProxy({ "/_bot": fault })
    assert.equal((await line.connect()).readyState, state, fault.kind)
  }
})

test("a fault that ends the connection takes the answers of the other frames with it", async () => {
  for (const kind of ["reset_at_once", "reset_reply", "fin_reply"] as const) {
    const faults: Record<string, WireFault> = {}
    await using line = await behindProxy(faults)
    const socket = await line.connect()
    socket.send(frame("quiet"))
    while (line.seen.length === 0) await new Promise(setImmediate)
    faults[FRAMES] = { kind, afterBytes: 0 }
    await send(socket, frame("a"))
    assert.deepEqual(line.lost, [hash("sha256", frame("quiet"))], kind)
  }
})

test("frames whose answers are on their way are listed by their names, and cut with their connection", async () => {
  await using line = await behindProxy({ [FRAMES]: { kind: "delay_reply", ms: 5000 } })
  const socket = await line.connect()
  const sent = send(socket, frame("a"))
  while (line.seen.length === 0) await new Promise(setImmediate)
  const at = line.proxy.atWork().map(({ path, name }) => [path, name])
  assert.deepEqual(at, [[FRAMES, hash("sha256", frame("a"))]])
  line.proxy.cut()
  assert.equal(await sent, "cut")
})

test("what the other side says by itself passes, and so does the way in which it ends", async () => {
  await using line = await behindProxy({})
  for (const isKilled of [false, true]) {
    const socket = await line.connect()
    const [other] = line.sockets.clients
    const heard = once(socket, "message")
    other?.send(JSON.stringify({ cmd: "aibot_event_callback", headers: { req_id: "b" } }))
    assert.match(String((await heard)[0]), /aibot_event_callback/)
    const ended = once(socket, "close")
    if (isKilled) other?.terminate()
    else other?.close()
    assert.equal((await ended)[0] === 1006, isKilled)
  }
})

test("a connection that the client ends is over on the other side too", async () => {
  await using line = await behindProxy({})
  const socket = await line.connect()
  const [other] = line.sockets.clients
  assert.ok(other !== undefined)
  const ended = once(other, "close")
  socket.terminate()
  await ended
  assert.deepEqual(line.proxy.atWork(), [])
})
