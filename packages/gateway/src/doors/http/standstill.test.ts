import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

const NOON = Date.parse("2026-11-25T12:00:00Z")
const PROBE = "2026-11-25T12:01:00.000Z"

interface Waiting {
  readonly reason: string | null
  readonly delayed_until: string | null
}

const pause = { errcode: 60020, errmsg: "not allow to access from your ip", since: NOON, nextProbeAt: NOON + 60_000 }

test("while an app is paused, waiting recipients have the time and the message has the reason", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json: before } = await gateway.request("/v1/messages", { body: aMessage() })
  await gateway.stores.apps.pause("alerts", pause, 1)
  const { json: after } = await gateway.request("/v1/messages", {
    body: aMessage({ to: { mobiles: ["12", "13800000001"] } }),
  })
  for (const { id } of [before, after]) {
    const { items } = (await gateway.request(`/v1/messages/${id}/recipients`)).json
    const waiting = items.filter(({ state }: { state: string }) => state === "pending")
    assert.deepEqual(
      waiting.map((item: Waiting) => [item.reason, item.delayed_until]),
      [["app_paused", PROBE]],
    )
    for (const item of items) if (item.state !== "pending") assert.equal(item.delayed_until, null)
    const { problem, delay } = (await gateway.request(`/v1/messages/${id}`)).json
    assert.deepEqual(problem, {
      code: "app_paused",
      cause: null,
      errcode: 60020,
      errmsg: "not allow to access from your ip",
      since: "2026-11-25T12:00:00.000Z",
      next_try_at: PROBE,
    })
    assert.deepEqual(delay, { reason: "app_paused", until: PROBE })
  }
  const { items } = (await gateway.request("/v1/messages")).json
  assert.deepEqual(
    items.map(({ problem }: { problem: { code: string } }) => problem.code),
    ["app_paused", "app_paused"],
  )
})

test("a message scheduled for after the next try does not wait for the pause", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  await gateway.stores.apps.pause("alerts", pause, 1)
  const { json } = await gateway.request("/v1/messages", { body: aMessage({ send_at: "2026-11-25T13:00:00Z" }) })
  const { items } = (await gateway.request(`/v1/messages/${json.id}/recipients`)).json
  assert.deepEqual([items[0].reason, items[0].delayed_until], ["scheduled", "2026-11-25T13:00:00.000Z"])
})

// proves 10.6: what operators see
test("while WeCom cannot be reached, waiting recipients have the reason, its times and what was met", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const cause = { kind: "dns", errcode: undefined, errmsg: "the name could not be resolved (wecom.invalid, ENOTFOUND)" }
  const outage = { since: NOON - 90_000, tries: 7, nextTryAt: NOON + 60_000, cause }
  gateway.dispatcher.inTheWay = { closedUntil: NOON + 60_000, why: "unreachable", outage }
  const { id } = (await gateway.request("/v1/messages", { body: aMessage() })).json
  const { problem, delay } = (await gateway.request(`/v1/messages/${id}`)).json
  assert.deepEqual(problem, {
    code: "wecom_unreachable",
    since: "2026-11-25T11:58:30.000Z",
    next_try_at: PROBE,
    cause: "dns",
    errcode: null,
    errmsg: cause.errmsg,
  })
  assert.deepEqual(delay, { reason: "unreachable", until: PROBE })
  const [waiting] = (await gateway.request(`/v1/messages/${id}/recipients`)).json.items
  assert.deepEqual([waiting.reason, waiting.delayed_until], ["unreachable", PROBE])
  const later = aMessage({ send_at: "2026-11-25T13:00:00Z" })
  const scheduled = (await gateway.request("/v1/messages", { body: later })).json
  assert.equal((await gateway.request(`/v1/messages/${scheduled.id}`)).json.problem, null)

  await gateway.stores.apps.pause("alerts", pause, 1)
  const paused = (await gateway.request(`/v1/messages/${id}`)).json
  assert.deepEqual([paused.problem.code, paused.delay.reason], ["app_paused", "app_paused"])
})

// proves 10.6: what operators see
test("a recipient behind another of the same order key has that reason, without a time", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const body = aMessage({ order_key: "deploy-4711" })
  const ids: string[] = []
  for (let n = 0; n < 2; n++) ids.push((await gateway.request("/v1/messages", { body })).json.id)
  const [head, next] = await Promise.all(
    ids.map(async (id) => (await gateway.request(`/v1/messages/${id}`)).json.delay),
  )
  assert.deepEqual([head, next], [null, { reason: "order", until: null }])
  const [waiting] = (await gateway.request(`/v1/messages/${ids[1]}/recipients`)).json.items
  assert.deepEqual([waiting.reason, waiting.delayed_until], ["order", null])
})

// proves 10.6: what operators see
test("a limit of one recipient is reported while it lasts, beside what all wait for: the later of the two", async () => {
  let now = NOON
  await using gateway = await startTestGateway({ now: () => now })
  const { id } = (await gateway.request("/v1/messages", { body: aMessage() })).json
  const detail = { delayedUntil: NOON + 60_000, reason: "member_rate" }
  await gateway.stores.outbox.update({
    messageId: id,
    at: NOON,
    updates: [{ chunk: 0, slots: [0], from: ["pending"], state: "pending", detail }],
  })
  const told = async (): Promise<readonly unknown[]> => {
    const [item] = (await gateway.request(`/v1/messages/${id}/recipients`)).json.items
    return [item.reason, item.delayed_until]
  }
  assert.deepEqual(await told(), ["member_rate", PROBE])
  assert.deepEqual((await gateway.request(`/v1/messages/${id}`)).json.delay, { reason: "member_rate", until: PROBE })
  gateway.dispatcher.inTheWay = { closedUntil: NOON + 59_000, why: "app_rate", outage: undefined }
  assert.deepEqual(await told(), ["member_rate", PROBE])
  gateway.dispatcher.inTheWay = { closedUntil: NOON + 3_600_000, why: "app_rate", outage: undefined }
  assert.deepEqual(await told(), ["app_rate", "2026-11-25T13:00:00.000Z"])
  gateway.dispatcher.inTheWay = { closedUntil: undefined, why: undefined, outage: undefined }
  now = NOON + 60_000
  assert.deepEqual(await told(), [null, null])
})

test("a pause that is over blocks no message, though a message had met it", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  const problem = { code: "app_paused", errcode: 60020, errmsg: "x" }
  await gateway.stores.outbox.update({ messageId: json.id, at: NOON, updates: [], problem })
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem, null)
  await gateway.stores.apps.pause("alerts", pause, 1)
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem.code, "app_paused")
})

test("whatever else keeps an app closed is reported as well", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  gateway.dispatcher.inTheWay = { closedUntil: NOON + 60_000, why: "app_rate", outage: undefined }
  const { items } = (await gateway.request(`/v1/messages/${json.id}/recipients`)).json
  assert.deepEqual([items[0].reason, items[0].delayed_until], ["app_rate", PROBE])
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem, null)
})

test("the whole way: an address that WeCom does not trust is the reason of all who wait", async () => {
  await using world = await startWithSimulator()
  await fetch(`${world.simulator.url}/_sim/org`, {
    method: "PUT",
    body: JSON.stringify({ ...world.simulator.org, trusted_ips: ["192.0.2.1"] }),
  })
  const ids: string[] = []
  for (const userid of ["zhangsan", "lisi", "WangWu"]) {
    ids.push((await world.request("/v1/messages", { body: aMessage({ to: { users: [userid] } }) })).json.id)
  }
  for (;;) {
    const { items } = (await world.request("/v1/apps")).json
    if (items[0].pause !== null) break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const id of ids) {
    const { items } = (await world.request(`/v1/messages/${id}/recipients`)).json
    assert.ok(Date.parse(items[0].delayed_until) > Date.now(), id)
    assert.equal((await world.request(`/v1/messages/${id}`)).json.problem.errcode, 60020)
  }
  assert.match(
    (await world.request("/metrics")).text,
    /^wecom_push_app_paused\{database="[0-9a-f]{8}",app="alerts"\} 1$/m,
  )
})
