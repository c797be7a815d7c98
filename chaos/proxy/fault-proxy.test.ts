import assert from "node:assert/strict"
import { once } from "node:events"
import { Agent, createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { test } from "node:test"
import { http } from "../lib/http.ts"
import { FaultProxy } from "./fault-proxy.ts"
import type { ProxyHooks, WireFault } from "./line.ts"

/** A server behind a proxy in which each request meets the next of `faults`; `seen` is what reached the server. */
async function behindProxy(faults: readonly (WireFault | undefined)[], hooks: ProxyHooks = {}) {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? "")
    response.end(JSON.stringify({ answered: request.url, filling: "x".repeat(200) }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  let next = 0
  const { port } = server.address() as AddressInfo
  const proxy = await FaultProxy.to(port, { faultOf: () => faults[next++], ...hooks })
  const why: unknown[] = []
  // Not the shared agent, which may have kept a connection to an earlier proxy on the same port.
  const connection = new Agent({ keepAlive: true })
  const get = (path: string, timeoutMs = 10_000): Promise<string> =>
    http({ url: `http://127.0.0.1:${proxy.port}${path}`, timeoutMs, connection }).then(
      ({ json }) => (json === undefined ? "half an answer" : "answered"),
      (error: unknown) => {
        why.push(error)
        return "nothing"
      },
    )
  return {
    seen,
    proxy,
    get,
    /** The errors behind "nothing". */
    why,
    async [Symbol.asyncDispose]() {
      connection.destroy()
      await proxy[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

const cases: readonly (readonly [WireFault | undefined, string, number])[] = [
  [undefined, "answered", 1],
  [{ kind: "reset_at_once" }, "nothing", 0],
  [{ kind: "reset_request", afterBytes: 10 }, "nothing", 0],
  [{ kind: "black_hole" }, "nothing", 0],
  [{ kind: "swallow_reply" }, "nothing", 1],
  [{ kind: "reset_reply", afterBytes: 0 }, "nothing", 1],
  [{ kind: "reset_reply", afterBytes: 250 }, "nothing", 1],
  [{ kind: "fin_reply", afterBytes: 250 }, "nothing", 1],
  [{ kind: "delay_reply", ms: 30 }, "answered", 1],
  [{ kind: "drip_reply", pieceBytes: 40, everyMs: 2 }, "answered", 1],
  [{ kind: "drip_reply", pieceBytes: 1, everyMs: 20 }, "nothing", 1],
]
for (const [fault, outcome, arrived] of cases) {
  test(`${JSON.stringify(fault ?? "no fault")}: the caller gets ${outcome}, ${arrived} arrived, and the next request goes through`, async () => {
    await using line = await behindProxy([fault])
    assert.equal(await line.get("/first", outcome === "nothing" ? 1000 : undefined), outcome)
    assert.equal(line.seen.length, arrived, String(line.why))
    assert.equal(await line.get("/second"), "answered")
  })
}

test("pieces of a reply come in their order, also when the proxy is held up between them", async (t) => {
  await using line = await behindProxy([{ kind: "drip_reply", pieceBytes: 40, everyMs: 2 }])
  const now = performance.now.bind(performance)
  let looks = 0
  // Half a second has passed when it reaches the fourth piece.
  t.mock.method(performance, "now", () => now() + (++looks > 6 ? 500 : 0))
  assert.equal(await line.get("/first"), "answered")
})

test("a proxy that refuses takes connections again on its port", async () => {
  await using line = await behindProxy([])
  const { port } = line.proxy
  line.proxy.refuse()
  line.proxy.cut()
  assert.equal(await line.get("/refused"), "nothing")
  assert.deepEqual(line.seen, [])
  await line.proxy.listen()
  assert.equal(line.proxy.port, port)
  assert.equal(await line.get("/taken"), "answered")
})

test("a request whose reply is held back is listed until it continues", async () => {
  await using line = await behindProxy([{ kind: "delay_reply", ms: 1000 }])
  const asked = line.get("/cgi-bin/message/send")
  while (line.seen.length === 0) await new Promise(setImmediate)
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.deepEqual(line.proxy.waiting(), ["/cgi-bin/message/send"])
  assert.equal(await asked, "answered")
  assert.deepEqual(line.proxy.waiting(), [])
})

// proves 13.K6: whose call it was
test("each exchange has a name of its own, which the other side gets and which is listed while it waits", async () => {
  let count = 0
  await using line = await behindProxy([{ kind: "delay_reply", ms: 50 }], { nameExchange: () => `2.${++count}` })
  const asked = line.get("/cgi-bin/message/send?access_token=1")
  while (line.seen.length === 0) await new Promise(setImmediate)
  const atWork = (): (readonly [string, string])[] => line.proxy.atWork().map(({ path, name }) => [path, name])
  assert.deepEqual(atWork(), [["/cgi-bin/message/send", "2.1"]])
  assert.equal(await asked, "answered")
  while (atWork().length > 0) await new Promise(setImmediate)
  assert.equal(await line.get("/cgi-bin/gettoken"), "answered")
  assert.deepEqual(line.seen, ["/cgi-bin/message/send?access_token=1&exchange=2.1", "/cgi-bin/gettoken?exchange=2.2"])
})

test("requests whose reply has not begun are listed by path", async () => {
  await using line = await behindProxy([{ kind: "swallow_reply" }])
  const asked = line.get("/cgi-bin/message/send?access_token=1", 300)
  while (line.seen.length === 0) await new Promise(setImmediate)
  assert.deepEqual(line.proxy.waiting(), ["/cgi-bin/message/send"])
  await asked
  while (line.proxy.waiting().length > 0) await new Promise(setImmediate)
})
