import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "./testing/start-gateway.ts"

const CORP = "ww0000000000000001"
const anApp = (name: string) => ({ name, corp_id: CORP, agent_id: 1_000_003, secret: "s" })

const makeKey = (gateway: TestGateway): Promise<TestAnswer> =>
  gateway.request("/v1/keys", { body: { name: "k", scopes: ["send"], apps: "all" } })

const tagOf = (answer: TestAnswer): string => answer.headers.get("etag") ?? "none"
const statusOf = ({ status }: TestAnswer): number => status

// proves row 7: two who change one thing at once
test("ten pairs of changes of different fields at once: all twenty are there", async () => {
  await using gateway = await startTestGateway()
  for (let n = 1; n <= 10; n++) {
    const [settings, agent] = await Promise.all([
      gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { member_per_minute: n } } }),
      gateway.request("/v1/apps/alerts", { method: "PATCH", body: { agent_id: n } }),
    ])
    assert.deepEqual([settings.status, agent.status], [200, 200])
    const { json } = await gateway.request("/v1/apps/alerts")
    assert.deepEqual([json.settings, json.agent_id], [{ member_per_minute: n }, n])
  }
})

test("twenty changes at once of the five things that can be changed are made one after another", async () => {
  await using gateway = await startTestGateway()
  const changes = Array.from({ length: 4 }, (_, n) => [
    { secret: `secret-${n}` },
    { callback_token: `token${n}` },
    { encoding_aes_key: `${n}`.repeat(43) },
    { agent_id: n + 1 },
    { settings: { member_per_hour: n + 1 } },
  ]).flat()
  const before = tagOf(await gateway.request("/v1/apps/alerts"))
  const answers = await Promise.all(
    changes.map((body) => gateway.request("/v1/apps/alerts", { method: "PATCH", body })),
  )
  assert.deepEqual(new Set(answers.map(statusOf)), new Set([200]))
  assert.equal(new Set([before, ...answers.map(tagOf)]).size, 21)
  const { json } = await gateway.request("/v1/apps/alerts")
  assert.deepEqual([json.has_callback, json.settings], [true, { member_per_hour: json.settings.member_per_hour }])
  // Whichever change was made last, the fields that it did not name are still there.
  const secrets = await gateway.stores.apps.secrets("alerts")
  assert.deepEqual(
    [secrets?.secret.slice(0, 7), secrets?.callbackToken?.slice(0, 5), secrets?.encodingAesKey?.length],
    ["secret-", "token", 43],
  )
})

// proves row 7: two who change one thing at once
test("of twenty apps registered under one name at once one is 201, and the others are 409", async () => {
  await using gateway = await startTestGateway()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => gateway.request("/v1/apps", { body: { ...anApp("hr"), agent_id: n + 1 } })),
  )
  const made = answers.filter(({ status }) => status === 201)
  const others = answers.filter(({ json }) => json.code === "app_exists")
  assert.deepEqual([made.length, others.length], [1, 19])
  assert.equal((await gateway.request("/v1/apps/hr")).json.agent_id, made[0]?.json.agent_id)
  const { items } = (await gateway.request("/v1/audit")).json
  assert.equal(items.filter(({ action }: { action: string }) => action === "app.created").length, 1)
})

// proves row 7: two who change one thing at once
test("a change that names the tag it has read is made once: of twenty at once one is 200, and the others are 412", async () => {
  await using gateway = await startTestGateway()
  const key = await makeKey(gateway)
  const kinds: [string, (tag: string, n: number) => Promise<TestAnswer>][] = [
    [
      "/v1/apps/alerts",
      (tag, n) =>
        gateway.request("/v1/apps/alerts", {
          method: "PATCH",
          headers: { "if-match": tag },
          body: { agent_id: n + 1 },
        }),
    ],
    [
      `/v1/corps/${CORP}`,
      (tag, n) =>
        gateway.request(`/v1/corps/${CORP}`, {
          method: "PUT",
          headers: { "if-match": tag },
          body: { settings: { lookup_miss_budget: n } },
        }),
    ],
    [
      `/v1/keys/${key.json.id}`,
      (tag) => gateway.request(`/v1/keys/${key.json.id}`, { method: "DELETE", headers: { "if-match": tag } }),
    ],
  ]
  for (const [path, change] of kinds) {
    const tag = tagOf(await gateway.request(path))
    assert.match(tag, /^"[\w-]+"$/)
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => change(tag, n)))
    const done = answers.filter(({ status }) => status === 200 || status === 204)
    const refused = answers.filter(({ json }) => json?.code === "changed_meanwhile")
    assert.deepEqual([done.length, refused.length], [1, 19], path)
    assert.deepEqual(new Set(refused.map(statusOf)), new Set([412]))
    const now = await gateway.request(path)
    assert.notEqual(tagOf(now), tag)
    // The answer to a change equals that of a GET now.
    if (done[0]?.status === 200) assert.deepEqual([tagOf(done[0]), done[0].text], [tagOf(now), now.text])
  }
})

test("a tag tells of changes, not of what happens by itself: a pause, a message, the use of a key", async () => {
  await using gateway = await startTestGateway()
  const { json } = await makeKey(gateway)
  const tags = async () => [
    tagOf(await gateway.request("/v1/apps/alerts")),
    tagOf(await gateway.request(`/v1/keys/${json.id}`)),
  ]
  const before = await tags()
  const now = Date.now()
  await gateway.stores.apps.pause("alerts", { errcode: 60_020, errmsg: "x", since: now, nextProbeAt: now }, 1)
  await gateway.request("/v1/messages", { key: json.key, body: aMessage() })
  await gateway.stores.keys.used([{ id: json.id, at: now }])
  assert.deepEqual(await tags(), before)
  await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: {} } })
  assert.notEqual((await tags())[0], before[0])
})

test("an app that was deleted and registered anew is another one than its tag was of", async () => {
  let now = Date.parse("2026-11-25T12:00:00+08:00")
  await using gateway = await startTestGateway({ now: () => now++ })
  const first = await gateway.request("/v1/apps", { body: anApp("hr") })
  await gateway.request("/v1/apps/hr", { method: "DELETE" })
  await gateway.request("/v1/apps", { body: anApp("hr") })
  const headers = { "if-match": tagOf(first) }
  assert.equal((await gateway.request("/v1/apps/hr", { method: "DELETE", headers })).status, 412)
  assert.equal((await gateway.request("/v1/apps/hr", { method: "PATCH", headers, body: { agent_id: 5 } })).status, 412)
})

// proves row 7: two who change one thing at once
test("If-Match is read as the RFC has it: lists and * go, weak tags match nothing, anything else is named", async () => {
  await using gateway = await startTestGateway()
  const tag = tagOf(await gateway.request("/v1/apps/alerts"))
  const rotate = async (ifMatch: string): Promise<TestAnswer> => {
    const { json } = await makeKey(gateway)
    const own = tagOf(await gateway.request(`/v1/keys/${json.id}`))
    const headers = { "if-match": ifMatch.replaceAll("TAG", own) }
    return gateway.request(`/v1/keys/${json.id}/rotate`, { method: "POST", headers })
  }
  for (const fine of ["TAG", "*", " * ", '"a", TAG', 'TAG,"b"', '"with, comma" , TAG', ",TAG,,", 'W/"x", TAG']) {
    assert.equal((await rotate(fine)).status, 201, fine)
  }
  for (const other of ["W/TAG", '"a"', '""', '"a","b"', tag, '"é"']) {
    assert.equal((await rotate(other)).status, 412, other)
  }
  for (const garbage of ["x", '"', '"a" "b"', "TAGx", "*, TAG", ",", "w/TAG", "TAG;q=1", `${'"a",'.repeat(1000)}x`]) {
    const { status, json } = await rotate(garbage)
    assert.deepEqual([status, json.errors?.[0]?.path], [422, "If-Match"], garbage)
  }
  const zh = await gateway.request("/v1/apps/alerts", {
    method: "DELETE",
    headers: { "if-match": "nonsense", "accept-language": "zh" },
  })
  assert.match(zh.json.errors[0].detail, /ETag/)
})

test("what does not exist is 404 and what is not allowed 403, whatever the tag", async () => {
  await using gateway = await startTestGateway()
  const headers = { "if-match": '"nonsense"' }
  assert.equal((await gateway.request("/v1/apps/none", { method: "DELETE", headers })).status, 404)
  assert.equal((await gateway.request("/v1/keys/none", { method: "DELETE", headers })).status, 404)
  const { json } = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["admin"], apps: ["alerts"] } })
  const change = { method: "PATCH", headers, key: json.key, body: { agent_id: 5 } }
  assert.equal((await gateway.request("/v1/apps/alerts", change)).status, 403)
})

test("a key that is revoked while it is rotated has a successor only if it was rotated first", async () => {
  await using gateway = await startTestGateway()
  for (let n = 0; n < 10; n++) {
    const { json } = await makeKey(gateway)
    const path = `/v1/keys/${json.id}`
    const rotate = () => gateway.request(`${path}/rotate`, { method: "POST" })
    const revoke = () => gateway.request(path, { method: "DELETE" })
    const [one, other] = n % 2 === 0 ? [revoke(), rotate()] : [rotate(), revoke()]
    const answers = await Promise.all([one, other])
    const rotated = answers.find(({ status }) => status === 201 || status === 409)
    const list = (await gateway.request("/v1/keys")).json.items
    const living = list.filter(
      ({ client, revoked_at }: Record<string, unknown>) => client === json.client && revoked_at === null,
    )
    assert.equal(living.length, rotated?.status === 201 ? 1 : 0)
  }
})
