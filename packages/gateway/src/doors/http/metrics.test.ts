import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"
import type { WithSimulator } from "./testing/start-with-simulator.ts"

async function figures(world: WithSimulator): Promise<Map<string, number>> {
  const { text } = await world.request("/metrics")
  const lines = text
    .replaceAll(/\{database="[0-9a-f]{8}",/g, "{")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  )
}

const post = async (world: WithSimulator, changes: Record<string, unknown>): Promise<string> =>
  (await world.request("/v1/messages", { body: aMessage(changes) })).json.id

test("recipients are counted by state, sent ones too", async () => {
  await using world = await startWithSimulator()
  const id = await post(world, {
    to: { users: ["lisi", "ghost", "unlicensed", "WangWu"], mobiles: ["13800009999", "12"] },
  })
  await world.until(id, "partly_sent")
  const scheduled = await post(world, { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  await world.request(`/v1/messages/${scheduled}/cancel`, { method: "POST" })
  await world.request(`/v1/messages/${id}/recall`, { method: "POST" })
  const counted = [...(await figures(world))].filter(
    ([name, count]) => name.startsWith("wecom_push_recipients_total") && count > 0,
  )
  assert.deepEqual(Object.fromEntries(counted.map(([name, count]) => [/state="(\w+)"/.exec(name)?.[1], count])), {
    sent: 2,
    invalid: 2,
    unlicensed: 1,
    not_found: 1,
    cancelled: 1,
    recalled: 2,
  })
})

const answers = (api: string, outcome: string): string =>
  `wecom_push_wecom_request_duration_seconds_count{api="${api}",outcome="${outcome}"}`

test("what is asked of WeCom is counted and timed by api and class of answer", async () => {
  await using world = await startWithSimulator()
  const fault = (one: unknown) =>
    fetch(`${world.simulator.url}/_sim/faults`, { method: "POST", body: JSON.stringify(one) })
  await world.until(await post(world, {}), "sent")
  await fault({ path: "message/send", kind: "errcode", errcode: 45002 })
  await world.until(await post(world, { to: { users: ["lisi"] } }), "failed")
  await fault({ path: "message/send", kind: "errcode", errcode: 45009 })
  await post(world, { to: { users: ["lisi"] } })
  let seen = await figures(world)
  while (!seen.has(answers("message/send", "throttled"))) seen = await figures(world)
  assert.equal(seen.get(answers("message/send", "ok")), 1)
  assert.equal(seen.get(answers("message/send", "request")), 1)
  assert.equal(seen.get(answers("user/getuserid", "ok")), 1)
  assert.equal(seen.get(answers("gettoken", "ok")), 1)
  const fetched = [...seen].filter(([key, count]) => key.startsWith("wecom_push_tokens_fetched_total") && count > 0)
  assert.deepEqual(
    fetched.map(([, count]) => count),
    [1],
  )
  const buckets = [...seen.keys()].filter((key) => key.startsWith("wecom_push_wecom_request_duration_seconds_bucket"))
  assert.ok(buckets.length > 0)
})

test("depth of the queue: what is unfinished, what of it is due and since when; and what was held back", async () => {
  await using world = await startWithSimulator()
  await fetch(`${world.simulator.url}/_sim/faults`, {
    method: "POST",
    body: JSON.stringify({ path: "message/send", kind: "slow", delay_ms: 5000, times: 5 }),
  })
  const due = await post(world, { priority: "high" })
  await post(world, { priority: "high", send_at: new Date(Date.now() + 3_600_000).toISOString() })
  await world.until(due, "sending")
  await new Promise((resolve) => setTimeout(resolve, 20))
  const seen = await figures(world)
  const labels = '{app="alerts",priority="high"}'
  assert.equal(seen.get(`wecom_push_unfinished_messages${labels}`), 2)
  assert.equal(seen.get(`wecom_push_due_messages${labels}`), 1)
  const oldest = seen.get(`wecom_push_oldest_due_seconds${labels}`) ?? 0
  assert.ok(oldest >= 0.02 && oldest < 60, `${oldest}`)
})

test("recipients held back by a limit are counted, by app and reason", async () => {
  await using world = await startWithSimulator()
  await world.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { member_per_minute: 1 } } })
  await world.until(await post(world, { to: { users: ["lisi"] } }), "sent")
  await post(world, { to: { users: ["lisi"] } })
  const name = 'wecom_push_throttled_total{app="alerts",reason="member_rate"}'
  let seen = await figures(world)
  while (!seen.has(name)) seen = await figures(world)
  assert.equal(seen.get(name), 1)
  const build = [...seen.keys()].find((key) => key.startsWith("wecom_push_build_info"))
  assert.match(build ?? "", /version="\d+\.\d+\.\d+[^"]*",node="v\d+/)
})

// proves A12: a day's quota
test("A12: the person-times of the day are beside the quota, where there is one", async () => {
  await using world = await startWithSimulator()
  await world.until(await post(world, { to: { users: ["lisi"] } }), "sent")
  assert.deepEqual(
    [...(await figures(world)).keys()].filter((name) => name.includes("person_times")),
    [],
  )
  await world.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { account_cap: 50 } } })
  await world.until(await post(world, { to: { users: ["lisi", "zhangsan"] } }), "sent")
  const seen = await figures(world)
  assert.equal(seen.get('wecom_push_app_person_times{app="alerts"}'), 2)
  assert.equal(seen.get('wecom_push_app_person_times_quota{app="alerts"}'), 10_000)
})

test("labels have few values, whatever is sent", async () => {
  await using world = await startWithSimulator()
  const ids = await Promise.all(
    Array.from({ length: 30 }, (_, n) => post(world, { to: { users: [`u${n}`] }, order_key: `k${n}` })),
  )
  for (const id of ids) await world.until(id, "failed", "partly_sent", "sent")
  for (let n = 0; n < 30; n++) await world.request(`/v1/nowhere-${n}`, { method: n % 2 === 0 ? "GET" : "PURGE" })
  const { text } = await world.request("/metrics")
  assert.doesNotMatch(text, /="(?:u|k)\d+"|msg_|nowhere-/)
  const series = new Map<string, number>()
  for (const line of text.split("\n")) {
    const name = /^(wecom_push_\w+)\{/.exec(line)?.[1]
    if (name !== undefined) series.set(name, (series.get(name) ?? 0) + 1)
  }
  for (const [name, count] of series) assert.ok(count < 150, `${name} has ${count} series`)
})
