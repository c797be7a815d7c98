import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { startGateway } from "../../app/main.ts"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { IdleDispatcher } from "./testing/idle-dispatcher.ts"
import { aMessage, request, startTestGateway } from "./testing/start-gateway.ts"
import type { TestGateway } from "./testing/start-gateway.ts"

async function makeKey(gateway: TestGateway, wish: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const answer = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["send"], apps: "all", ...wish } })
  assert.equal(answer.status, 201, answer.text)
  return answer.json
}

const addApp = (gateway: TestGateway, name: string) =>
  gateway.request("/v1/apps", {
    body: { name, corp_id: "ww0000000000000001", agent_id: 1_000_003, secret: `secret-of-${name}` },
  })

// proves row 1: no key, or a wrong one
test("row 1: no key, a wrong one and one in the query all get the same answer", async () => {
  await using gateway = await startTestGateway()
  const { key } = await makeKey(gateway, { scopes: ["read"] })
  const [none, wrong, inQuery, basic, empty] = await Promise.all([
    gateway.request("/v1/messages", { key: null }),
    gateway.request("/v1/messages", { key: `${key}x` }),
    gateway.request(`/v1/messages?key=${key}&access_token=${key}`, { key: null }),
    gateway.request("/v1/messages", { key: null, headers: { authorization: `Basic ${btoa(`${key}:`)}` } }),
    gateway.request("/v1/messages", { key: null, headers: { authorization: "Bearer " } }),
  ])
  for (const answer of [none, wrong, inQuery, basic, empty]) {
    assert.deepEqual([answer.status, answer.json.code], [401, "unauthorized"])
    assert.equal(answer.text, none.text)
    assert.equal(answer.headers.get("www-authenticate"), "Bearer")
  }
})

// proves row 1: no key, or a wrong one
test("row 1: a wrong key is refused whatever is in the body", async () => {
  await using gateway = await startTestGateway()
  for (const body of ["{", "[".repeat(100_000), Buffer.from([0xff])]) {
    assert.equal((await gateway.request("/v1/messages", { key: "wrong", body })).status, 401)
  }
})

// proves row 2: what the database knows of a key
test("row 2: of a key the database holds its hash and its first 8 characters", async () => {
  await using gateway = await startTestGateway()
  const { key } = await makeKey(gateway, { scopes: ["read"] })
  assert.match(key, /^wp_[\w-]{43}$/)
  assert.equal((await gateway.request("/v1/messages", { key })).status, 200)
  const file = gateway.folder.file()
  const bytes = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]).toString("latin1")
  assert.ok(bytes.includes(key.slice(0, 8)))
  // Twelve characters, not nine: bytes beside the prefix in the file equal the ninth one time in 64.
  for (let from = 0; from + 12 <= key.length; from++) assert.ok(!bytes.includes(key.slice(from, from + 12)))
})

// proves row 4: a revoked key
test("row 4: a revoked key is refused at the next request", async () => {
  await using gateway = await startTestGateway()
  const { id, key } = await makeKey(gateway, { scopes: ["read"] })
  assert.equal((await gateway.request("/v1/messages", { key })).status, 200)
  assert.equal((await gateway.request(`/v1/keys/${id}`, { method: "DELETE" })).status, 204)
  assert.equal((await gateway.request("/v1/messages", { key })).status, 401)
  const { json } = await gateway.request(`/v1/keys/${id}`)
  assert.equal(typeof json.revoked_at, "string")
  assert.equal((await gateway.request(`/v1/keys/${id}/rotate`, { method: "POST" })).json.code, "key_revoked")
})

// proves row 5: what belongs to another app
test("row 5: messages of other apps do not exist for a key, whatever it asks", async () => {
  await using gateway = await startTestGateway()
  await addApp(gateway, "hr")
  const { key } = await makeKey(gateway, { scopes: ["send", "read"], apps: ["hr"] })
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  const made = { json: { id: "msg_01890000-0000-7000-8000-000000000000" } }
  const calls: [string, string, unknown][] = [
    ["GET", "", undefined],
    ["GET", "/recipients", undefined],
    ["GET", "/attempts", undefined],
    ["POST", "/cancel", {}],
    ["POST", "/recall", {}],
    ["POST", "/retry", { states: ["failed"] }],
  ]
  for (const [method, path, body] of calls) {
    const foreign = await gateway.request(`/v1/messages/${json.id}${path}`, { method, key, body })
    const unknown = await gateway.request(`/v1/messages/${made.json.id}${path}`, { method, key, body })
    assert.equal(foreign.status, 404, path)
    assert.equal(foreign.text, unknown.text, "the answer for one that exists is that for one that does not")
  }
  assert.deepEqual((await gateway.request("/v1/messages", { key })).json.items, [])
  const filtered = await gateway.request("/v1/messages?app=alerts", { key })
  const nonsense = await gateway.request("/v1/messages?app=nonsense", { key })
  assert.deepEqual([filtered.status, filtered.text], [404, nonsense.text])
  const posted = await gateway.request("/v1/messages", { key, body: aMessage() })
  assert.deepEqual([posted.status, posted.json.code], [404, "not_found"])
  assert.equal(
    (await gateway.request("/v1/lookup", { key, body: { app: "alerts", mobile: "13800000001" } })).status,
    404,
  )
  assert.deepEqual(gateway.dispatcher.calls, [])
})

// proves row 6: scopes
test("row 6: a key does what its scopes say, and 403 names the missing one", async () => {
  await using gateway = await startTestGateway()
  const { json } = await gateway.request("/v1/messages", { body: aMessage() })
  const routes: [string, string, unknown, readonly string[]][] = [
    ["POST", "/v1/messages", aMessage(), ["send"]],
    ["POST", "/v1/messages/batch", [aMessage()], ["send"]],
    ["GET", "/v1/messages", undefined, ["read"]],
    ["GET", `/v1/messages/${json.id}`, undefined, ["read"]],
    ["GET", `/v1/messages/${json.id}/recipients`, undefined, ["read"]],
    ["GET", `/v1/messages/${json.id}/attempts`, undefined, ["read"]],
    ["POST", `/v1/messages/${json.id}/cancel`, undefined, ["send"]],
    ["POST", `/v1/messages/${json.id}/recall`, undefined, ["send"]],
    ["POST", `/v1/messages/${json.id}/retry`, { states: ["failed"] }, ["send"]],
    ["POST", "/v1/lookup", { mobile: "13800000001" }, ["send", "read"]],
    ["GET", "/metrics", undefined, ["read"]],
    ["GET", "/v1/apps", undefined, ["admin"]],
    ["POST", "/v1/apps", {}, ["admin"]],
    ["PATCH", "/v1/apps/alerts", {}, ["admin"]],
    ["DELETE", "/v1/apps/alerts", undefined, ["admin"]],
    ["GET", "/v1/corps/ww0000000000000001", undefined, ["admin"]],
    ["PUT", "/v1/corps/ww0000000000000001", {}, ["admin"]],
    ["GET", "/v1/keys", undefined, ["admin"]],
    ["POST", "/v1/keys", {}, ["admin"]],
    ["DELETE", "/v1/keys/x", undefined, ["admin"]],
    ["POST", "/v1/keys/x/rotate", undefined, ["admin"]],
    ["GET", "/v1/audit", undefined, ["admin"]],
  ]
  for (const scope of ["send", "send_all", "read", "admin"]) {
    const { key } = await makeKey(gateway, { scopes: [scope] })
    for (const [method, path, body, needed] of routes) {
      const answer = await gateway.request(path, { method, key, body })
      const isAllowed = needed.includes(scope)
      assert.equal(answer.status === 403, !isAllowed, `${scope}: ${method} ${path} → ${answer.status}`)
      if (!isAllowed) for (const name of needed) assert.ok(answer.json.detail.includes(name))
    }
  }
})

// proves row 7: changing a key
test("row 7: a rotated key and its successor are both valid until the old one is revoked", async () => {
  await using gateway = await startTestGateway()
  const old = await makeKey(gateway, { scopes: ["read"], audience_cap: 5 })
  const { status, json } = await gateway.request(`/v1/keys/${old.id}/rotate`, { method: "POST" })
  assert.deepEqual([status, json.scopes, json.audience_cap], [201, ["read"], 5])
  for (const key of [old.key, json.key]) assert.equal((await gateway.request("/v1/messages", { key })).status, 200)
  await gateway.request(`/v1/keys/${old.id}`, { method: "DELETE" })
  assert.equal((await gateway.request("/v1/messages", { key: old.key })).status, 401)
  assert.equal((await gateway.request("/v1/messages", { key: json.key })).status, 200)
})

// proves row 7: changing a key
test("row 7: when a key was used last can be seen after a restart", async () => {
  using folder = new TemporaryFolder()
  let id: string
  {
    await using gateway = await startTestGateway({ folder })
    const made = await makeKey(gateway, { scopes: ["read"] })
    id = made.id
    await gateway.request("/v1/messages", { key: made.key })
  }
  await using gateway = await startTestGateway({ folder })
  const { json } = await gateway.request(`/v1/keys/${id}`)
  assert.equal(typeof json.last_used_at, "string")
})

test("row 8: the first start makes an admin key and hands it out once", async () => {
  using folder = new TemporaryFolder()
  const start = () =>
    startGateway({
      environment: {},
      port: 0,
      databaseFile: folder.file(),
      logTo: { write: () => {} },
      createDispatcher: () => new IdleDispatcher(),
    })
  const keys: (string | undefined)[] = []
  for (let n = 0; n < 2; n++) {
    await using gateway = await start()
    keys.push(gateway.adminKey)
    assert.equal((await request(`${gateway.url}/v1/keys`, { key: keys[0] ?? "" })).status, 200)
  }
  assert.match(keys[0] ?? "", /^wp_[\w-]{43}$/)
  assert.equal(keys[1], undefined)
})

// proves 3.8: keys and apps
test("a key may be kept from reaching more people at once than it should", async () => {
  await using gateway = await startTestGateway()
  const { key } = await makeKey(gateway, { audience_cap: 2 })
  const post = (to: unknown) => gateway.request("/v1/messages", { key, body: aMessage({ to }) })
  assert.equal((await post({ users: ["a"], mobiles: ["13800000001"] })).status, 202)
  for (const to of [{ users: ["a", "b", "c"] }, { departments: [1] }, { tags: [1] }]) {
    const answer = await post(to)
    assert.deepEqual([answer.status, answer.json.errors[0].path], [422, "/to"], JSON.stringify(to))
  }
})

test("keys are made for apps there are, with what is known", async () => {
  await using gateway = await startTestGateway()
  const bad: [Record<string, unknown>, number, string][] = [
    [{ apps: ["nope"] }, 422, "/apps/0"],
    [{ apps: [] }, 422, "/apps"],
    [{ apps: "some" }, 400, "/apps"],
    [{ apps: undefined }, 422, "/apps"],
    [{ scopes: [] }, 422, "/scopes"],
    [{ scopes: ["root"] }, 422, "/scopes/0"],
    [{ name: " " }, 422, "/name"],
    [{ audience_cap: 0 }, 422, "/audience_cap"],
    [{ audience_cap: "5" }, 400, "/audience_cap"],
    [{ overflow: "cut" }, 422, "/overflow"],
    [{ key: "wp_of_my_own" }, 400, "/key"],
  ]
  for (const [changes, status, path] of bad) {
    const answer = await gateway.request("/v1/keys", { body: { name: "k", scopes: ["send"], apps: "all", ...changes } })
    assert.deepEqual([answer.status, answer.json.errors[0].path], [status, path], JSON.stringify(changes))
  }
})

// proves C22: a client over its rate
// proves row 33: one who wants everything
test("C22, row 33: a key over its rate gets Retry-After, and others are not slowed", async () => {
  await using gateway = await startTestGateway({ limits: { requestsPerSecond: 1 }, now: () => 1_800_000_000_000 })
  const { key } = await makeKey(gateway, { scopes: ["read"] })
  const answers = await Promise.all(Array.from({ length: 15 }, () => gateway.request("/v1/messages", { key })))
  const refused = answers.filter(({ status }) => status === 429)
  assert.equal(refused.length, 5)
  for (const { json, headers } of refused) {
    assert.equal(json.code, "rate_limited")
    assert.equal(headers.get("retry-after"), "1")
    assert.equal(headers.get("ratelimit"), '"key";r=0;t=10')
  }
  for (const { headers } of answers) assert.equal(headers.get("ratelimit-policy"), '"key";q=10;w=10')
  assert.deepEqual(
    answers.filter(({ status }) => status === 200).map(({ headers }) => headers.get("ratelimit")),
    Array.from({ length: 10 }, (_, index) => `"key";r=${9 - index};t=${index + 1}`),
  )
  assert.equal((await gateway.request("/v1/messages")).status, 200)
})

test("without a limit no answer says anything of one", async () => {
  await using gateway = await startTestGateway()
  const { headers } = await gateway.request("/v1/messages")
  assert.deepEqual([headers.get("ratelimit"), headers.get("ratelimit-policy")], [null, null])
})

// proves row 32: addresses that a client claims
test("row 32: X-Forwarded-For of a stranger changes nothing", async () => {
  await using gateway = await startTestGateway()
  await addApp(gateway, "hr")
  await gateway.request("/v1/apps/hr", {
    method: "DELETE",
    headers: { "x-forwarded-for": "6.6.6.6", forwarded: "for=6.6.6.6" },
  })
  const { json } = await gateway.request("/v1/audit")
  assert.equal(json.items[0].action, "app.deleted")
  assert.equal(json.items[0].from, "127.0.0.1")
})

// proves row 46: the audit trail
test("row 46: the audit trail tells who did what, when and from where", async () => {
  await using gateway = await startTestGateway()
  const { id, key } = await makeKey(gateway, { scopes: ["read"] })
  await gateway.request("/v1/keys", { key })
  await addApp(gateway, "hr")
  await gateway.request("/v1/apps/hr", { method: "PATCH", body: { secret: "another-secret" } })
  await gateway.request("/v1/corps/ww0000000000000001", {
    method: "PUT",
    body: { settings: { lookup_miss_budget: 20 } },
  })
  await gateway.request(`/v1/keys/${id}`, { method: "DELETE" })
  const message = await gateway.request("/v1/messages", { body: aMessage() })
  gateway.dispatcher.outcome = {
    cancel: { kind: "cancelled", recipients: 1, state: "cancelled" },
    retry: { kind: "retried", recipients: 1, state: "queued" },
    recall: { kind: "recalled", state: "recalled", cancelled: 0, calls: [] },
  }
  await gateway.request(`/v1/messages/${message.json.id}/cancel`, { method: "POST" })
  await gateway.request(`/v1/messages/${message.json.id}/retry`, { body: { states: ["failed"] } })
  await gateway.request(`/v1/messages/${message.json.id}/recall`, { method: "POST" })
  await gateway.stop()

  await using again = await startTestGateway({ folder: gateway.folder })
  const { items } = (await again.request("/v1/audit?limit=1000")).json
  const told = items.map(({ actor, action, target }: Record<string, string>) => [actor, action, target])
  const environment = "key_environment"
  for (const entry of [
    [environment, "key.created", id],
    [id, "permission.denied", "GET /v1/keys"],
    [id, "key.used", null],
    [environment, "app.created", "hr"],
    [environment, "app.changed", "hr"],
    [environment, "corp.changed", "ww0000000000000001"],
    [environment, "key.revoked", id],
    [environment, "message.cancelled", message.json.id],
    [environment, "message.retried", message.json.id],
    [environment, "message.recalled", message.json.id],
  ]) {
    assert.ok(
      told.some((one: unknown[]) => one.join() === entry.join()),
      entry.join(" "),
    )
  }
  for (const { at, from } of items) {
    assert.ok(!Number.isNaN(Date.parse(at)))
    assert.equal(from, "127.0.0.1")
  }
  assert.doesNotMatch(JSON.stringify(items), /another-secret|wp_/)
})

// proves 3.8: keys and apps
test("an app's secret goes in and never comes out", async () => {
  await using gateway = await startTestGateway()
  const aes = "a".repeat(43)
  const made = await gateway.request("/v1/apps", {
    body: {
      name: "hr",
      corp_id: "ww1",
      agent_id: 2,
      secret: "canary-secret",
      callback_token: "canarytoken",
      encoding_aes_key: aes,
      settings: { member_per_minute: 10, member_per_hour: null },
    },
  })
  assert.equal(made.status, 201, made.text)
  const answers = [made, await gateway.request("/v1/apps"), await gateway.request("/v1/apps/hr")]
  for (const { text } of answers) assert.doesNotMatch(text, new RegExp(`canary-secret|canarytoken|${aes}`))
  assert.deepEqual(made.json.settings, { member_per_minute: 10, member_per_hour: null })
  assert.equal(made.json.has_callback, true)
  const file = gateway.folder.file()
  const bytes = Buffer.concat([readFileSync(file), readFileSync(`${file}-wal`)]).toString("latin1")
  assert.doesNotMatch(bytes, new RegExp(`canary-secret|canarytoken|${aes}`))
})

test("an app is changed in part, and deleted when nothing is left to send", async () => {
  await using gateway = await startTestGateway()
  assert.equal(
    (await gateway.request("/v1/apps", { body: { name: "alerts", corp_id: "w", agent_id: 1, secret: "s" } })).status,
    409,
  )
  const changed = await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { agent_id: 7 } })
  assert.deepEqual([changed.json.agent_id, changed.json.corp_id], [7, "ww0000000000000001"])
  await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { concurrent_calls: 3 } } })
  const settings = await gateway.request("/v1/apps/alerts", {
    method: "PATCH",
    body: { settings: { member_per_hour: 5 } },
  })
  assert.deepEqual(settings.json.settings, { member_per_hour: 5 })
  assert.equal((await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { name: "x" } })).status, 400)
  assert.equal(
    (await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { member_per_hour: 0 } } })).status,
    422,
  )
  assert.equal(
    (await gateway.request("/v1/apps/alerts", { method: "PATCH", body: { settings: { nonsense: 1 } } })).status,
    400,
  )
  await gateway.request("/v1/messages", { body: aMessage() })
  assert.equal((await gateway.request("/v1/apps/alerts", { method: "DELETE" })).json.code, "app_in_use")
  await addApp(gateway, "hr")
  assert.equal((await gateway.request("/v1/apps/hr", { method: "DELETE" })).status, 204)
  assert.equal((await gateway.request("/v1/messages", { body: aMessage({ app: "hr" }) })).status, 404)
})

test("an app of the environment is registered at the start, and anew when it has changed", async () => {
  using folder = new TemporaryFolder()
  const start = (secret: string) =>
    startTestGateway({
      folder,
      apps: [],
      environment: {
        WECOM_PUSH_ADMIN_KEY: "x".repeat(32),
        WECOM_CORP_ID: "ww1",
        WECOM_AGENT_ID: "5",
        WECOM_APP_SECRET: secret,
      },
    })
  const updated: string[] = []
  for (const secret of ["one", "one", "two"]) {
    await using gateway = await start(secret)
    const { json } = await gateway.request("/v1/apps/default", { key: "x".repeat(32) })
    assert.equal(json.agent_id, 5)
    updated.push(json.updated_at)
  }
  assert.equal(updated[0], updated[1])
  assert.notEqual(updated[1], updated[2])
})
