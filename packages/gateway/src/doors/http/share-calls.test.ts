import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

const PEOPLE = ["zhangsan", "lisi", "WangWu", "007"]

test("an app's calls are shared when it is set so, and such a message is not recalled", async () => {
  await using world = await startWithSimulator()
  const settings = { share_calls: true }
  const changed = await world.request("/v1/apps/alerts", { method: "PATCH", body: { settings } })
  assert.deepEqual([changed.status, changed.json.settings], [200, settings])
  // All are due at the same moment, even if a busy machine needs many commits to accept them.
  const send_at = new Date(Date.now() + 3000).toISOString()
  const { json } = await world.request("/v1/messages/batch", {
    body: PEOPLE.map((userid) => aMessage({ to: { users: [userid] }, send_at })),
  })
  const ids = json.map(({ id }: { id: string }) => id)
  for (const id of ids) assert.deepEqual((await world.until(id, "sent"))["recipients"].sent, 1)
  assert.equal((await callsOf(world.simulator.url)).length, 1)
  const recalled = await world.request(`/v1/messages/${ids[0]}/recall`, { method: "POST" })
  assert.deepEqual([recalled.status, recalled.json.code], [409, "shared_call"])
  assert.match(recalled.json.hint, /share_calls/)
  for (const userid of PEOPLE) assert.equal((await world.phone(userid)).length, 1, userid)
})

test("calls are not shared unless an app is set so", async () => {
  await using world = await startWithSimulator()
  const { json } = await world.request("/v1/messages/batch", {
    body: PEOPLE.map((userid) => aMessage({ to: { users: [userid] } })),
  })
  for (const { id } of json) await world.until(id, "sent")
  assert.equal((await callsOf(world.simulator.url)).length, 4)
})

test("share_calls is true or false, account_cap a whole number above 0 or null", async () => {
  await using gateway = await startTestGateway()
  for (const [settings, status, path] of [
    [{ share_calls: true, account_cap: 500 }, 200, undefined],
    [{ share_calls: false, account_cap: null }, 200, undefined],
    [{ share_calls: "yes" }, 400, "/settings/share_calls"],
    [{ share_calls: null }, 400, "/settings/share_calls"],
    [{ account_cap: 0 }, 422, "/settings/account_cap"],
    [{ account_cap: -5 }, 422, "/settings/account_cap"],
    [{ account_cap: 1.5 }, undefined, "/settings/account_cap"],
    [{ account_cap: "500" }, 400, "/settings/account_cap"],
    [{ account_cap: 10_000_001 }, 422, "/settings/account_cap"],
  ] as const) {
    const answer = await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings } })
    if (status !== undefined) assert.equal(answer.status, status, JSON.stringify(settings))
    if (path !== undefined) assert.equal(answer.json.errors[0].path, path)
  }
  const { json } = await gateway.request("/openapi.json")
  const { properties } = json.components.schemas.AppSettings
  assert.match(properties.share_calls.description, /shared_call/)
  assert.match(properties.account_cap.description, /账号上限数/)
})

async function callsOf(url: string): Promise<readonly unknown[]> {
  const { calls } = (await (await fetch(`${url}/_sim/calls`)).json()) as { calls: { path: string }[] }
  return calls.filter(({ path }) => path === "/cgi-bin/message/send")
}
