import assert from "node:assert/strict"
import type { Server } from "node:http"
import { setTimeout as after } from "node:timers/promises"
import { test } from "node:test"
import { promisify } from "node:util"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"

const LIMIT = 20

test("beyond the limit of connections a request gets 503 and its connection closed, and health checks are answered", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  const held = await fill(gateway.port)
  for (const path of ["/v1/messages", "/docs", "/nowhere", "/callback/alerts"]) {
    const { status, connection } = await get(gateway.port, path)
    assert.equal(status, 503, path)
    assert.match(connection.received, /^retry-after: 1\r$/im)
    assert.match(connection.received, /^connection: close\r$/im)
    assert.match(connection.received, /"code":"too_many_connections"/)
  }
  const compat = await get(gateway.port, "/cgi-bin/gettoken")
  assert.equal(compat.status, 200)
  assert.match(compat.connection.received, /^retry-after: 1\r[^]*"errcode":-1,/im)
  for (const path of ["/healthz", "/livez", "/readyz"]) {
    const { status, connection } = await get(gateway.port, path)
    assert.equal(status, 200, path)
    assert.match(connection.received, /^connection: close\r$/im)
  }
  assert.ok(gateway.logLines.some((line) => line.includes('"limit":20')))
  for (const connection of held) connection[Symbol.dispose]()
  await eventually(async () => (await get(gateway.port, "/v1/messages")).status === 200)
})

// proves C18: clients that are too slow
test("health checks are answered however many connections wait beyond the limit, and the longest waiting gets 503", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  await using held = new AsyncDisposableStack()
  for (const connection of await fill(gateway.port)) held.use(connection)
  // They send nothing, so the gateway cannot know what they will request.
  const silent = Array.from({ length: 400 }, () => held.use(new RawConnection(gateway.port)))
  assert.equal((await get(gateway.port, "/readyz")).status, 200)
  await eventually(() => Promise.resolve(silent.filter(({ status }) => status === 503).length >= 272))
  const told = silent.find(({ status }) => status === 503)
  assert.match(told?.received ?? "", /Retry-After: 1\r\nContent-Type: application\/problem\+json/)
  assert.ok(
    silent.slice(-50).every(({ status }) => status === undefined),
    "those that came last still wait",
  )
  assert.equal((await get(gateway.port, "/healthz")).status, 200)
})

// proves 11.B16: left of issue 10
test("open connections and their limit are among the figures", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  const figure = async (name: string): Promise<number> => {
    const { text } = await gateway.request("/metrics")
    return Number(new RegExp(`^wecom_push_http_${name} (\\d+)$`, "m").exec(text)?.[1])
  }
  assert.equal(await figure("connections_limit"), LIMIT)
  const before = await figure("connections")
  assert.ok(before >= 1, "the one that asks is open")
  const held = Array.from({ length: 5 }, () => new RawConnection(gateway.port))
  await eventually(async () => (await figure("connections")) === before + 5)
  for (const connection of held) connection[Symbol.dispose]()
  await eventually(async () => (await figure("connections")) === before)
})

// proves 28.D3: connections that say nothing
test("idle connections make room for those that ask, the one that has waited longest first", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  await using held = new AsyncDisposableStack()
  const openIdle = async (): Promise<RawConnection> => {
    const connection = held.use(new RawConnection(gateway.port))
    connection.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    await eventually(() => Promise.resolve(connection.status === 200))
    return connection
  }
  const idle: RawConnection[] = []
  while (idle.length < LIMIT) idle.push(await openIdle())
  for (const oldest of idle.slice(0, 3)) {
    assert.equal((await get(gateway.port, "/v1/messages")).status, 200)
    await oldest.closed
    await openIdle()
  }
  assert.ok(idle.slice(5).every(({ socket }) => !socket.destroyed))
})

// proves 28.D3: connections that say nothing
test("D3: of connections that send nothing the oldest makes room, and those that ask are served", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  await using held = new AsyncDisposableStack()
  let opened = 0
  let isOver = false
  const sayNothing = (): void => {
    opened++
    const silent = held.use(new RawConnection(gateway.port))
    // These have not sent the complete head of a request either.
    if (opened % 2 === 0) silent.write("GET /v1/messages HTTP/1.1\r\nHost: x\r\n")
    silent.socket.once("close", () => !isOver && sayNothing())
  }
  for (let n = 0; n < LIMIT * 1.2; n++) sayNothing()
  const statuses = []
  for (let n = 0; n < 60; n++) statuses.push((await get(gateway.port, "/v1/messages")).status)
  isOver = true
  assert.ok(statuses.filter((status) => status === 200).length >= 54, JSON.stringify(statuses))
  assert.ok(opened > LIMIT * 2, `${opened} were opened: places were fought for`)
  assert.ok(gateway.logLines.some((line) => line.includes('"limit":20')))
})

// proves 28.D3: connections that say nothing
test("D3: a client in the middle of a request stays, however many come that say nothing", async () => {
  await using gateway = await startTestGateway({ limits: { connections: LIMIT } })
  using asking = new RawConnection(gateway.port)
  const body = JSON.stringify(aMessage())
  asking.write(
    `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nExpect: 100-continue\r\n\r\n`,
  )
  await eventually(() => Promise.resolve(asking.received.includes("100 Continue")))
  await using held = new AsyncDisposableStack()
  const silent = Array.from({ length: LIMIT * 3 }, () => held.use(new RawConnection(gateway.port)))
  await eventually(() => Promise.resolve(silent.filter(({ status }) => status === 503).length > LIMIT * 2))
  asking.write(body)
  await eventually(() => Promise.resolve(asking.received.includes("HTTP/1.1 202")))
})

// proves C18: clients that are too slow
test("an answer that its client does not read does not hold its connection for ever", async () => {
  const servers: Server[] = []
  await using gateway = await startTestGateway({
    limits: { stallMs: 300 },
    extend: ({ server }) => void servers.push(server),
  })
  const connections = async (): Promise<number> => {
    const counts = servers.map((server) => promisify(server.getConnections.bind(server))())
    return (await Promise.all(counts))[0] ?? NaN
  }
  using slow = new RawConnection(gateway.port)
  slow.socket.pause()
  // More bytes than the system buffers, for an uncompressed answer.
  for (let n = 0; n < 10; n++) slow.write("GET /docs/scalar.js HTTP/1.1\r\nHost: x\r\n\r\n")
  await eventually(async () => (await connections()) === 1)
  await eventually(async () => (await connections()) === 0)
})

/** As many connections as there is room for, each with a request that does not end. */
async function fill(port: number): Promise<RawConnection[]> {
  const head = `Host: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nContent-Type: application/json\r\nContent-Length: 10`
  const connections = Array.from({ length: LIMIT }, () => new RawConnection(port))
  for (const connection of connections) {
    connection.write(`POST /v1/messages HTTP/1.1\r\n${head}\r\nExpect: 100-continue\r\n\r\n`)
  }
  // The head of each request has been read.
  await eventually(() => Promise.resolve(connections.every(({ received }) => received.includes("100 Continue"))))
  return connections
}

async function get(port: number, path: string): Promise<{ status: number | undefined; connection: RawConnection }> {
  using connection = new RawConnection(port)
  connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\nConnection: close\r\n\r\n`)
  await connection.closed
  return { status: connection.status, connection }
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return
    await after(20)
  }
  assert.fail("it did not come true within a minute")
}
