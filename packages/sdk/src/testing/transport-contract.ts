import assert from "node:assert/strict"
import type { Socket } from "node:net"
import { suite, test } from "node:test"
import type { TestContext } from "node:test"
import { setImmediate } from "node:timers/promises"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { MAX_ANSWER_BYTES, TransportFault } from "../transport.ts"
import type { Transport, TransportFaultKind, TransportRequest } from "../transport.ts"
import type { ProxySettings } from "../transport/proxy.ts"
import { startConnectProxy } from "./connect-proxy.ts"
import { closedPort, httpAnswer, startRawServer } from "./raw-server.ts"
import type { RawServerOptions } from "./raw-server.ts"
import { makeTestCertificate } from "./test-certificate.ts"

export interface TransportUnderTest {
  readonly open: (proxy?: ProxySettings) => Transport
  /** False for `fetch`: a failure may then have arrived unless its cause rules that out. */
  readonly knowsPhase: boolean
}

/** Rules for every transport. Each failure has a kind, and says whether the request may have arrived. */
export async function transportContract(name: string, { open, knowsPhase }: TransportUnderTest): Promise<void> {
  const certificate = await makeTestCertificate()

  suite(`${name} transport`, () => {
    test("sends method, path, query, headers and the very bytes of the body, and asks for no compression", async (t) => {
      const { server, request } = await serving(t, { onRequest: (socket) => socket.write(httpAnswer("{}")) })
      await request({ body: '{"text":"你好\\n"}', headers: { "content-type": "application/json; charset=utf-8" } })
      const [head = "", body] = server.requests[0]?.split("\r\n\r\n") ?? []
      assert.match(head, /^POST \/path-canary\?access_token=canary HTTP\/1\.1\r\n/)
      assert.match(head, /^content-type: application\/json; charset=utf-8\r?$/im)
      assert.match(head, /^content-length: 19\r?$/im)
      assert.doesNotMatch(head, /^(accept-encoding: (?!identity)|transfer-encoding|expect)/im)
      assert.equal(body, '{"text":"你好\\n"}')
    })

    test("resolves with status, content type and body of whatever was answered", async (t) => {
      const html = httpAnswer("<html>坏网关</html>", "502 Bad Gateway", "text/html")
      const { request } = await serving(t, { onRequest: (socket) => socket.write(html) })
      assert.deepEqual(await request(), { status: 502, contentType: "text/html", body: "<html>坏网关</html>" })
    })

    test("does not follow a redirect", async (t) => {
      const { server, request } = await serving(t, {
        onRequest: (socket) => socket.write("HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"),
      })
      assert.equal((await request()).status, 302)
      assert.equal(server.requests.length, 1)
    })

    test("an answer without a length ends where the connection does; the reader must notice the missing half", async (t) => {
      const { request } = await serving(t, {
        onRequest: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"errcode":0,'),
      })
      assert.equal((await request()).body, '{"errcode":0,')
    })

    test("a refused connection cannot have carried anything", async (t) => {
      const port = await closedPort()
      await fails(t, requestTo(t, `http://127.0.0.1:${port}`), "refused", false, `127.0.0.1:${port}`)
    })

    test("that a connection has taken the request is reported once, before the answer", async (t) => {
      let told = 0
      const { request } = await serving(t, { onRequest: (socket) => socket.write(httpAnswer("{}")) })
      for (const times of [1, 2]) {
        await request({ onConnected: () => void told++ })
        assert.equal(told, times)
      }
    })

    if (knowsPhase) {
      test("no connection is reported where none was made, or where TLS is not ready", async (t) => {
        const onConnected = notTold
        const { request } = await serving(t, { tls: certificate })
        await fails(t, request({ onConnected }), "tls", false)
        const { request: toPlain } = await serving(t, {})
        const url = urlOf(`https://127.0.0.1:${await closedPort()}`)
        await fails(t, toPlain({ url, onConnected }), "refused", false)
      })
    }

    test("an unknown name cannot have carried anything", async (t) => {
      await fails(t, requestTo(t, "http://wecom.invalid"), "dns", false, "wecom.invalid")
    })

    test("an untrusted certificate ends it before anything is sent", async (t) => {
      const { server, request } = await serving(t, { tls: certificate })
      await fails(t, request(), "tls", false, `127.0.0.1:${server.port}`)
      assert.deepEqual(server.requests, [])
    })

    // proves 28.D7: TLS to others
    test("the environment cannot switch verification off", async (t) => {
      const { server, request } = await serving(t, { tls: certificate })
      t.mock.method(process, "emitWarning", () => undefined)
      process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
      t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"])
      await fails(t, request(), "tls", false)
      assert.deepEqual(server.requests, [])
    })

    // proves 11.N3: IPv6, proxies, a private root
    test("a certificate that is trusted carries the request", async (t) => {
      trust(t, certificate.cert)
      const { request } = await serving(t, {
        tls: certificate,
        onRequest: (socket) => socket.write(httpAnswer('{"a":1}')),
      })
      assert.equal((await request()).body, '{"a":1}')
    })

    // proves 11.N3: IPv6, proxies, a private root
    test("an IPv6 address is reached, with and without TLS", async (t) => {
      const six = await makeTestCertificate({ names: [], addresses: ["::1"] })
      trust(t, six.cert)
      await using plain = await startRawServer({ host: "::1", onRequest: answerOne })
      await using secure = await startRawServer({ host: "::1", onRequest: answerOne, tls: six })
      for (const origin of [`http://[::1]:${plain.port}`, `https://[::1]:${secure.port}`]) {
        assert.equal((await requestTo(t, origin)).body, '{"a":1}')
      }
    })

    test("plain HTTP on a TLS port is no TLS", async (t) => {
      const { server, request } = await serving(t, {
        onConnection: (socket) => socket.once("data", () => socket.end(httpAnswer("not TLS", "400 Bad Request"))),
      })
      await fails(t, request({ url: urlOf(`https://127.0.0.1:${server.port}`) }), "tls", !knowsPhase)
    })

    test("a reset during the TLS handshake comes before the request", async (t) => {
      const { server, request } = await serving(t, {
        onConnection: (socket) => socket.once("data", () => socket.resetAndDestroy()),
      })
      await fails(t, request({ url: urlOf(`https://127.0.0.1:${server.port}`) }), "reset", !knowsPhase)
    })

    test("a handshake that never ends is cut by the deadline, before the request", async (t) => {
      const { server, request } = await serving(t, {})
      const signal = AbortSignal.timeout(200)
      await fails(t, request({ url: urlOf(`https://127.0.0.1:${server.port}`), signal }), "timeout", !knowsPhase)
    })

    test("a reset before the request was read may have come too late: from here one cannot tell", async (t) => {
      const { server, request } = await serving(t, {
        onConnection(socket) {
          socket.pause()
          setTimeout(() => socket.resetAndDestroy(), 50)
        },
      })
      await fails(t, request(), "reset", true)
      assert.deepEqual(server.requests, [])
    })

    test("a reset after the request was read may have come too late", async (t) => {
      const { server, request } = await serving(t, { onRequest: (socket) => socket.resetAndDestroy() })
      await fails(t, request(), "reset", true)
      assert.equal(server.requests.length, 1)
    })

    test("a connection closed instead of an answer may have come too late", async (t) => {
      const { request } = await serving(t, { onRequest: (socket) => socket.end() })
      await fails(t, request(), "reset", true)
    })

    test("an answer cut in its headers may have come too late", async (t) => {
      const { request } = await serving(t, { onRequest: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-ty") })
      await fails(t, request(), ["cut", "reset"], true)
    })

    test("an answer cut in its body is no answer", async (t) => {
      const half = httpAnswer('{"errcode":0,"errmsg":"ok"}').slice(0, -9)
      const { request } = await serving(t, { onRequest: (socket) => socket.end(half) })
      await fails(t, request(), "cut", true)
    })

    test("a chunked answer without its last chunk is no answer", async (t) => {
      const { request } = await serving(t, {
        onRequest: (socket) => socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
      })
      await fails(t, request(), "cut", true)
    })

    test("the deadline ends the wait for a silent server", async (t) => {
      const { request } = await serving(t, {})
      await fails(t, request({ signal: AbortSignal.timeout(200) }), "timeout", true)
    })

    test("the deadline ends a slow drip that would never look idle", async (t) => {
      const { request } = await serving(t, {
        onRequest(socket) {
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
          const drip = setInterval(() => socket.write("x"), 20)
          socket.on("close", () => clearInterval(drip))
        },
      })
      await fails(t, request({ signal: AbortSignal.timeout(300) }), "timeout", true)
    })

    test("the caller's own abort is distinguished from a deadline", async (t) => {
      const controller = new AbortController()
      const { request } = await serving(t, { onRequest: () => controller.abort() })
      await fails(t, request({ signal: controller.signal }), "aborted", true)
    })

    test("a signal that is spent already lets nothing out", async (t) => {
      const { server, request } = await serving(t, {})
      await fails(t, request({ signal: AbortSignal.abort() }), "aborted", false)
      assert.equal(server.connections.length, 0)
    })

    test("an answer without end is cut off", async (t) => {
      let sentBytes = 0
      const { server, request } = await serving(t, {
        onRequest(socket) {
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
          const block = `10000\r\n${"x".repeat(0x10000)}\r\n`
          const pour = (): void => {
            while (!socket.destroyed && socket.write(block)) sentBytes += block.length
            sentBytes += block.length
          }
          socket.on("drain", pour)
          pour()
        },
      })
      await fails(t, request(), "too_large", true)
      await closed(server.connections[0])
      assert.ok(sentBytes < 8 * MAX_ANSWER_BYTES, `${sentBytes} bytes were taken`)
    })

    test("garbage is no answer", async (t) => {
      const { request } = await serving(t, { onRequest: (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n") })
      await fails(t, request(), "protocol", true)
    })

    test("a connection that the server closed while it was idle is not used again", async (t) => {
      const { server, request } = await serving(t, {
        onRequest: (socket, number) => (number === 1 ? socket.end(httpAnswer("1")) : socket.write(httpAnswer("2"))),
      })
      await request()
      await closed(server.connections[0])
      assert.equal((await request()).body, "2")
    })

    test("a kept connection that breaks under a second request is not repeated behind the caller's back", async (t) => {
      const { server, request } = await serving(t, {
        onRequest: (socket, number) => (number === 1 ? socket.write(httpAnswer("1")) : socket.resetAndDestroy()),
      })
      await request()
      await freed()
      await fails(t, request(), "reset", true)
      assert.equal(server.requests.length, 2)
      assert.equal(server.connections.length, 1)
    })

    if (knowsPhase) proxies()
  })

  function proxies(): void {
    // proves 11.N3: IPv6, proxies, a private root
    test("a proxy carries the request through a tunnel, and TLS is with the server behind it", async (t) => {
      trust(t, certificate.cert)
      const { server } = await serving(t, {
        tls: certificate,
        onRequest: (socket) => socket.write(httpAnswer('{"a":1}')),
      })
      const proxy = await startConnectProxy(server.port)
      t.after(() => proxy[Symbol.asyncDispose]())
      const response = await requestTo(t, "https://wecom.example", secretProxy(proxy.port))
      assert.equal(response.body, '{"a":1}')
      const basic = Buffer.from("user:pass-canary").toString("base64")
      assert.match(proxy.asked[0] ?? "", /^CONNECT wecom\.example:443 /)
      assert.match(proxy.asked[0] ?? "", new RegExp(`proxy-authorization: Basic ${basic}`, "i"))
      assert.doesNotMatch(proxy.asked.join(), /access_token/)
    })

    test("the server behind a proxy is verified too", async (t) => {
      const { server } = await serving(t, { tls: certificate })
      const proxy = await startConnectProxy(server.port)
      t.after(() => proxy[Symbol.asyncDispose]())
      await fails(t, requestTo(t, "https://wecom.example", secretProxy(proxy.port)), "tls", false, "wecom.example")
      assert.deepEqual(server.requests, [])
    })

    test("a tunnel that breaks after the request was read may have carried it", async (t) => {
      trust(t, certificate.cert)
      const { server } = await serving(t, { tls: certificate, onRequest: (socket) => socket.destroy() })
      const proxy = await startConnectProxy(server.port)
      t.after(() => proxy[Symbol.asyncDispose]())
      await fails(t, requestTo(t, "https://wecom.example", secretProxy(proxy.port)), "reset", true)
    })

    for (const status of ["407 Proxy Authentication Required", "403 Forbidden", "502 Bad Gateway"]) {
      test(`a proxy that says ${status} has sent nothing on`, async (t) => {
        const proxy = await startConnectProxy(0, status)
        t.after(() => proxy[Symbol.asyncDispose]())
        const fault = await fails(
          t,
          requestTo(t, "https://wecom.example", secretProxy(proxy.port)),
          "proxy",
          false,
          `127.0.0.1:${proxy.port}`,
        )
        assert.equal(fault.code, `HTTP ${status.slice(0, 3)}`)
      })
    }

    test("a proxy that is not there has sent nothing on", async (t) => {
      const port = await closedPort()
      const settings = secretProxy(port)
      await fails(t, requestTo(t, "https://wecom.example", settings), "proxy", false, `127.0.0.1:${port}`)
    })

    test("loopback, plain HTTP and what NO_PROXY names go past the proxy", async (t) => {
      const port = await closedPort()
      const proxy = await startConnectProxy(0, "407 No")
      t.after(() => proxy[Symbol.asyncDispose]())
      const settings = { ...secretProxy(proxy.port), noProxy: ".invalid" }
      await fails(t, requestTo(t, `https://127.0.0.1:${port}`, settings), "refused", false)
      await fails(t, requestTo(t, `http://127.0.0.1:${port}`, settings), "refused", false)
      await fails(t, requestTo(t, "https://wecom.invalid", settings), "dns", false)
      assert.deepEqual(proxy.asked, [])
    })
  }

  async function serving(t: TestContext, options: RawServerOptions) {
    const server = await startRawServer(options)
    const transport = open()
    t.after(async () => {
      await server[Symbol.asyncDispose]()
      await transport.close()
    })
    const scheme = options.tls === undefined ? "http" : "https"
    const request = (changes: Partial<TransportRequest> = {}) =>
      transport.request({ ...aRequest(`${scheme}://127.0.0.1:${server.port}`), ...changes })
    return { server, request }
  }

  function requestTo(t: TestContext, origin: string, proxy?: ProxySettings) {
    const transport = open(proxy)
    t.after(() => transport.close())
    return transport.request(aRequest(origin))
  }
}

function answerOne(socket: Socket): void {
  socket.write(httpAnswer('{"a":1}'))
}

function notTold(): void {
  assert.fail("told")
}

const secretProxy = (port: number): ProxySettings => ({ httpsProxy: `http://user:pass-canary@127.0.0.1:${port}` })

/** Clients take a connection back a few event-loop turns after the answer. */
async function freed(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await setImmediate()
}

function aRequest(origin: string): TransportRequest {
  return { method: "POST", url: urlOf(origin), headers: {}, body: "{}", signal: AbortSignal.timeout(20_000) }
}

/** The address has a canary in path and query, which no fault may repeat. */
function urlOf(origin: string): URL {
  return new URL("/path-canary?access_token=canary", origin)
}

async function fails(
  t: TestContext,
  request: Promise<unknown>,
  kind: TransportFaultKind | readonly TransportFaultKind[],
  mayHaveArrived: boolean,
  host?: string,
): Promise<TransportFault> {
  const fault = await request.then(
    () => assert.fail("it answered"),
    (error: unknown) => error,
  )
  assert.ok(fault instanceof TransportFault, String(fault))
  const kinds: readonly TransportFaultKind[] = typeof kind === "string" ? [kind] : kind
  assert.ok(kinds.includes(fault.kind), `${fault.message} instead of ${kinds.join(" or ")}`)
  assert.equal(fault.mayHaveArrived, mayHaveArrived, fault.message)
  if (host !== undefined) assert.equal(fault.host, host)
  assert.doesNotMatch(`${fault.message} ${fault.stack} ${t.name}`, /canary/)
  return fault
}

function trust(t: TestContext, certificate: string): void {
  const before = getCACertificates()
  setDefaultCACertificates([...before, certificate])
  t.after(() => setDefaultCACertificates(before))
}

async function closed(
  socket: { readonly closed: boolean; once(event: "close", done: () => void): unknown } | undefined,
) {
  if (socket === undefined || socket.closed) return
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.once("close", resolve)
  await promise
}
