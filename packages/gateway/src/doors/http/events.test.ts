import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

interface SentEvent {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Reads a stream of events until it has as many as are wanted, or it ends. */
async function follow(gateway: TestGateway, options: { key?: string; lastEventId?: string } = {}) {
  const leaving = new AbortController()
  const answer = await fetch(`${gateway.url}/v1/events`, {
    headers: {
      authorization: `Bearer ${options.key ?? ADMIN_KEY}`,
      ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
    },
    signal: leaving.signal,
  })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  const events: SentEvent[] = []
  return {
    answer,
    leave: () => leaving.abort(),
    async take(count: number): Promise<SentEvent[]> {
      while (events.length < count) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined }
        if (done) break
        text += value
        const blocks = text.split("\n\n")
        text = blocks.pop() ?? ""
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/, 2)))
          if (fields["data"] !== undefined)
            events.push({ id: fields["id"], event: fields["event"], data: JSON.parse(fields["data"]) })
        }
      }
      return events.splice(0, count)
    },
  }
}

const post = async (gateway: TestGateway, changes: Record<string, unknown> = {}): Promise<string> =>
  (await gateway.request("/v1/messages", { body: aMessage(changes) })).json.id

test("events come as they happen, starting now", async () => {
  await using gateway = await startTestGateway()
  await post(gateway)
  const stream = await follow(gateway)
  assert.equal(stream.answer.status, 200)
  assert.match(stream.answer.headers.get("content-type") ?? "", /^text\/event-stream/)
  const ids = [await post(gateway), await post(gateway)]
  const events = await stream.take(2)
  assert.deepEqual(
    events.map(({ event, data }) => [event, data["type"], data["message_id"], data["app"]]),
    ids.map((id) => ["message.accepted", "message.accepted", id, "alerts"]),
  )
  assert.deepEqual(events[0]?.data["data"], { state: "queued", recipients: 1 })
  stream.leave()
})

// proves 3.6: following
test("Last-Event-ID continues after it, without a gap and without a repeat", async () => {
  await using gateway = await startTestGateway()
  const before = await follow(gateway)
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(await post(gateway))
  const seen = await before.take(2)
  before.leave()
  const after = await follow(gateway, { lastEventId: seen[1]?.id ?? "" })
  for (let n = 0; n < 3; n++) ids.push(await post(gateway))
  const rest = await after.take(6)
  assert.deepEqual(
    [...seen, ...rest].map(({ data }) => data["message_id"]),
    ids,
  )
  after.leave()
})

test("more events than a page are all reported, in order", async () => {
  await using gateway = await startTestGateway()
  const items = Array.from({ length: 700 }, () => aMessage())
  await gateway.request("/v1/messages/batch", { body: items })
  const stream = await follow(gateway, { lastEventId: "0" })
  const events = await stream.take(700)
  const numbers = events.map(({ id }) => Number(id))
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(numbers).size, 700)
  stream.leave()
})

// proves row 5: what belongs to another app
test("a key hears of its own apps only", async () => {
  await using gateway = await startTestGateway()
  await gateway.request("/v1/apps", { body: { name: "hr", corp_id: "ww1", agent_id: 2, secret: "s" } })
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["read"], apps: ["hr"] } })
  const stream = await follow(gateway, { key: json.key })
  for (let n = 0; n < 300; n++) await post(gateway)
  const id = await post(gateway, { app: "hr" })
  assert.deepEqual(
    (await stream.take(1)).map(({ data }) => data["message_id"]),
    [id],
  )
  stream.leave()
})

test("a revoked key's stream ends", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["read"], apps: "all" } })
  const stream = await follow(gateway, { key: json.key })
  await gateway.request(`/v1/keys/${json.id}`, { method: "DELETE" })
  await post(gateway)
  assert.deepEqual(await stream.take(1), [])
})

test("a stop of the gateway ends the streams, and does not wait for them", async () => {
  await using gateway = await startTestGateway()
  const stream = await follow(gateway)
  const started = performance.now()
  await gateway.stop(170_000)
  assert.deepEqual(await stream.take(1), [])
  assert.ok(performance.now() - started < 60_000)
})

test("an id that is none of ours, and a client that takes no events, are refused", async () => {
  await using gateway = await startTestGateway()
  const bad = await gateway.request("/v1/events", { headers: { "last-event-id": "abc" } })
  assert.deepEqual([bad.status, bad.json.errors[0].path], [422, "Last-Event-ID"])
  const html = await gateway.request("/v1/events", { headers: { accept: "text/html" } })
  assert.deepEqual([html.status, html.json.code], [406, "not_acceptable"])
  assert.equal((await gateway.request("/v1/events", { key: null })).status, 401)
})
