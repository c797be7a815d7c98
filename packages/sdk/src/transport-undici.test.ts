import assert from "node:assert/strict"
import { test } from "node:test"
import { Agent } from "undici"
import { byteTransportContract } from "./testing/byte-transport-contract.ts"
import { connectTimeContract } from "./testing/connect-time-contract.ts"
import { httpAnswer, startRawServer } from "./testing/raw-server.ts"
import { makeTestCertificate } from "./testing/test-certificate.ts"
import { transportContract } from "./testing/transport-contract.ts"
import type { TransportUnderTest } from "./testing/transport-contract.ts"
import { undiciTransport } from "./transport-undici.ts"
import { TransportFault } from "./transport.ts"

const under: TransportUnderTest = {
  open: (proxy) => undiciTransport(proxy === undefined ? {} : { proxy }),
  knowsPhase: true,
}
await transportContract("undici", under)
byteTransportContract("undici", under)
connectTimeContract("undici", undiciTransport)

test("undici: a request still queued for a connection when it is given up has not gone out, and never will", async (t) => {
  const held: (() => void)[] = []
  await using server = await startRawServer({
    onRequest: (socket) => held.push(() => socket.write(httpAnswer("{}"))),
  })
  const dispatcher = new Agent({ connections: 1 })
  t.after(() => dispatcher.close())
  const transport = undiciTransport({ dispatcher })
  const send = (path: string, signal: AbortSignal) =>
    transport.request({ method: "POST", url: new URL(path, `http://127.0.0.1:${server.port}`), headers: {}, signal })

  const first = send("/first", AbortSignal.timeout(20_000))
  const impatient = new AbortController()
  const queued = send("/queued", impatient.signal)
  const third = send("/third", AbortSignal.timeout(20_000))
  impatient.abort()
  const fault = await queued.catch((error: unknown) => error)
  assert.ok(fault instanceof TransportFault)
  assert.equal(fault.mayHaveArrived, false)

  const answerHeld = setInterval(() => held.shift()?.(), 5)
  t.after(() => clearInterval(answerHeld))
  await Promise.all([first, third])
  assert.deepEqual(
    server.requests.map((request) => request.split(" ")[1]),
    ["/first", "/third"],
  )
  assert.equal(server.connections.length, 1)
})

// proves 28.D7: TLS to others
test("D7: undici: where the environment switches the check of certificates off, a dispatcher of the caller's sends nothing", async (t) => {
  await using server = await startRawServer({
    tls: await makeTestCertificate(),
    onRequest: (socket) => socket.write(httpAnswer("{}")),
  })
  const dispatcher = new Agent()
  t.after(() => dispatcher.close())
  t.mock.method(process, "emitWarning", () => undefined)
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
  t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"])
  const url = new URL(`https://127.0.0.1:${server.port}`)
  const request = { method: "POST", url, headers: {}, body: "{}", signal: AbortSignal.timeout(20_000) } as const
  for (const ask of ["request", "download"] as const) {
    const transport = undiciTransport({ dispatcher })
    const fault = await transport[ask](request).catch((error: unknown) => error)
    assert.ok(fault instanceof TransportFault)
    assert.deepEqual([fault.kind, fault.mayHaveArrived, fault.code], ["tls", false, "NODE_TLS_REJECT_UNAUTHORIZED=0"])
  }
  assert.deepEqual(server.requests, [])
})

test("undici: a dispatcher of the caller's stays open", async () => {
  await using server = await startRawServer({ onRequest: (socket) => socket.write(httpAnswer("{}")) })
  const dispatcher = new Agent()
  await undiciTransport({ dispatcher }).close()
  const { body } = await dispatcher.request({ origin: `http://127.0.0.1:${server.port}`, path: "/", method: "GET" })
  assert.equal(await body.text(), "{}")
  await dispatcher.close()
})
