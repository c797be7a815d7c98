import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, CORP_ID, HR, simClient } from "../testing/sim-client.ts"

const SECRET = ALERTS.secret

test("2: a token is 214 or more characters of [A-Za-z0-9_-] and lives 7200 seconds", async () => {
  await using sim = await simClient()
  const answer = await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })
  assert.match(String(answer["access_token"]), /^[A-Za-z0-9_-]{214,512}$/)
  assert.deepEqual({ ...answer, access_token: "" }, { errcode: 0, errmsg: "ok", access_token: "", expires_in: 7200 })
})

test("2: the parameters come by GET or POST, in the query or as a JSON body", async () => {
  await using sim = await simClient()
  const pair = { corpid: CORP_ID, corpsecret: SECRET }
  assert.equal((await sim.get("gettoken", pair)).errcode, 0)
  assert.equal((await sim.post("gettoken", pair, "")).errcode, 0)
  assert.equal((await sim.post("gettoken", {}, pair)).errcode, 0)
})

for (const [mistake, query, errcode] of [
  ["neither parameter", {}, 41004],
  ["no corpid", { corpsecret: SECRET }, 41002],
  ["no secret", { corpid: CORP_ID }, 41004],
  ["a wrong corpid", { corpid: "ww9", corpsecret: SECRET }, 40013],
  ["a wrong secret", { corpid: CORP_ID, corpsecret: "wrong" }, 40001],
] as const) {
  test(`2: gettoken with ${mistake} answers ${errcode}`, async () => {
    await using sim = await simClient()
    assert.equal((await sim.get("gettoken", query)).errcode, errcode)
  })
}

test("2: a disabled app gets no token: 50003", async () => {
  await using sim = await simClient()
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { enabled: false }))
  assert.equal((await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })).errcode, 50003)
})

test("2: asking again gives the same token without prolonging it, and a new one after its end", async () => {
  await using sim = await simClient()
  const first = await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })
  await sim.advance(7000)
  const second = await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })
  assert.equal(second["access_token"], first["access_token"])
  assert.ok(Number(second["expires_in"]) <= 200)

  await sim.advance(200)
  const third = await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })
  assert.notEqual(third["access_token"], first["access_token"])
})

test("2: with repeat_token off each call gives a new token, and the older one lives on", async () => {
  await using sim = await simClient({ settings: { repeat_token: false } })
  const [first, second] = [await sim.token(), await sim.token()]
  assert.notEqual(first, second)
  assert.equal((await sim.get("agent/get", { access_token: first, agentid: "1000002" })).errcode, 0)
})

test("2: apps have tokens of their own", async () => {
  await using sim = await simClient()
  assert.notEqual(await sim.token(ALERTS), await sim.token(HR))
})

test("2: an expired token answers 42001, or 40014 if so set", async () => {
  await using sim = await simClient()
  const query = { access_token: await sim.token(), agentid: "1000002" }
  await sim.advance(7200)
  assert.equal((await sim.get("agent/get", query)).errcode, 42001)
  await sim.settings({ dead_token_errcode: 40014 })
  assert.equal((await sim.get("agent/get", query)).errcode, 40014)
})

test("2: revoked tokens die early, and the next gettoken gives a new one", async () => {
  await using sim = await simClient()
  const token = await sim.token()
  assert.deepEqual(await (await sim.control("POST", "tokens/revoke")).json(), { revoked: 1 })
  assert.equal((await sim.get("agent/get", { access_token: token, agentid: "1000002" })).errcode, 42001)
  assert.notEqual(await sim.token(), token)
})

test("2: no token is 41001, an unknown token 40014 whatever dead tokens answer", async () => {
  await using sim = await simClient()
  assert.equal((await sim.get("agent/get", { agentid: "1000002" })).errcode, 41001)
  assert.equal((await sim.get("agent/get", { access_token: "made-up", agentid: "1000002" })).errcode, 40014)
})

// proves 10.2: the first use
test("2: a token outlives a restart of the simulator, as it would in WeCom, but neither a reset nor other secrets", async () => {
  let token = ""
  {
    await using before = await simClient()
    token = await before.token()
  }
  await using sim = await simClient()
  const ask = async (access_token = token): Promise<number> =>
    (await sim.get("agent/get", { access_token, agentid: "1000002" })).errcode
  assert.equal(await ask(), 0)
  assert.equal(await ask(`${token.slice(0, -8)}AAAAAAAA`), 40014)
  await sim.advance(7200)
  assert.equal(await ask(), 42001)
  await sim.control("POST", "reset")
  assert.equal(await ask(), 40014)
  await using other = await simClient()
  await other.control("POST", "tokens/revoke")
  assert.equal((await other.get("agent/get", { access_token: token, agentid: "1000002" })).errcode, 42001)
  await other.org(({ apps: [app] }) => Object.assign(app ?? {}, { secret: "another" }))
  assert.equal((await other.get("agent/get", { access_token: token, agentid: "1000002" })).errcode, 40014)
})

test("2: a token dies with the secret it was got for", async () => {
  await using sim = await simClient()
  const token = await sim.token()
  await sim.org(({ apps: [app] }) => Object.assign(app ?? {}, { secret: "another" }))
  assert.equal((await sim.get("agent/get", { access_token: token, agentid: "1000002" })).errcode, 40014)
})

test("2: a token in a header or in the body is no token: 41001", async () => {
  await using sim = await simClient()
  const access_token = await sim.token()
  assert.equal((await sim.post("message/recall", {}, { access_token, msgid: "x" })).errcode, 41001)
  const headers = { authorization: `Bearer ${access_token}` }
  const response = await fetch(`${sim.sim.url}/cgi-bin/agent/get?agentid=1000002`, { headers })
  assert.equal(((await response.json()) as { errcode: number }).errcode, 41001)
})

test("2: too many wrong secrets ban the address for an hour, for right secrets too", async () => {
  await using sim = await simClient({ settings: { limits: { bad_secrets_per_hour: 2 } } })
  const ask = async (corpsecret: string): Promise<number> =>
    (await sim.get("gettoken", { corpid: CORP_ID, corpsecret })).errcode
  assert.deepEqual([await ask("a"), await ask("b"), await ask(SECRET), await ask("c")], [40001, 40001, 0, 40001])
  assert.equal(await ask(SECRET), 45009)
  await sim.advance(3599)
  assert.equal(await ask(SECRET), 45009)
  await sim.advance(1)
  assert.equal(await ask(SECRET), 0)
})

test("2: with bad_secrets_per_hour null no address is banned", async () => {
  await using sim = await simClient({ settings: { limits: { bad_secrets_per_hour: null } } })
  for (let n = 0; n < 5; n++) await sim.get("gettoken", { corpid: CORP_ID, corpsecret: "wrong" })
  assert.equal((await sim.get("gettoken", { corpid: CORP_ID, corpsecret: SECRET })).errcode, 0)
})
