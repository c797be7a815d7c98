import assert from "node:assert/strict"
import { test } from "node:test"
import { TemporaryFolder } from "../../store/testing/open-store.ts"
import { ADMIN_KEY, ALERTS, CORP_ID, startCompat } from "./testing/compat-under-test.ts"
import type { CompatUnderTest } from "./testing/compat-under-test.ts"

const HOUR_MS = 3_600_000

test("a key is a corpsecret: by query or JSON body, whatever its type, and WeCom is not asked", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key()

  const byQuery = await compat.get("gettoken", { corpid: CORP_ID, corpsecret: key })
  const body = { corpid: CORP_ID, corpsecret: key }
  const byBody = await compat.post("gettoken", {}, body)
  const byForm = await compat.ask("gettoken", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body: JSON.stringify(body),
  })

  assert.deepEqual(byQuery, { errcode: 0, errmsg: "ok", access_token: byQuery["access_token"], expires_in: 7200 })
  assert.match(String(byQuery["access_token"]), /^[\w-]{64,512}$/)
  assert.equal(byBody["access_token"], byQuery["access_token"])
  assert.equal(JSON.parse(byForm.text).access_token, byQuery["access_token"])
  assert.deepEqual(await compat.sim.calls(), [])
})

test("the admin key holds every app, as a corpsecret too", async () => {
  await using compat = await startCompat()
  assert.equal((await compat.send()).errcode, 0)
})

test("a token belongs to the key it was got with: it lives through a rotation, and dies with that key", async () => {
  await using compat = await startCompat()
  const { id, key } = await compat.key()
  const token = await compat.token(key)
  const { json: fresh } = await compat.gateway.request(`/v1/keys/${id}/rotate`, { method: "POST" })
  const next = await compat.token(fresh.key)
  assert.notEqual(next, token)
  for (const one of [token, next]) assert.equal((await agentGet(compat, one)).errcode, 0)

  await compat.gateway.request(`/v1/keys/${id}`, { method: "DELETE" })

  assert.equal((await agentGet(compat, token)).errcode, 42001)
  assert.equal((await agentGet(compat, next)).errcode, 0)
})

for (const { rule, query, errcode } of [
  { rule: "without a corpsecret", query: { corpid: CORP_ID }, errcode: 41004 },
  { rule: "without a corpid", query: { corpsecret: ADMIN_KEY }, errcode: 41002 },
  { rule: "with neither, the secret comes first", query: {}, errcode: 41004 },
  { rule: "with a secret that is no key", query: { corpid: CORP_ID, corpsecret: "wp_wrong" }, errcode: 40001 },
  { rule: "with the app's own secret", query: { corpid: CORP_ID, corpsecret: ALERTS.secret }, errcode: 40001 },
  { rule: "with another corp", query: { corpid: "ww_unknown", corpsecret: ADMIN_KEY }, errcode: 40013 },
]) {
  test(`gettoken ${rule} answers ${errcode}`, async () => {
    await using compat = await startCompat()
    const answer = await compat.get("gettoken", query)
    assert.equal(answer.errcode, errcode)
    assert.equal(answer["access_token"], undefined)
  })
}

test("a corp of whose apps the key holds none is another corp", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ apps: ["alerts"] })
  const answer = await compat.get("gettoken", { corpid: "ww9999999999999999", corpsecret: key })
  assert.equal(answer.errcode, 40013)
})

// proves 3.7: the paths of qyapi
test("a token is given again while it lives, and its end does not move", async () => {
  await using compat = await startCompat()
  const first = await compat.get("gettoken", { corpid: CORP_ID, corpsecret: ADMIN_KEY })

  compat.clock.advance(HOUR_MS)
  const again = await compat.get("gettoken", { corpid: CORP_ID, corpsecret: ADMIN_KEY })

  assert.equal(again["access_token"], first["access_token"])
  assert.ok(Math.abs(Number(again["expires_in"]) - 3600) <= 1, `${String(again["expires_in"])} s left`)
})

test("many who ask at once get one token", async () => {
  await using compat = await startCompat()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => compat.token()))
  assert.equal(new Set(tokens).size, 1)
})

test("a token dies after 7200 s with 42001, and the next one is another", async () => {
  await using compat = await startCompat()
  const token = await compat.token()

  compat.clock.advance(2 * HOUR_MS - 5000)
  assert.equal((await agentGet(compat, token)).errcode, 0)
  compat.clock.advance(5000)

  assert.equal((await agentGet(compat, token)).errcode, 42001)
  assert.notEqual(await compat.token(), token)
})

test("a token outlives a restart", async () => {
  using folder = new TemporaryFolder()
  let token: string
  {
    await using compat = await startCompat({ folder })
    token = await compat.token()
  }
  await using compat = await startCompat({ folder })

  assert.equal((await agentGet(compat, token)).errcode, 0)
  assert.equal(await compat.token(), token)
})

test("the token of an admin key that was replaced in the environment is dead", async () => {
  using folder = new TemporaryFolder()
  let token: string
  {
    await using compat = await startCompat({ folder })
    token = await compat.token()
  }
  await using compat = await startCompat({ folder, adminKey: "another-admin-key-of-more-than-32-chars" })

  assert.equal((await agentGet(compat, token)).errcode, 42001)
})

// proves 11.B1: tokens of the drop-in
test("a token of a gateway whose database was replaced is expired, for its key may ask for another; WeCom's own is none", async () => {
  let tokens: string[]
  let ofWeCom: string
  {
    await using compat = await startCompat()
    const { key } = await compat.key()
    tokens = [await compat.token(), await compat.token(key)]
    ofWeCom = await compat.sim.token()
  }
  await using compat = await startCompat()

  for (const token of tokens) assert.equal((await agentGet(compat, token)).errcode, 42001)
  assert.equal((await agentGet(compat, ofWeCom)).errcode, 40014)
})

// proves row 4: a revoked key
test("a revoked key dies at once, and its token with it", async () => {
  await using compat = await startCompat()
  const { id, key } = await compat.key()
  const token = await compat.token(key)
  assert.equal((await agentGet(compat, token)).errcode, 0)

  const revoked = await compat.gateway.request(`/v1/keys/${id}`, { method: "DELETE" })
  assert.ok(revoked.status < 300, revoked.text)

  assert.equal((await agentGet(compat, token)).errcode, 42001)
  assert.equal((await compat.get("gettoken", { corpid: CORP_ID, corpsecret: key })).errcode, 40001)
})

for (const { rule, query, errcode } of [
  { rule: "no token", query: {}, errcode: 41001 },
  { rule: "an empty one", query: { access_token: "" }, errcode: 41001 },
  { rule: "one that is none of a gateway's", query: { access_token: "aaaa" }, errcode: 40014 },
  { rule: "one of any bytes", query: { access_token: "\0 \u{1F600}%00" }, errcode: 40014 },
  { rule: "one without end", query: { access_token: "a".repeat(4000) }, errcode: 40014 },
  { rule: "the key itself", query: { access_token: ADMIN_KEY }, errcode: 40014 },
  { rule: "one that names no key", query: { access_token: "a".repeat(44) + names("other ww1") }, errcode: 40014 },
  { rule: "one of a gateway's form", query: { access_token: "a".repeat(44) + names("key_gone ww1") }, errcode: 42001 },
]) {
  // proves 11.B1: tokens of the drop-in
  test(`a call with ${rule} answers ${errcode}, before anything else is looked at`, async () => {
    await using compat = await startCompat()
    assert.equal((await compat.post("message/send", query, "no json")).errcode, errcode)
  })
}

test("a token is valid for its own key only: neither a changed one nor one that names another key is", async () => {
  await using compat = await startCompat()
  const { id, key } = await compat.key()
  const token = await compat.token(key)
  const other = await compat.key()
  await compat.token(other.key)
  assert.ok(token.endsWith(names(`${id} ${CORP_ID}`)))

  for (const forged of [
    `A${token.slice(1)}` === token ? `B${token.slice(1)}` : `A${token.slice(1)}`,
    token.replace(names(`${id} ${CORP_ID}`), names(`${other.id} ${CORP_ID}`)),
    token.slice(0, -1),
    `${token}A`,
  ]) {
    assert.equal((await agentGet(compat, forged)).errcode, 42001)
  }
})

test("gettoken says that a key has lost its app", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key({ apps: ["hr"] })
  const token = await compat.token(key)
  const removed = await compat.gateway.request("/v1/apps/hr", { method: "DELETE" })
  assert.ok(removed.status < 300, removed.text)

  assert.equal((await agentGet(compat, token)).errcode, 42001)
  assert.equal((await compat.get("gettoken", { corpid: CORP_ID, corpsecret: key })).errcode, 40013)
})

function names(holder: string): string {
  return Buffer.from(holder).toString("base64url")
}

function agentGet(compat: CompatUnderTest, token: string) {
  return compat.get("agent/get", { access_token: token, agentid: String(ALERTS.agentid) })
}
