import assert from "node:assert/strict"
import { once } from "node:events"
import http from "node:http"
import net from "node:net"
import { suite, test, type TestContext } from "node:test"
import { setImmediate } from "node:timers/promises"
import { gunzipSync, gzipSync } from "node:zlib"
import { fastify } from "fastify"
import { applyFault } from "./apply-fault.ts"
import { parseFaults } from "./parse-faults.ts"

const ANSWER = '{"errcode":0,"errmsg":"ok","msgid":"你好"}'

/** A server whose every call meets the fault. */
async function faultyServer(t: TestContext, fault: object) {
  const [planned] = parseFaults({ path: "*", ...fault }).faults
  assert.ok(planned)
  const closing = new AbortController()
  const app = fastify()
  app.addHook("preClose", (done) => {
    closing.abort()
    done()
  })
  const server = {
    port: 0,
    /** How many calls were done. */
    acted: 0,
    /** How many faults have run to their end. */
    over: 0,
    calls: 0,
    close: () => app.close(),
  }
  app.post("/send", async (request, reply) => {
    server.calls++
    await applyFault(planned, {
      reply,
      url: request.url,
      closing: closing.signal,
      act: () => {
        server.acted++
        return { status: 200, headers: { "Content-Type": "application/json", "Error-Code": "0" }, body: ANSWER }
      },
      refuse: (errcode, members) => ({
        status: 200,
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ errcode, ...members }),
      }),
    })
    server.over++
  })
  server.port = Number(new URL(await app.listen({ port: 0 })).port)
  t.after(() => app.close())
  return server
}

interface Seen {
  status?: number
  headers: http.IncomingHttpHeaders
  body: Buffer
  /** Whether the answer came whole, as Node sees it. */
  whole: boolean
  /** The code of the connection's error. */
  error?: string
}

/** Calls the server once, and tells what the caller saw when all is over. */
async function call(port: number, onData: () => void = () => {}): Promise<Seen> {
  const seen: Seen = { headers: {}, body: Buffer.alloc(0), whole: false }
  const { promise, resolve } = Promise.withResolvers<Seen>()
  const headers = { "Content-Type": "application/json" }
  const request = http.request({ port, path: "/send", method: "POST", headers, agent: false }, (response) => {
    seen.status = response.statusCode ?? 0
    seen.headers = response.headers
    response.on("data", (chunk: Buffer) => {
      seen.body = Buffer.concat([seen.body, chunk])
      onData()
    })
    response.on("end", () => (seen.whole = response.complete))
    response.on("error", (error: NodeJS.ErrnoException) => (seen.error = error.code ?? ""))
    response.on("close", () => resolve(seen))
  })
  request.on("error", (error: NodeJS.ErrnoException) => {
    if (seen.status === undefined) resolve({ ...seen, error: error.code ?? "" })
  })
  request.end("{}")
  return promise
}

/** Everything a server writes on one connection, and how it ended. */
async function readWire(port: number): Promise<{ text: string; end: "fin" | "reset" }> {
  const socket = net.connect(port)
  const chunks: Buffer[] = []
  let end: "fin" | "reset" = "fin"
  socket.on("data", (chunk) => chunks.push(chunk))
  socket.on("error", () => (end = "reset"))
  socket.write("POST /send HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
  await once(socket, "close").catch(() => {})
  return { text: Buffer.concat(chunks).toString(), end }
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length

async function until(isSo: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + 60_000
  while (!isSo()) {
    assert.ok(Date.now() < giveUpAtMs, "did not happen")
    await setImmediate()
  }
}

test("errcode answers it with the members of body, and the call is not done", async (t) => {
  const server = await faultyServer(t, { kind: "errcode", errcode: 45009, body: { hint: 7 } })
  const seen = await call(server.port)
  assert.deepEqual([seen.status, seen.body.toString(), seen.whole], [200, '{"errcode":45009,"hint":7}', true])
  assert.equal(server.acted, 0)
})

test("http_status answers the status and body of something in between, and the call is not done", async (t) => {
  const server = await faultyServer(t, { kind: "http_status", status: 502, body: "bad gateway" })
  const seen = await call(server.port)
  assert.deepEqual([seen.status, seen.body.toString()], [502, "bad gateway"])
  assert.equal(seen.headers["content-type"], "text/plain; charset=UTF-8")
  assert.equal(server.acted, 0)
})

test("http_status without a body has an empty one", async (t) => {
  const server = await faultyServer(t, { kind: "http_status", status: 503 })
  assert.deepEqual((await call(server.port)).body.length, 0)
})

test("http_status with a JSON body looks like WeCom: an errcode that is no number, or none at all", async (t) => {
  for (const body of ['{"errcode":"0"}', { errmsg: "ok" }]) {
    const server = await faultyServer(t, { kind: "http_status", status: 200, body })
    const seen = await call(server.port)
    assert.equal(seen.headers["content-type"], "application/json; charset=UTF-8")
    assert.equal(seen.body.toString(), typeof body === "string" ? body : JSON.stringify(body))
  }
})

test("a redirect leads back to the same call, so that a client who follows it is seen", async (t) => {
  const server = await faultyServer(t, { kind: "http_status", status: 307 })
  assert.equal((await call(server.port)).headers.location, "/send")
})

test("html answers a page where JSON belongs, with status 200 or the one given", async (t) => {
  const page = await call((await faultyServer(t, { kind: "html" })).port)
  assert.deepEqual([page.status, page.headers["content-type"]], [200, "text/html; charset=utf-8"])
  assert.match(page.body.toString(), /^<!doctype html>/)
  const own = await call((await faultyServer(t, { kind: "html", status: 504, body: "<p>late" })).port)
  assert.deepEqual([own.status, own.body.toString()], [504, "<p>late"])
})

test("an answer of any length is made by repeating its body, without holding it in memory", async (t) => {
  const server = await faultyServer(t, { kind: "http_status", status: 200, body: "abc", bytes: 1_000_000 })
  const seen = await call(server.port)
  assert.equal(seen.whole, true)
  assert.equal(seen.body.toString(), "abc".repeat(333_334).slice(0, 1_000_000))
})

test("with `acts` the call is done and only its answer replaced", async (t) => {
  for (const fault of [
    { kind: "errcode", errcode: -1 },
    { kind: "http_status", status: 502 },
    { kind: "html" },
    { kind: "raw", body: "x" },
  ]) {
    const server = await faultyServer(t, { ...fault, acts: true })
    await call(server.port)
    assert.equal(server.acted, 1, fault.kind)
  }
})

test("raw puts its bytes on the wire and ends: garbage, headers cut short, an answer without a length", async (t) => {
  for (const body of [
    "SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/1.1 200 OK\r\nContent-Le",
    'HTTP/1.1 200 OK\r\n\r\n{"errcode":0,"err',
  ]) {
    const server = await faultyServer(t, { kind: "raw", body })
    assert.deepEqual(await readWire(server.port), { text: body, end: "fin" })
    assert.equal(server.acted, 0)
  }
})

test("raw takes bytes that are no text, such as a compressed answer that grows a thousandfold", async (t) => {
  const bomb = gzipSync(Buffer.alloc(1_000_000))
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`
  const body_base64 = Buffer.concat([Buffer.from(head), bomb]).toString("base64")
  const server = await faultyServer(t, { kind: "raw", body_base64 })
  assert.equal(gunzipSync((await call(server.port)).body).length, 1_000_000)
})

test("reset_before resets the connection and the call is not done", async (t) => {
  const server = await faultyServer(t, { kind: "reset_before" })
  assert.equal((await call(server.port)).error, "ECONNRESET")
  assert.equal(server.acted, 0)
})

test("reset_after resets the connection without a byte once the call is done", async (t) => {
  const server = await faultyServer(t, { kind: "reset_after" })
  assert.deepEqual(await readWire(server.port), { text: "", end: "reset" })
  assert.equal(server.acted, 1)
})

for (const [kind, acted] of [
  ["hang_before", 0],
  ["hang_after", 1],
] as const) {
  suite(kind, () => {
    test(`says nothing until the caller leaves; the call is ${acted === 0 ? "not " : ""}done`, async (t) => {
      const server = await faultyServer(t, { kind })
      const caller = new AbortController()
      const options = { port: server.port, path: "/send", method: "POST", agent: false, signal: caller.signal }
      const request = http.request(options).end()
      const failed = once(request, "error")
      request.on("response", () => assert.fail("answered"))
      await until(() => server.calls === 1)
      assert.equal(server.over, 0)
      caller.abort()
      await failed
      await until(() => server.over === 1)
      assert.equal(server.acted, acted)
    })

    test("ends at once when the simulator closes", async (t) => {
      const server = await faultyServer(t, { kind })
      const seen = call(server.port)
      await until(() => server.calls === 1)
      await server.close()
      assert.equal((await seen).error, "ECONNRESET")
    })

    test("ends after delay_ms where one is given", async (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] })
      const server = await faultyServer(t, { kind, delay_ms: 60_000 })
      const seen = call(server.port)
      await until(() => server.calls === 1)
      t.mock.timers.tick(59_999)
      await setImmediate()
      assert.equal(server.over, 0)
      t.mock.timers.tick(1)
      assert.equal((await seen).error, "ECONNRESET")
    })
  })
}

test("slow does the call and answers it, delay_ms later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const server = await faultyServer(t, { kind: "slow", delay_ms: 2000 })
  const seen = call(server.port)
  await until(() => server.calls === 1)
  t.mock.timers.tick(1999)
  await setImmediate()
  assert.equal(server.acted, 0)
  t.mock.timers.tick(1)
  assert.equal((await seen).body.toString(), ANSWER)
  assert.equal(server.acted, 1)
})

test("a slow call is answered at once when the simulator closes, and its connection is not kept", async (t) => {
  const server = await faultyServer(t, { kind: "slow", delay_ms: 2 ** 31 - 1 })
  const wire = readWire(server.port)
  await until(() => server.calls === 1)
  await server.close()
  assert.match((await wire).text, /Connection: close[^]*"errcode":0/)
})

test("every kind waits delay_ms before it answers or cuts", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  for (const fault of [
    { kind: "errcode", errcode: -1 },
    { kind: "http_status", status: 502 },
    { kind: "html" },
    { kind: "raw", body: "x" },
    { kind: "reset_before" },
    { kind: "reset_after" },
    { kind: "truncate", bytes: 1 },
  ]) {
    const server = await faultyServer(t, { ...fault, delay_ms: 100 })
    const seen = call(server.port)
    await until(() => server.calls === 1)
    await setImmediate()
    assert.equal(server.over, 0, fault.kind)
    t.mock.timers.tick(100)
    await seen
  }
})

test("drip does the call and answers a byte every delay_ms", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const server = await faultyServer(t, { kind: "drip", delay_ms: 100 })
  let bytes = 0
  const seen = call(server.port, () => bytes++)
  await until(() => server.acted === 1)
  for (let sent = 0; sent < Buffer.byteLength(ANSWER); sent++) {
    await setImmediate()
    t.mock.timers.tick(99)
    assert.equal(bytes, sent)
    t.mock.timers.tick(1)
    await until(() => bytes === sent + 1)
  }
  assert.deepEqual([(await seen).body.toString(), (await seen).whole], [ANSWER, true])
})

test("drip stops when the caller leaves", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const server = await faultyServer(t, { kind: "drip", delay_ms: 100 })
  const socket = net.connect(server.port)
  socket.write("POST /send HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
  await once(socket, "data")
  socket.destroy()
  await until(() => server.over === 1)
})

test("drip is cut when the simulator closes", async (t) => {
  const server = await faultyServer(t, { kind: "drip", delay_ms: 2 ** 31 - 1 })
  const seen = call(server.port)
  await until(() => server.acted === 1)
  await server.close()
  assert.equal((await seen).whole, false)
})

test("truncate does the call, promises the whole answer and cuts it: at every byte", async (t) => {
  const length = Buffer.byteLength(ANSWER)
  for (let bytes = 0; bytes < length; bytes++) {
    const server = await faultyServer(t, { kind: "truncate", bytes })
    const { headers, ...seen } = await call(server.port)
    assert.equal(headers["content-length"], String(length))
    const body = Buffer.from(ANSWER).subarray(0, bytes)
    assert.deepEqual(seen, { status: 200, body, whole: false, error: "ECONNRESET" })
    assert.equal(server.acted, 1)
    await server.close()
  }
})

test("truncate past the end answers all and then closes a connection that it said it would keep", async (t) => {
  const server = await faultyServer(t, { kind: "truncate", bytes: 10_000 })
  const { text, end } = await readWire(server.port)
  assert.match(text, /Connection: keep-alive/)
  assert.ok(text.endsWith(ANSWER))
  assert.equal(end, "fin")
})

test("a caller who leaves during the wait leaves no timer behind", async (t) => {
  const server = await faultyServer(t, { kind: "errcode", errcode: -1, delay_ms: 2 ** 31 - 1 })
  const socket = net.connect(server.port)
  socket.write("POST /send HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
  await until(() => server.calls === 1)
  const before = timers()
  socket.destroy()
  await until(() => server.over === 1)
  assert.equal(timers(), before - 1)
})
