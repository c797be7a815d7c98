import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

const NOON = Date.parse("2026-11-25T12:00:00Z")
const PROBE = "2026-11-25T12:01:00.000Z"

const pause = { errcode: 60020, errmsg: "not allow to access from your ip", since: NOON, nextProbeAt: NOON + 60_000 }

test("while an app is paused, who waits is told until when and the message why", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json: before } = await gateway.request("/v1/messages", { body: aMessage() })
  await gateway.stores.apps.pause("alerts", pause)
  const { json: after } = await gateway.request("/v1/messages", {
    body: aMessage({ to: { mobiles: ["12", "13800000001"] } }),
  })
  for (const { id } of [before, after]) {
    const { items } = (await gateway.request(`/v1/messages/${id}/recipients`)).json
    const waiting = items.filter(({ state }: { state: string }) => state === "pending")
    assert.deepEqual(
      waiting.map((item: { delayed_until: string }) => item.delayed_until),
      [PROBE],
    )
    for (const item of items) if (item.state !== "pending") assert.equal(item.delayed_until, null)
    const { problem } = (await gateway.request(`/v1/messages/${id}`)).json
    assert.deepEqual(problem, { code: "app_paused", errcode: 60020, errmsg: "not allow to access from your ip" })
  }
  const { items } = (await gateway.request("/v1/messages")).json
  assert.deepEqual(
    items.map(({ problem }: { problem: { code: string } }) => problem.code),
    ["app_paused", "app_paused"],
  )
})

test("a message scheduled for after the next try does not wait for the pause", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  await gateway.stores.apps.pause("alerts", pause)
  const { json } = await gateway.request("/v1/messages", { body: aMessage({ send_at: "2026-11-25T13:00:00Z" }) })
  const { items } = (await gateway.request(`/v1/messages/${json.id}/recipients`)).json
  assert.equal(items[0].delayed_until, null)
})

test("a pause that is over is in nobody's way, though a message had met it", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  const problem = { code: "app_paused", errcode: 60020, errmsg: "x" }
  await gateway.stores.outbox.patch({ messageId: json.id, at: NOON, patches: [], problem })
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem, null)
  await gateway.stores.apps.pause("alerts", pause)
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem.code, "app_paused")
})

test("whatever else keeps an app closed is told as well", async () => {
  await using gateway = await startTestGateway({ now: () => NOON })
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  gateway.dispatcher.closed = NOON + 60_000
  const { items } = (await gateway.request(`/v1/messages/${json.id}/recipients`)).json
  assert.equal(items[0].delayed_until, PROBE)
  assert.equal((await gateway.request(`/v1/messages/${json.id}`)).json.problem, null)
})

test("the whole way: an address that WeCom does not trust is told to everybody who waits", async () => {
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
  assert.match((await world.request("/metrics")).text, /^wecom_push_app_paused\{app="alerts"\} 1$/m)
})
