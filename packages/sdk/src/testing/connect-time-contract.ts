import assert from "node:assert/strict"
import { once } from "node:events"
import type { Socket } from "node:net"
import { suite, test } from "node:test"
import { TransportFault } from "../transport.ts"
import type { Transport } from "../transport.ts"
import type { ProxySettings } from "../transport/proxy.ts"
import { startRawServer } from "./raw-server.ts"

interface ConnectOptions {
  readonly connectTimeoutMs: number
  readonly proxy?: ProxySettings
}

/** Rules for a transport that makes its connections itself. */
export function connectTimeContract(name: string, open: (options: ConnectOptions) => Transport): void {
  suite(`${name} transport, connecting`, () => {
    // proves 11.S4: time begins with the socket
    test("a connection that is never ready is given up in the time for connecting, its socket closed, and nothing sent", async (t) => {
      await using server = await startRawServer({})
      const transport = open({ connectTimeoutMs: 200 })
      t.after(() => transport.close())
      await givenUp(transport, `https://127.0.0.1:${server.port}`)
      await allClosed(server.connections)
    })

    // proves 11.S4: time begins with the socket
    test("a proxy that never answers is given up in the time for connecting, its socket closed, and nothing sent", async (t) => {
      await using proxy = await startRawServer({})
      const transport = open({ connectTimeoutMs: 200, proxy: { httpsProxy: `http://127.0.0.1:${proxy.port}` } })
      t.after(() => transport.close())
      await givenUp(transport, "https://wecom.example")
      assert.match(proxy.requests[0] ?? "", /^CONNECT wecom\.example:443 /)
      await allClosed(proxy.connections)
    })

    // proves 11.S4: time begins with the socket
    test("the time for connecting ends with the connection: a slow answer is waited for", async (t) => {
      await using server = await startRawServer({})
      const transport = open({ connectTimeoutMs: 50 })
      t.after(() => transport.close())
      const url = new URL(`http://127.0.0.1:${server.port}`)
      const signal = AbortSignal.timeout(1500)
      const fault = await faultOf(transport.request({ method: "POST", url, headers: {}, body: "{}", signal }))
      assert.deepEqual([fault.kind, fault.mayHaveArrived, signal.aborted], ["timeout", true, true])
    })
  })
}

async function givenUp(transport: Transport, origin: string): Promise<void> {
  const signal = AbortSignal.timeout(15_000)
  const request = { method: "POST", url: new URL(origin), headers: {}, body: "{}", signal } as const
  const fault = await faultOf(transport.request(request))
  assert.deepEqual([fault.kind, fault.mayHaveArrived, signal.aborted], ["timeout", false, false], fault.message)
}

async function allClosed(sockets: readonly Socket[]): Promise<void> {
  assert.ok(sockets.length > 0)
  for (const socket of sockets) if (!socket.closed) await once(socket, "close")
}

async function faultOf(request: Promise<unknown>): Promise<TransportFault> {
  const fault = await request.then(
    () => assert.fail("it answered"),
    (error: unknown) => error,
  )
  assert.ok(fault instanceof TransportFault, String(fault))
  return fault
}
