import assert from "node:assert/strict"
import { request as httpRequest } from "node:http"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { setTimeout as after } from "node:timers/promises"
import { test } from "node:test"
import { RawConnection } from "./testing/raw-connection.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"

const MIB = 1024 * 1024

// proves C7: bodies too large or compressed
test("C7: a body that says it is over 64 MiB is refused 413 before it is read, and the connection closed", async () => {
  await using gateway = await startTestGateway()
  using connection = new RawConnection(gateway.port)
  connection.write(head({ "Content-Length": String(1024 * MIB) }))
  connection.write("{")
  await connection.closed
  assert.equal(connection.status, 413)
  assert.match(connection.received, /connection: close/i)
  assert.match(connection.received, /"code":"body_too_large"/)
})

// proves C7: bodies too large or compressed
test("C7: a body without a length is cut off at 64 MiB, 1 GB of it takes no more memory", async () => {
  await using gateway = await startTestGateway()
  const before = process.memoryUsage.rss()
  const { status, sentBytes, peakRss } = await postEndless(gateway.port, 1024 * MIB)
  assert.equal(status, 413)
  assert.ok(sentBytes < 200 * MIB, `${sentBytes} bytes were taken`)
  assert.ok(peakRss - before < 350 * MIB, `${Math.round((peakRss - before) / MIB)} MiB more`)
})

test("C7: a body over the limit does not keep others from being served", async () => {
  await using gateway = await startTestGateway()
  const [endless, other] = await Promise.all([
    postEndless(gateway.port, 1024 * MIB),
    gateway.request("/v1/messages", { body: aMessage() }),
  ])
  assert.deepEqual([endless.status, other.status], [413, 202])
})

test("C7: so many large bodies at once that they would fill the memory are refused with Retry-After, small ones are not", async () => {
  await using gateway = await startTestGateway()
  const open = Array.from({ length: 4 }, () => {
    const connection = new RawConnection(gateway.port)
    connection.write(`${head({ "Content-Length": String(64 * MIB) })}{`)
    return connection
  })
  const body = JSON.stringify(aMessage({ text: { content: "x".repeat(2 * MIB) } }))
  const small = JSON.stringify(aMessage())
  await eventually(async () => (await gateway.request("/v1/messages", { body })).status === 503)
  const refused = await gateway.request("/v1/messages", { body })
  assert.deepEqual([refused.json.code, refused.headers.get("retry-after")], ["too_busy", "1"])
  const chunked = await postChunked(gateway.port, body)
  assert.equal(chunked, 503)
  assert.equal((await gateway.request("/v1/messages", { body: small })).status, 202)
  assert.equal(await postChunked(gateway.port, small), 202)
  for (const connection of open) connection[Symbol.dispose]()
  await eventually(async () => (await gateway.request("/v1/messages", { body })).status === 422)
})

// proves C7: bodies too large or compressed
test("C7: Content-Encoding is refused 415, whatever is in the body", async () => {
  await using gateway = await startTestGateway()
  for (const encoding of ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip"]) {
    const answer = await gateway.request("/v1/messages", {
      body: aMessage(),
      headers: { "content-encoding": encoding },
    })
    assert.deepEqual([answer.status, answer.json.code], [415, "unsupported_content_encoding"], encoding)
  }
  const identity = await gateway.request("/v1/messages", {
    body: aMessage(),
    headers: { "content-encoding": "identity" },
  })
  assert.equal(identity.status, 202)
})

// proves C18: clients that are too slow
test("C18: headers, bodies and chunks that come too slowly, 300 of them, are cut off 408, and others are served meanwhile", async () => {
  await using gateway = await startTestGateway({ limits: { headersTimeoutMs: 1500, requestTimeoutMs: 3000 } })
  const slow = {
    "headers without end": "POST /v1/messages HTTP/1.1\r\nHost: x\r\n",
    "a body that stops": `${head({ "Content-Length": "1000" })}{`,
    "chunks that stop": `${head({ "Transfer-Encoding": "chunked" })}1\r\n{\r\n`,
  }
  const connections = Object.entries(slow).flatMap(([name, text]) =>
    Array.from({ length: 100 }, () => {
      const connection = new RawConnection(gateway.port)
      connection.write(text)
      return { name, connection }
    }),
  )
  assert.equal((await gateway.request("/v1/messages", { body: aMessage() })).status, 202)
  for (const { name, connection } of connections) {
    await connection.closed
    assert.equal(connection.status, 408, name)
    assert.match(connection.received, /application\/problem\+json/, name)
  }
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 1)
})

// proves C19: clients that leave
test("C19: a client that leaves after its body has its message accepted", async () => {
  await using gateway = await startTestGateway()
  const body = JSON.stringify(aMessage({ text: { content: "left" } }))
  const connection = new RawConnection(gateway.port)
  connection.write(head({ "Content-Length": String(Buffer.byteLength(body)), "Idempotency-Key": "left" }) + body)
  connection.socket.destroySoon()
  await connection.closed
  await eventually(async () => (await gateway.request("/v1/messages")).json.items.length === 1)
  const again = await gateway.request("/v1/messages", { body, headers: { "idempotency-key": "left" } })
  assert.equal(again.headers.get("idempotent-replayed"), "true")
})

// proves C19: clients that leave
test("C19: a client that leaves inside its body, at whichever byte, has nothing accepted", async () => {
  await using gateway = await startTestGateway()
  const body = JSON.stringify(aMessage())
  const whole = head({ "Content-Length": String(Buffer.byteLength(body)) }) + body
  await Promise.all(
    Array.from({ length: whole.length }, async (_, length) => {
      using connection = new RawConnection(gateway.port)
      connection.write(whole.slice(0, length))
      connection.socket.destroySoon()
      await connection.closed
    }),
  )
  assert.equal((await gateway.request("/v1/messages")).json.items.length, 0)
  assert.deepEqual(
    gateway.logLines.filter((line) => line.includes('"level":"error"')),
    [],
  )
})

const SMUGGLED = {
  "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "two lengths": "Content-Length: 0\r\nContent-Length: 5\r\n\r\nHELLO",
  "lengths in a list": "Content-Length: 0, 5\r\n\r\nHELLO",
  "a folded header": "X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n",
  "a bare line feed": "X-A: 1\nContent-Length: 0\r\n\r\n",
  "a bare carriage return": "X-A: 1\rContent-Length: 0\r\n\r\n",
  "a space before the colon": "Content-Length : 0\r\n\r\n",
  "an unknown coding": "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
  "chunked twice over": "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
  "a negative length": "Content-Length: -1\r\n\r\n",
  "a length with a sign": "Content-Length: +0\r\n\r\n",
  "a NUL in a header": "X-A: a\0b\r\nContent-Length: 0\r\n\r\n",
  "a chunk of no size": "Transfer-Encoding: chunked\r\n\r\nG\r\n\r\n",
}

for (const [name, rest] of Object.entries(SMUGGLED)) {
  // proves C21: requests that smuggle another
  test(`C21: ${name} is refused 400 and the connection closed`, async () => {
    await using gateway = await startTestGateway()
    using connection = new RawConnection(gateway.port)
    connection.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`)
    connection.write(`Content-Type: application/json\r\n${rest}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`)
    await connection.closed
    assert.equal(connection.status, 400)
    assert.match(connection.received, /application\/problem\+json/)
    assert.doesNotMatch(connection.received, /"status":"ok"/)
  })
}

// proves 28.host: two `Host` headers
test("a request with two Host headers, or with none, is refused 400 on every path", async () => {
  await using gateway = await startTestGateway()
  for (const hosts of ["Host: x\r\nHost: x\r\n", "Host: a.example\r\nX-A: 1\r\nhOST: b.example\r\n", ""]) {
    for (const line of [
      "GET /healthz",
      "GET /v1/messages",
      "GET /cgi-bin/gettoken",
      "GET /nowhere",
      "POST /callback/x",
    ]) {
      using connection = new RawConnection(gateway.port)
      connection.write(`${line} HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`)
      await connection.closed
      assert.equal(connection.status, 400, `${line} ${JSON.stringify(hosts)}`)
      assert.match(connection.received, /"detail":"The request has [02] Host headers; send one\."/)
    }
  }
  using old = new RawConnection(gateway.port)
  old.write("GET /healthz HTTP/1.0\r\n\r\n")
  await old.closed
  assert.equal(old.status, 200, "HTTP/1.0 has no Host")
})

// proves row 31: methods
test("row 31: methods that a path does not take are 405 with Allow, unknown ones refused", async () => {
  await using gateway = await startTestGateway()
  for (const method of ["PUT", "DELETE", "PATCH"]) {
    const answer = await gateway.request("/v1/messages", { method })
    assert.deepEqual([answer.status, answer.json.code], [405, "method_not_allowed"], method)
    assert.equal(answer.headers.get("allow"), "GET, HEAD, POST, OPTIONS")
  }
  for (const method of ["TRACE", "PROPFIND", "BREW"]) {
    using connection = new RawConnection(gateway.port)
    connection.write(`${method} /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await connection.closed
    assert.ok([400, 405, 501].includes(connection.status ?? 0), `${method} ${connection.status}`)
    assert.match(connection.received, /application\/problem\+json/, method)
  }
})

test("headers over 16 KiB are refused 431", async () => {
  await using gateway = await startTestGateway()
  using connection = new RawConnection(gateway.port)
  connection.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`)
  await connection.closed
  assert.equal(connection.status, 431)
  assert.match(connection.received, /header_fields_too_large/)
})

test("a wrong key is refused without its body being read", async () => {
  await using gateway = await startTestGateway()
  using connection = new RawConnection(gateway.port)
  connection.write(head({ "Content-Length": String(60 * MIB) }, "wrong"))
  await connection.closed
  assert.equal(connection.status, 401)
})

function head(headers: Record<string, string>, key = ADMIN_KEY): string {
  const lines = Object.entries({
    Host: "x",
    Authorization: `Bearer ${key}`,
    "Content-Type": "application/json",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /v1/messages HTTP/1.1\r\n${lines.join("")}\r\n`
}

/** Posts this many bytes without a length. @returns the answer, and how many bytes were sent until then */
async function postEndless(
  port: number,
  bytes: number,
): Promise<{ status: number; sentBytes: number; peakRss: number }> {
  let sentBytes = 0
  let peakRss = 0
  const piece = Buffer.alloc(MIB / 4, 0x20)
  const source = Readable.from(
    (function* () {
      while (sentBytes < bytes) {
        sentBytes += piece.length
        peakRss = Math.max(peakRss, process.memoryUsage.rss())
        yield piece
      }
    })(),
  )
  const posting = httpRequest({
    port,
    method: "POST",
    path: "/v1/messages",
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      "content-type": "application/json",
      "transfer-encoding": "chunked",
    },
  })
  const status = new Promise<number>((resolve, reject) => {
    posting.on("response", (answer) => {
      answer.resume()
      source.destroy()
      resolve(answer.statusCode ?? 0)
    })
    posting.on("error", reject)
  })
  const sent = pipeline(source, posting).catch(() => {
    // The connection is cut off, as it should be.
  })
  const answered = await status
  await sent
  return { status: answered, sentBytes, peakRss }
}

/** Posts in chunks, without a length. */
async function postChunked(port: number, body: string): Promise<number> {
  const pieces = Array.from({ length: Math.ceil(body.length / 60_000) }, (_, n) =>
    body.slice(n * 60_000, (n + 1) * 60_000),
  )
  const answer = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
    body: ReadableStream.from(pieces.map((piece) => Buffer.from(piece))),
    duplex: "half",
  })
  return answer.status
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 6000; tries++) {
    if (await holds()) return
    await after(10)
  }
  assert.fail("it did not come true within a minute")
}
