import assert from "node:assert/strict"
import { test } from "node:test"
import { ADMIN_KEY, aMessage, startTestGateway } from "../../../gateway/src/doors/http/testing/start-gateway.ts"
import type { TestGateway } from "../../../gateway/src/doors/http/testing/start-gateway.ts"
import { startSeveral } from "../../../gateway/src/doors/http/testing/start-several.ts"
import { freePort } from "../../../../tools/testing/free-port.ts"
import { GatewayClient, UnreachableError } from "../index.ts"
import type { FollowOptions, GatewayEvent } from "../index.ts"
import { startUnfaithfulProxy } from "../testing/unfaithful-proxy.ts"

/** Connects through a proxy that a test can end at once, because `fetch` keeps an abandoned connection open for a while. */
function follow(baseUrl: string | readonly string[], options?: FollowOptions): AsyncGenerator<GatewayEvent> {
  return new GatewayClient({ baseUrl, key: ADMIN_KEY }).events(options)
}

/** @returns the ids of the messages */
async function accept(gateway: TestGateway, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) ids.push((await gateway.request("/v1/messages", { body: aMessage() })).json.id)
  return ids
}

/**
 * Takes the next `count` events of messages, or a reset, and then leaves. The log begins with an event of the app,
 * which is skipped.
 */
async function take(events: AsyncGenerator<GatewayEvent>, count: number): Promise<readonly GatewayEvent[]> {
  const taken: GatewayEvent[] = []
  for await (const event of events) {
    if (event.type !== "app.changed") taken.push(event)
    if (taken.length === count) break
  }
  return taken
}

const messagesOf = (events: readonly GatewayEvent[]): readonly unknown[] => events.map(({ message_id }) => message_id)

test("30.client: events come typed, all that are kept or from behind one of them", async () => {
  await using gateway = await startTestGateway()
  await using near = await startUnfaithfulProxy(gateway.url)
  const ids = await accept(gateway, 3)
  const all = await take(follow(near.url, { after: 0 }), 3)
  assert.deepEqual(messagesOf(all), ids)
  const [first] = all
  assert.ok(first?.type === "message.accepted" && first.data.recipients === 1 && first.app === "alerts")
  assert.deepEqual(messagesOf(await take(follow(near.url, { after: first.id }), 2)), ids.slice(1))
})

test("30.client: without a place to begin at, events come from now on", async () => {
  await using gateway = await startTestGateway()
  await using near = await startUnfaithfulProxy(gateway.url)
  const before = await accept(gateway, 2)
  const following = take(follow(near.url), 1)
  const after: string[] = []
  // Accepts messages until one event is seen.
  while ((await Promise.race([following, Promise.resolve()])) === undefined) after.push(...(await accept(gateway, 1)))
  const [met] = messagesOf(await following)
  assert.ok(after.some((id) => id === met) && !before.some((id) => id === met))
})

// proves 30.client: half an event
test("30.client: half an event is left out, and read whole where it continues: each comes once, in order", async () => {
  await using gateway = await startTestGateway()
  await using proxy = await startUnfaithfulProxy(gateway.url)
  const ids = await accept(gateway, 5)
  proxy.does({ cutBehind: `"message_id":"${ids[1]}"` }, { lose: "request" }, { cutBehind: `"message_id":"${ids[3]}` })
  assert.deepEqual(messagesOf(await take(follow(proxy.url, { after: 0 }), 5)), ids)
  const asked = proxy.seen.map(({ headers }) => headers["last-event-id"])
  assert.deepEqual(asked, ["0", "2", "2", "4"])
})

// proves 30.client: events over several gateways
test("30.client: when its gateway stops, the next continues behind the last event that was read", async () => {
  await using several = await startSeveral(2)
  const [one, other] = several.gateways
  assert.ok(one !== undefined && other !== undefined)
  const post = async (): Promise<string> => (await several.request(1, "/v1/messages", { body: aMessage() })).json.id
  const ids = [await post()]
  const events = follow([one.url, other.url], { after: 0 })
  const seen: GatewayEvent[] = []
  for await (const event of events) {
    if (event.type !== "message.accepted") continue
    seen.push(event)
    if (seen.length === 1) {
      await one.stop()
      ids.push(await post(), await post())
    }
    if (seen.length === 3) break
  }
  assert.deepEqual(messagesOf(seen), ids)
})

// proves 30.client: an event that is gone
test("30.client: where the last event that was read does not exist any more, a reset comes first, then the oldest that exist", async () => {
  await using gateway = await startTestGateway()
  await using near = await startUnfaithfulProxy(gateway.url)
  const ids = await accept(gateway, 2)
  const [reset, ...rest] = await take(follow(near.url, { after: 4711 }), 3)
  assert.ok(
    reset?.type === "reset" &&
      reset.data.last_event_id === 4711 &&
      reset.data.reason === "restored" &&
      reset.app === null,
  )
  assert.deepEqual(messagesOf(rest), ids)
})

// proves 30.pruned: a log cut past what was read
test("30.client: where events behind the last one that was read were deleted, a reset comes first, then the oldest that are kept", async () => {
  await using gateway = await startTestGateway()
  await using near = await startUnfaithfulProxy(gateway.url)
  const ids = await accept(gateway, 4)
  const all = await take(follow(near.url, { after: 0 }), 4)
  const [read, , kept] = all.map(({ id }) => id)
  assert.ok(read !== undefined && kept !== undefined)
  // Deletes all but the newest event, which is kept however old it is.
  await gateway.stores.upkeep.prune({
    now: 0,
    finishedBefore: 0,
    eventsBefore: Date.now() + 60_000,
    lookupsBefore: 0,
    auditBefore: 0,
    auditEntries: 1000,
    limit: 1000,
  })
  const [reset, ...rest] = await take(follow(near.url, { after: read }), 2)
  assert.ok(reset?.type === "reset" && reset.data.last_event_id === read && reset.data.reason === "deleted")
  assert.deepEqual(messagesOf(rest), ids.slice(3))
  // A client that has read all deleted events, or has read nothing yet, misses nothing.
  assert.deepEqual(messagesOf(await take(follow(near.url, { after: kept }), 1)), ids.slice(3))
  assert.deepEqual(messagesOf(await take(follow(near.url, { after: 0 }), 1)), ids.slice(3))
})

test("30.client: it follows for as long as a gateway may come back: until its time is over, or its signal is raised", async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  await assert.rejects(
    follow(url, { withinMs: 300 }).next(),
    (error) => error instanceof UnreachableError && error.message.startsWith(url),
  )
  const leaving = new AbortController()
  const next = follow(url, { signal: leaving.signal }).next()
  const reason = new Error("enough")
  leaving.abort(reason)
  await assert.rejects(next, (error) => error === reason)
})

test("30.client: a signal ends a wait for the next event with its reason, and the connection with it", async () => {
  await using gateway = await startTestGateway()
  await using proxy = await startUnfaithfulProxy(gateway.url)
  await accept(gateway, 1)
  const leaving = new AbortController()
  const events = follow(proxy.url, { after: 0, signal: leaving.signal })
  assert.equal((await events.next()).value?.id, 1)
  assert.equal((await events.next()).value?.id, 2)
  const [connection] = proxy.seen
  const closed = new Promise((resolve) => connection?.socket.once("close", resolve))
  const next = events.next()
  const reason = new Error("enough")
  leaving.abort(reason)
  await assert.rejects(next, (error) => error === reason)
  await closed
})

test("30.client: a key that is revoked ends the stream with the refusal", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["read"], apps: "all" } })
  await accept(gateway, 1)
  const events = new GatewayClient({ baseUrl: gateway.url, key: json.key }).events({ after: 0 })
  assert.equal((await events.next()).value?.id, 1)
  assert.equal((await events.next()).value?.id, 2)
  await gateway.request(`/v1/keys/${json.id}`, { method: "DELETE" })
  await assert.rejects(events.next(), { code: "unauthorized", status: 401 })
})

test("30.client: an answer that is no stream of events is a typed error", async () => {
  await using gateway = await startTestGateway()
  await using proxy = await startUnfaithfulProxy(gateway.url)
  proxy.does({ answer: 200, headers: { "content-type": "text/html" }, body: "<html>log in</html>" })
  await assert.rejects(follow(proxy.url).next(), { code: "unexpected_answer" })
  proxy.does({ answer: 200, headers: { "content-type": "text/event-stream" }, body: "data: not JSON\n\n" })
  await assert.rejects(follow(proxy.url).next(), { code: "unexpected_answer" })
})
