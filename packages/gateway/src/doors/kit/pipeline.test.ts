import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { aMessage, ADMIN_KEY, startTestGateway } from "../http/testing/start-gateway.ts"

/** Holds requests to `/slow/N`, in the order in which they came, until the test releases them. */
class SlowPath {
  readonly asked: string[] = []
  #waiting: (() => void)[] = []
  #isOpen = false

  async wait(name: string): Promise<string> {
    this.asked.push(name)
    if (!this.#isOpen) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return name
  }

  letGo(): void {
    this.#waiting.shift()?.()
  }

  letAllGo(): void {
    this.#isOpen = true
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

async function startSlow(): Promise<AsyncDisposable & { readonly port: number; readonly slow: SlowPath }> {
  const slow = new SlowPath()
  const gateway = await startTestGateway({
    extend: (app) =>
      void app.get("/slow/:name", async (request) => slow.wait((request.params as { readonly name: string }).name)),
  })
  return { ...gateway, slow }
}

function slowRequests(count: number, padding = ""): string {
  return Array.from({ length: count }, (_, n) => `GET /slow/${n} HTTP/1.1\r\nHost: x\r\n${padding}\r\n`).join("")
}

function inOrder(count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(n))
}

function bodiesIn({ received }: RawConnection): string[] {
  return [...received.matchAll(/\r\n\r\n(\d+)(?=HTTP|$)/g)].map(([, body = ""]) => body)
}

// proves 28.D1: requests ahead, answers unread
test("D1: reading stops at 16 unanswered requests of a connection, and continues as they are answered, in order", async () => {
  await using gateway = await startSlow()
  const { port, slow } = gateway
  using connection = new RawConnection(port)
  // More than the system returns in one read.
  connection.write(slowRequests(700, `X-A: ${"x".repeat(100)}\r\n`))
  await eventually(() => slow.asked.length === 16)
  await after(50)
  assert.equal(slow.asked.length, 16)
  for (let answered = 1; answered <= 20; answered++) {
    slow.letGo()
    await eventually(() => slow.asked.length === 16 + answered)
  }
  await after(50)
  assert.equal(slow.asked.length, 36)
  slow.letAllGo()
  await eventually(() => bodiesIn(connection).length === 700)
  assert.deepEqual(slow.asked, inOrder(700))
  assert.deepEqual(bodiesIn(connection), inOrder(700))
})

// proves 28.tabs: phones in many tabs
test("D1: a client that sends more ahead than there is room for is closed when what was read is answered; others are served", async () => {
  await using gateway = await startSlow()
  const { port, slow } = gateway
  await using held = new AsyncDisposableStack()
  // 50 kB of each connection wait; there is room for 8 MiB.
  const text = slowRequests(16) + slowRequests(4, `X-A: ${"x".repeat(12_500)}\r\n`)
  const greedy = Array.from({ length: 200 }, () => held.use(new RawConnection(port)))
  for (const connection of greedy) connection.write(text)
  await eventually(() => slow.asked.length >= 200)
  using other = new RawConnection(port)
  other.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
  await eventually(() => other.status === 200)
  slow.letAllGo()
  await eventually(() => greedy.every((one) => bodiesIn(one).length === 20 || one.socket.destroyed))
  const cut = greedy.filter((one) => bodiesIn(one).length < 20)
  assert.ok(cut.length > 10 && cut.length < 60, `${cut.length} of 200 were cut off`)
  for (const one of cut) assert.deepEqual(bodiesIn(one), inOrder(bodiesIn(one).length))
})

const started = shared(async (resources) => resources.use(await startTestGateway()))

const JSON_TYPE = "application/json"
const LOOKS_LIKE_A_REQUEST = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

/** Requests that a client may send one after another without waiting, with their answers. */
const KINDS = {
  "GET /healthz": { status: 200 },
  "HEAD /healthz": { status: 200 },
  "GET /nowhere": { status: 404 },
  "GET /openapi.json": { status: 200 },
  "POST /v1/messages": { status: 202, type: JSON_TYPE, body: JSON.stringify(aMessage()) },
  "POST /v1/messages/batch": { status: 400, type: JSON_TYPE, body: `${"\r\n\r\n".repeat(300)}{"x":1}` },
  "POST /v1/media": {
    status: 200,
    type: "multipart/form-data; boundary=b",
    body: [formPart("type", "file"), formPart("file", LOOKS_LIKE_A_REQUEST.repeat(20), "a.txt"), "--b--\r\n"].join(""),
  },
} as const satisfies Record<string, Kind>

function formPart(name: string, content: string, filename?: string): string {
  const file = filename === undefined ? "" : `; filename="${filename}"`
  return `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n${content}\r\n`
}

interface Kind {
  readonly status: number
  readonly type?: string
  readonly body?: string
}

// proves 28.D1: requests ahead, answers unread
test("requests sent at once, with bodies that look like requests and in pieces cut anywhere, are answered one by one", async () => {
  const { port } = started()
  // The first answer is 201.
  using first = new RawConnection(port)
  first.write(requestOf("POST /v1/media", 0))
  await eventually(() => first.status === 201)
  const names = Object.keys(KINDS) as (keyof typeof KINDS)[]
  const kinds = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(kinds, fc.array(fc.nat(), { maxLength: 6 }), async (lines, cuts) => {
      const text = lines.map((line, n) => requestOf(line, n)).join("")
      using connection = new RawConnection(port)
      for (const piece of piecesOf(text, cuts)) {
        connection.write(piece)
        await new Promise(setImmediate)
      }
      connection.write("GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      await connection.closed
      const answers = [...connection.received.matchAll(/HTTP\/1\.1 (\d+) [^]*?\r\nx-request-id: (.*)\r\n/gi)]
      assert.deepEqual(
        answers.slice(0, -1).map(([, status, id]) => [Number(status), id]),
        lines.map((line, n) => [KINDS[line].status, `r${n}`]),
      )
    }),
    { numRuns: 60 },
  )
})

function requestOf(line: keyof typeof KINDS, n: number): string {
  const { type, body }: Kind = KINDS[line]
  const head = `${line} HTTP/1.1\r\nHost: x\r\nX-Request-Id: r${n}\r\nAuthorization: Bearer ${ADMIN_KEY}\r\n`
  if (body === undefined) return `${head}\r\n`
  const typed = `${head}Content-Type: ${type}\r\n`
  if (n % 2 === 0) return `${typed}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const chunk = `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`
  return `${typed}Transfer-Encoding: chunked\r\n\r\n${chunk}`
}

function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...cuts.map((cut) => cut % text.length), text.length].toSorted((a, b) => a - b)
  return places.slice(1).map((end, index) => text.slice(places[index], end))
}

async function eventually(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (holds()) return
    await after(10)
  }
  assert.fail("it did not come true within 30 s")
}
