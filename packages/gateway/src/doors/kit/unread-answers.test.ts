import assert from "node:assert/strict"
import type { Server } from "node:http"
import { Readable } from "node:stream"
import { setTimeout as after } from "node:timers/promises"
import { test } from "node:test"
import { promisify } from "node:util"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"

const MB = 1_000_000
/** More than the system buffers for a client that does not read. */
const LONG_MB = 12

const skip = process.platform !== "linux" && "only Linux says what a client has taken"

async function start(unreadMs: number) {
  const servers: Server[] = []
  const gateway = await startTestGateway({
    limits: { unreadMs },
    extend: (app) => {
      servers.push(app.server)
      app.get("/long", (_request, reply) => reply.send("x".repeat(LONG_MB * MB)))
      app.get("/stream", (_request, reply) => reply.send(Readable.from(endless())))
    },
  })
  return {
    ...gateway,
    connections: async () =>
      (await Promise.all(servers.map((one) => promisify(one.getConnections.bind(one))())))[0] ?? NaN,
  }
}

function* endless() {
  while (true) yield Buffer.alloc(16 * 1024)
}

function ask(port: number, path: string): RawConnection {
  const connection = new RawConnection(port)
  connection.socket.pause()
  connection.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n\r\n`)
  return connection
}

for (const path of ["/long", "/stream"]) {
  // proves 28.D1: requests ahead, answers unread
  test(
    `D1: a client that takes nothing of what waits for it is cut off, also while it still sends: ${path}`,
    { skip },
    async () => {
      await using gateway = await start(500)
      using unread = ask(gateway.port, path)
      await eventually(async () => (await gateway.connections()) === 1)
      unread.write("GET /healthz HTTP/1.1\r\nX-A: ")
      const sending = setInterval(() => unread.write("a"), 50)
      await eventually(async () => (await gateway.connections()) === 0)
      clearInterval(sending)
      assert.ok(gateway.logLines.some((line) => line.includes("clients do not read")))
    },
  )
}

// proves 28.D1: requests ahead, answers unread
test(
  "D1: who reads slowly stays, though the system has no room for megabytes, and so does who has nothing to read",
  { skip },
  async () => {
    await using gateway = await start(1500)
    using follower = new RawConnection(gateway.port)
    follower.write(`GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n\r\n`)
    using idle = new RawConnection(gateway.port)
    idle.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    using slow = ask(gateway.port, "/long")
    // The client reads from the system at this pace, and no faster.
    const { socket } = slow
    socket.removeAllListeners("data")
    let read = 0
    for (let n = 0; n < 20; n++) {
      await after(150)
      for (let piece = 0; piece < 30_000;) {
        const bytes = socket.read() as string | null
        if (bytes === null) break
        piece += bytes.length
        read += bytes.length
      }
    }
    assert.ok(!socket.destroyed && !follower.socket.destroyed && !idle.socket.destroyed)
    assert.ok(read < 3 * MB, `${read} bytes`)
    assert.equal(await gateway.connections(), 3)
  },
)

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return
    await after(20)
  }
  assert.fail("it did not come true within a minute")
}
