import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"

const CORP = "ww0000000000000001"
/** The agent of `alerts`. */
const AGENT = { corp_id: CORP, agent_id: 1_000_002, secret: "sim-secret-alerts" }

const add = (gateway: Pick<TestGateway, "request">, name: string, more: object = {}): Promise<TestAnswer> =>
  gateway.request("/v1/apps", { body: { name, ...AGENT, ...more } })

const change = (gateway: TestGateway, name: string, body: object, key?: string): Promise<TestAnswer> =>
  gateway.request(`/v1/apps/${name}`, { method: "PATCH", body, ...(key === undefined ? {} : { key }) })

const settingsOf = async (gateway: TestGateway, name: string): Promise<unknown> =>
  (await gateway.request(`/v1/apps/${name}`)).json.settings

/** Log lines about limits that were merged. */
function told({ logLines }: TestGateway): readonly string[] {
  return logLines.filter((line) => line.includes("are one agent"))
}

async function adminOf(gateway: TestGateway, apps: readonly string[]): Promise<string> {
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["admin"], apps } })
  return json.key
}

// proves 12.R3: other limits are 409
test("12.R3: another name of an agent takes over its limits, or names the same; others are 409 and say whose and what", async () => {
  await using gateway = await startTestGateway()
  await change(gateway, "alerts", { settings: { member_per_minute: 20, share_calls: true } })
  const refused = await add(gateway, "alarms", { settings: { member_per_minute: 30, concurrent_calls: 9 } })
  assert.deepEqual([refused.status, refused.json.code], [409, "other_limits"])
  assert.match(refused.json.hint, /Leave the limits out/)
  assert.deepEqual(refused.json.errors, [
    {
      path: "/settings/member_per_minute",
      code: "other_limits",
      detail: "The app alerts is the same agent, and has another member_per_minute: 20.",
    },
    {
      path: "/settings/concurrent_calls",
      code: "other_limits",
      detail: "The app alerts is the same agent, and has another concurrent_calls: 50, the default.",
    },
  ])
  assert.equal((await gateway.request("/v1/apps/alarms")).status, 404)

  const joined = await add(gateway, "alarms", { settings: { mobile_check: "length" } })
  assert.equal(joined.status, 201)
  // Whether calls are shared is no limit of WeCom's, so each name has its own setting.
  assert.deepEqual(joined.json.settings, { member_per_minute: 20, mobile_check: "length" })
  assert.deepEqual(joined.json.same_agent, ["alerts"])
  const equal = await add(gateway, "alarms-2", { settings: { member_per_minute: 20, concurrent_calls: 50 } })
  assert.equal(equal.status, 201)
  const { items } = (await gateway.request("/v1/apps")).json
  assert.deepEqual(
    items.map(({ same_agent }: { same_agent: string[] }) => same_agent),
    [
      ["alarms-2", "alerts"],
      ["alarms", "alerts"],
      ["alarms", "alarms-2"],
    ],
  )
  const zh = await gateway.request("/v1/apps", {
    body: { name: "x", ...AGENT, settings: { account_cap: 5 } },
    headers: { "accept-language": "zh" },
  })
  assert.match(zh.json.errors[0].detail, /应用 alarms 是同一个 agent，其 account_cap 为不限（默认值）/)
})

// proves 12.R3: a change is one of all names
test("12.R3: a changed limit is one of all names of the agent, and the audit trail of each tells it", async () => {
  await using gateway = await startTestGateway()
  await add(gateway, "alarms", { settings: { share_calls: true } })
  const before = (await gateway.request("/v1/apps/alerts")).headers.get("etag")
  const changed = await change(gateway, "alarms", { settings: { member_per_hour: 500 } })
  assert.deepEqual([changed.status, changed.json.same_agent], [200, ["alerts"]])
  assert.deepEqual(await settingsOf(gateway, "alerts"), { member_per_hour: 500 })
  assert.notEqual((await gateway.request("/v1/apps/alerts")).headers.get("etag"), before)
  const { items } = (await gateway.request("/v1/audit")).json
  assert.deepEqual(
    items.slice(0, 2).map(({ action, target, detail }: Record<string, unknown>) => [action, target, detail]),
    [
      ["app.changed", "alerts", { fields: ["settings"], because: "same_agent" }],
      ["app.changed", "alarms", { fields: ["settings"] }],
    ],
  )
})

test("12.R3: a limit that is also another app's takes a key that holds it; what is no limit does not", async () => {
  await using gateway = await startTestGateway()
  await add(gateway, "alarms")
  const key = await adminOf(gateway, ["alarms"])
  const refused = await change(gateway, "alarms", { settings: { member_per_hour: 500 } }, key)
  assert.deepEqual([refused.status, refused.json.code], [403, "beyond_reach"])
  assert.doesNotMatch(refused.text, /alerts/)
  assert.deepEqual(await settingsOf(gateway, "alarms"), {})
  const own = await change(gateway, "alarms", { settings: { share_calls: true, member_per_hour: 1000 } }, key)
  assert.deepEqual([own.status, own.json.same_agent], [200, []])
  const both = await adminOf(gateway, ["alarms", "alerts"])
  assert.equal((await change(gateway, "alarms", { settings: { member_per_hour: 500 } }, both)).status, 200)
  assert.deepEqual(await settingsOf(gateway, "alerts"), { member_per_hour: 500 })
})

test("12.R3: an app that becomes an agent with a name takes its limits over; naming others it stays what it is", async () => {
  await using gateway = await startTestGateway()
  await change(gateway, "alerts", { settings: { member_per_minute: 20 } })
  await add(gateway, "hr", { agent_id: 1_000_003, settings: { account_cap: 7 } })
  const refused = await change(gateway, "hr", { agent_id: 1_000_002, settings: { account_cap: 7 } })
  assert.deepEqual([refused.status, refused.json.code], [409, "other_limits"])
  assert.equal((await gateway.request("/v1/apps/hr")).json.agent_id, 1_000_003)
  const moved = await change(gateway, "hr", { agent_id: 1_000_002 })
  assert.deepEqual([moved.status, moved.json.settings], [200, { member_per_minute: 20 }])
  const back = await change(gateway, "hr", { agent_id: 1_000_003, settings: { account_cap: 8 } })
  assert.deepEqual(back.json.settings, { account_cap: 8 })
  assert.deepEqual(await settingsOf(gateway, "alerts"), { member_per_minute: 20 })
})

test("12.R3: the app from the environment takes over the limits of another name of its agent", async () => {
  using folder = new TemporaryFolder()
  {
    await using gateway = await startTestGateway({ folder })
    await change(gateway, "alerts", { settings: { member_per_minute: 20 } })
  }
  await using gateway = await startTestGateway({
    folder,
    apps: [],
    environment: {
      WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
      WECOM_CORP_ID: CORP,
      WECOM_AGENT_ID: "1000002",
      WECOM_APP_SECRET: "sim-secret-alerts",
    },
  })
  assert.deepEqual(await settingsOf(gateway, "default"), { member_per_minute: 20 })
})

// proves 12.R3: existing data, merged to the stricter
test("12.R3: where two names had different limits the stricter of each holds for both from the next start, logged once", async () => {
  using folder = new TemporaryFolder()
  {
    await using gateway = await startTestGateway({ folder })
    for (const name of ["alarms", "alarms-2"]) await add(gateway, name)
  }
  {
    using db = new DatabaseSync(folder.file())
    // As an earlier version could leave it.
    const write = db.prepare("update apps set settings = ? where name = ?")
    const wide = { member_per_minute: null, concurrent_calls: 60, share_calls: true }
    const narrow = { member_per_minute: 20, member_per_hour: null, concurrent_calls: 80, account_cap: 100 }
    write.run(JSON.stringify(narrow), "alarms")
    write.run(JSON.stringify(wide), "alarms-2")
  }
  const merged = { member_per_minute: 20, account_cap: 100 }
  {
    await using gateway = await startTestGateway({ folder })
    assert.deepEqual(await settingsOf(gateway, "alerts"), merged)
    assert.deepEqual(told(gateway).length, 1)
    assert.match(told(gateway)[0] ?? "", /"apps":\["alarms","alarms-2","alerts"\]/)
  }
  await using gateway = await startTestGateway({ folder })
  assert.deepEqual(told(gateway), [])
  assert.deepEqual((await gateway.request("/v1/apps/alarms")).json.settings, merged)
})

// proves 12.R3: through the door
test("12.R3: through the whole gateway an equal alarm under another name arrives, and a member gets no more than WeCom shows", async () => {
  await using world = await startWithSimulator()
  assert.equal((await add(world, "alarms")).status, 201)
  for (const app of ["alerts", "alarms"]) {
    const { json } = await world.request("/v1/messages", { body: aMessage({ app, to: { users: ["zhangsan"] } }) })
    await world.until(json.id, "sent")
  }
  assert.equal((await world.phone("zhangsan")).length, 2)
  const posts = ["alerts", "alarms"].flatMap((app) =>
    Array.from({ length: 31 }, (_, n) => aMessage({ app, to: { users: ["lisi"] }, text: { content: `${app} ${n}` } })),
  )
  const { json } = await world.request("/v1/messages/batch", { body: posts })
  for (const { id } of json) {
    for (;;) {
      const [recipient] = (await world.request(`/v1/messages/${id}/recipients`)).json.items
      if (recipient.state === "sent" || recipient.reason === "member_rate") break
    }
  }
  assert.equal((await world.phone("lisi")).length, 30)
  const stats = await (await fetch(`${world.simulator.url}/_sim/stats`)).json()
  assert.equal((stats as { dropped: number }).dropped, 0)
})

test("12.R3: figures of the day's quota are given for each name, and are those of the agent", async () => {
  await using world = await startWithSimulator()
  await add(world, "alarms")
  await world.request("/v1/apps/alarms", { method: "PATCH", body: { settings: { account_cap: 50 } } })
  for (const [app, userid] of [
    ["alerts", "zhangsan"],
    ["alarms", "lisi"],
  ]) {
    const { json } = await world.request("/v1/messages", { body: aMessage({ app, to: { users: [userid] } }) })
    await world.until(json.id, "sent")
  }
  const text = (await world.request("/metrics")).text.replaceAll(/\{database="[0-9a-f]{8}",/g, "{")
  for (const app of ["alerts", "alarms"]) {
    assert.ok(text.includes(`wecom_push_app_person_times{app="${app}"} 2\n`), app)
    assert.ok(text.includes(`wecom_push_app_person_times_quota{app="${app}"} 10000\n`), app)
  }
})
