import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Readable } from "node:stream"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { ADMIN_KEY, aMessage } from "../packages/gateway/src/doors/http/testing/start-gateway.ts"
import { startWithSimulator } from "../packages/gateway/src/doors/http/testing/start-with-simulator.ts"
import { without } from "../tools/testing/programs.ts"
import { startProxy } from "./testing/proxied.ts"

const LIMIT_BYTES = 64 * 1024 * 1024
const FILE_BYTES = 20 * 1024 * 1024
/** A proxy that buffers events keeps them for a minute, or until the connection ends. */
const LATER_AT_MOST_MS = 20_000
const AUTHORIZED = { authorization: `Bearer ${ADMIN_KEY}` }
const JSON_BODY = { ...AUTHORIZED, "content-type": "application/json" }

for (const { name, skip } of [
  { name: "nginx", skip: without("nginx") },
  { name: "caddy", skip: without("caddy") },
] as const) {
  // proves 30.proxies: nginx and Caddy: events, 64 MiB
  test(
    `30: behind ${name} a message arrives, each event comes as soon as the gateway sends it, and 64 MiB are taken but not a byte more`,
    { skip },
    async (t) => {
      await using world = await startWithSimulator()
      const { gateway } = world
      await using proxy = await startProxy(name, [`127.0.0.1:${gateway.port}`])
      const leaving = new AbortController()
      t.after(() => leaving.abort())
      const direct = await fetch(`${gateway.url}/v1/events`, { headers: AUTHORIZED, signal: leaving.signal })
      const proxied = await proxy.open("/v1/events", { headers: AUTHORIZED })
      assert.match(proxied.headers["content-type"] ?? "", /^text\/event-stream/)
      const comeDirect = eventsOf(direct.body ?? assert.fail())
      const come = eventsOf(proxied)

      const post = async (content: string): Promise<string> => {
        const body = JSON.stringify(aMessage({ to: { users: ["zhangsan"] }, text: { content } }))
        const answer = await proxy.ask("/v1/messages", { method: "POST", headers: JSON_BODY, body })
        assert.equal(answer.status, 202, answer.text)
        return (JSON.parse(answer.text) as { id: string }).id
      }
      for (const content of ["磁盘 91%", "磁盘 92%", "磁盘 93%"]) await world.until(await post(content), "sent")
      assert.equal((await world.phone("zhangsan")).length, 3)
      const { id: first, at: firstAt } = await comeDirect.next()
      const mine = await come.next()
      assert.equal(mine.id, first)
      assert.ok(mine.at - firstAt < LATER_AT_MOST_MS)
      // Each message is accepted and sent.
      let second = ""
      for (let n = 1; n < 6; n++) {
        const [told, passedOn] = [await comeDirect.next(), await come.next()]
        assert.equal(passedOn.id, told.id)
        if (n === 1) second = told.id
        assert.ok(passedOn.at - told.at < LATER_AT_MOST_MS, `event ${told.id} came ${passedOn.at - told.at} ms later`)
      }
      proxied.destroy()
      const again = await proxy.open("/v1/events", { headers: { ...AUTHORIZED, "last-event-id": first } })
      assert.equal((await eventsOf(again).next()).id, second)
      again.destroy()

      const taken = await proxy.ask("/v1/messages/batch", batchOf(LIMIT_BYTES))
      assert.match(taken.text, /"status":202/)
      const file = await formOf(FILE_BYTES)
      const stored = await proxy.ask("/v1/media", file)
      assert.equal(stored.status, 201, stored.text)
      const refused = await askTillAnswered(() => proxy.ask("/v1/messages/batch", batchOf(LIMIT_BYTES + 1)))
      assert.equal(refused.status, 413, refused.text)
      assert.match(refused.headers["content-type"] ?? "", /^application\/problem\+json/)
      assert.equal((JSON.parse(refused.text) as { code: string }).code, "body_too_large")
    },
  )

  // proves 30.proxies: a gateway that stops, POSTs
  test(
    `30: behind ${name} a gateway that stops is left for another one, and no POST without Idempotency-Key is repeated`,
    { skip },
    async () => {
      await using world = await startWithSimulator()
      await using stopping = await startStopping()
      await using proxy = await startProxy(name, [stopping.address, `127.0.0.1:${world.gateway.port}`])
      const post = async (content: string, more: object): Promise<number> => {
        const body = JSON.stringify(aMessage({ to: { users: ["zhangsan"] }, text: { content } }))
        return (await proxy.ask("/v1/messages", { method: "POST", headers: { ...JSON_BODY, ...more }, body })).status
      }
      const plain: number[] = []
      for (let n = 0; n < 6; n++) plain.push(await post(`plain ${n}`, {}))
      assert.equal(plain.filter((status) => status === 503).length, stopping.seen.posts)
      assert.equal(plain.filter((status) => status === 202).length, 6 - stopping.seen.posts)

      // Caddy checks whether each gateway is ready: when the second check comes, it has seen the answer to the first.
      if (name === "caddy") while (stopping.seen.checks < 2) await sleep(20)
      for (let n = 0; n < 6; n++) {
        assert.equal((await proxy.ask("/v1/messages", { headers: AUTHORIZED })).status, 200)
        assert.equal(await post(`keyed ${n}`, { "idempotency-key": `key-${n}` }), 202)
      }
      const accepted = await world.request("/v1/messages?limit=100")
      assert.equal(accepted.json.items.length, 12 - plain.filter((status) => status === 503).length)
    },
  )
}

/**
 * Repeats the request, because Caddy closes the connection half a second after it has refused a body that is still being sent,
 * and a client that has not read the answer by then loses it.
 */
async function askTillAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 5 || !isReset(error)) throw error
    }
  }
}

function isReset(error: unknown): boolean {
  const { code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException
  return code === "ECONNRESET" || code === "EPIPE"
}

/** One message and blanks after it. */
function batchOf(bytes: number) {
  const body = Buffer.alloc(bytes, " ")
  body.write(JSON.stringify([aMessage()]))
  return { method: "POST", headers: JSON_BODY, body }
}

async function formOf(bytes: number) {
  const form = new FormData()
  form.set("type", "file")
  form.set("file", new Blob([new Uint8Array(bytes)]), "log.dat")
  const encoded = new Response(form)
  const headers = { ...AUTHORIZED, "content-type": encoded.headers.get("content-type") ?? "" }
  return { method: "POST", headers, body: Buffer.from(await encoded.arrayBuffer()) }
}

/** The events of a stream, each with the time of its arrival. */
function eventsOf(stream: Readable | ReadableStream<Uint8Array>) {
  const come: { id: string; at: number }[] = []
  let wake = Promise.withResolvers<void>()
  void (async () => {
    const decoder = new TextDecoder()
    let rest = ""
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      const blocks = (rest + decoder.decode(piece, { stream: true })).split("\n\n")
      rest = blocks.pop() ?? ""
      for (const block of blocks) {
        const [, id] = /^id: ?(.+)$/m.exec(block) ?? []
        // The first block says only where the stream begins.
        if (id !== undefined && /^data:/m.test(block)) come.push({ id, at: performance.now() })
      }
      wake.resolve()
      wake = Promise.withResolvers()
    }
  })().catch(() => undefined)
  return {
    async next() {
      for (;;) {
        const event = come.shift()
        if (event !== undefined) return event
        await wake.promise
      }
    },
  }
}

/** Starts a server that answers as a gateway that is stopping. */
async function startStopping() {
  const seen = { posts: 0, checks: 0 }
  const server = createServer((asked, answer) => {
    if (asked.url === "/readyz") seen.checks++
    if (asked.method === "POST") seen.posts++
    asked.resume().once("end", () => answer.writeHead(503, { "retry-after": "1", connection: "close" }).end())
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
