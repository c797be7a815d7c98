import assert from "node:assert/strict"
import { test } from "node:test"
import { CORP_ID, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const HEALTHY = '{"touser":"zhangsan","msgtype":"text","agentid":1000002,"text":{"content":"你好"}}'

async function raw(
  sim: SimClient,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${sim.sim.url}/cgi-bin/message/send?access_token=${await sim.token()}`, {
    method: "POST",
    body,
    headers,
  })
}

const answerOf = async (response: Response): Promise<Answer> => (await response.json()) as Answer

test("an unknown path answers 404 with an empty body", async () => {
  await using sim = await simClient()
  for (const method of ["GET", "POST", "DELETE"]) {
    const response = await fetch(`${sim.sim.url}/cgi-bin/no/such/api`, { method })
    assert.deepEqual([response.status, await response.text()], [404, ""])
  }
})

test("a refusal is HTTP 200, and repeats errcode and errmsg in headers unless switched off", async () => {
  await using sim = await simClient()
  const response = await fetch(`${sim.sim.url}/cgi-bin/agent/get`)
  const answer = await answerOf(response)
  assert.deepEqual([response.status, answer.errcode], [200, 41001])
  assert.equal(response.headers.get("content-type"), "application/json; charset=UTF-8")
  assert.deepEqual([response.headers.get("error-code"), response.headers.get("error-msg")], ["41001", answer.errmsg])
  await sim.settings({ error_headers: false })
  assert.equal((await fetch(`${sim.sim.url}/cgi-bin/agent/get`)).headers.get("error-code"), null)
})

test("errmsg of a refusal ends in hint number, address and link, unless switched off", async () => {
  await using sim = await simClient()
  const suffix =
    /, hint: \[\d+\], from ip: 127\.0\.0\.1, more info at https:\/\/open\.work\.weixin\.qq\.com\/devtool\/query\?e=41001$/
  assert.match((await sim.get("agent/get")).errmsg, suffix)
  await sim.settings({ errmsg_suffix: false })
  assert.equal((await sim.get("agent/get")).errmsg, "access_token missing")
})

test("40014 comes without suffix, as it often does", async () => {
  await using sim = await simClient()
  assert.equal((await sim.get("agent/get", { access_token: "x" })).errmsg, "invalid access_token")
})

test("60020 names the address even without suffix: it is what an operator has to add", async () => {
  await using sim = await simClient({ settings: { errmsg_suffix: false } })
  const access_token = await sim.token()
  await sim.org((org) => void (org.trusted_ips = ["192.0.2.1"]))
  const answer = await sim.get("agent/get", { access_token, agentid: "1000002" })
  assert.deepEqual([answer.errcode, answer.errmsg], [60020, "not allow to access from your ip, from ip: 127.0.0.1"])
})

test("which calls are bound to trusted addresses can be set", async () => {
  await using sim = await simClient()
  const access_token = await sim.token()
  await sim.org((org) => void (org.trusted_ips = ["192.0.2.1"]))
  const codes = async (): Promise<number[]> => [
    (await sim.get("gettoken", { corpid: CORP_ID, corpsecret: "sim-secret-alerts" })).errcode,
    (await sim.post("message/send", { access_token }, HEALTHY)).errcode,
    (await sim.post("user/getuserid", { access_token }, { mobile: "13800000001" })).errcode,
  ]
  assert.deepEqual(await codes(), [0, 60020, 60020])
  await sim.settings({ ip_check_gettoken: true, ip_check_send: false })
  assert.deepEqual(await codes(), [60020, 0, 60020])
})

test("answers are compact JSON with Chinese unescaped", async () => {
  await using sim = await simClient()
  const query = `access_token=${await sim.token()}&agentid=1000002`
  const text = await (await fetch(`${sim.sim.url}/cgi-bin/agent/get?${query}`)).text()
  assert.match(text, /^\{"errcode":0,"errmsg":"ok","agentid":1000002,"name":"告警",/)
})

for (const [name, headers] of [
  ["a form", { "content-type": "application/x-www-form-urlencoded" }],
  ["plain text", { "content-type": "text/plain" }],
  ["something ill-formed", { "content-type": "json" }],
] as const) {
  test(`a body that calls itself ${name} is read as JSON`, async () => {
    await using sim = await simClient()
    assert.equal((await answerOf(await raw(sim, HEALTHY, headers))).errcode, 0)
  })
}

test("a body without Content-Type is read as JSON", async () => {
  await using sim = await simClient()
  // fetch names no type for bytes.
  assert.equal((await answerOf(await raw(sim, new TextEncoder().encode(HEALTHY)))).errcode, 0)
})

test("a byte order mark before the JSON does not matter", async () => {
  await using sim = await simClient()
  assert.equal((await answerOf(await raw(sim, `\uFEFF${HEALTHY}`))).errcode, 0)
  assert.deepEqual((await sim.copies())[0]?.payload, { content: "你好" })
})

test("escaped characters arrive as what they encode", async () => {
  await using sim = await simClient()
  await raw(sim, HEALTHY.replace("你好", "\\u4f60\\u597d"))
  assert.deepEqual((await sim.copies())[0]?.payload, { content: "你好" })
})

test("numbers as strings, empty leftovers and unknown fields are tolerated", async () => {
  await using sim = await simClient()
  const answer = await sim.send({
    agentid: "1000002",
    safe: "0",
    toparty: "",
    totag: null,
    markdown: { content: "" },
    image: {},
    enable_id_trans: "0",
    something_new: { a: 1 },
  })
  assert.deepEqual({ ...answer, msgid: "" }, { errcode: 0, errmsg: "ok", msgid: "" })
})

test("an empty text beside markdown is a leftover, too", async () => {
  await using sim = await simClient()
  assert.equal((await sim.send({ msgtype: "markdown", text: { content: "" }, markdown: { content: "hi" } })).errcode, 0)
})

test("with strict_types a string agentid is 40056 and a string safe 40035", async () => {
  await using sim = await simClient({ settings: { strict_types: true } })
  assert.equal((await sim.send({ agentid: "1000002" })).errcode, 40056)
  assert.equal((await sim.send({ safe: "0" })).errcode, 40035)
  assert.equal((await sim.send({ safe: "" })).errcode, 0)
})

test("a field of the wrong JSON type is left aside, and errcode 0 comes with a warning", async () => {
  await using sim = await simClient()
  const answer = await sim.send({ toparty: [2] })
  assert.deepEqual([answer.errcode, answer.errmsg], [0, "ok. Warning: wrong json format."])
  assert.deepEqual(
    (await sim.copies()).map(({ userid }) => userid),
    ["zhangsan"],
  )
})

test("a body that is no JSON counts as empty, and the refusal carries the warning", async () => {
  await using sim = await simClient()
  for (const body of ["{", "[]", "null", "touser=zhangsan"]) {
    const answer = await answerOf(await raw(sim, body))
    assert.equal(answer.errcode, 41011, body)
    assert.match(answer.errmsg, /^Warning: wrong json format\. missing agentid/)
  }
})

test("JSON mistakes are refused with 40058 if so set, and nothing is sent", async () => {
  await using sim = await simClient({ settings: { json_mistakes: "refuse" } })
  assert.equal((await answerOf(await raw(sim, "{"))).errcode, 40058)
  assert.equal((await sim.send({ toparty: [2] })).errcode, 40058)
  assert.equal(
    (await sim.send({ msgtype: "video", video: { media_id: await sim.mediaId("video"), title: 7 } })).errcode,
    40058,
  )
  assert.deepEqual(await sim.copies(), [])
})

test("invalid UTF-8 and lone surrogates bring no crash", async () => {
  await using sim = await simClient()
  const bytes = new Uint8Array([...Buffer.from(HEALTHY.slice(0, -4)), 0xff, ...Buffer.from('"}}')])
  assert.equal((await answerOf(await raw(sim, bytes))).errcode, 0)
  assert.equal((await answerOf(await raw(sim, HEALTHY.replace("你好", "\\ud800")))).errcode, 0)
  assert.equal((await sim.copies()).length, 2)
})

test("hostile nesting counts as no JSON and breaks neither the call nor the ledger", async () => {
  await using sim = await simClient()
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`
  const body = HEALTHY.replace('{"content":"你好"}', `{"content":"x","more":${deep}}`)
  assert.equal((await answerOf(await raw(sim, body))).errcode, 41011)
  assert.equal((await sim.calls()).at(-1)?.body, body)
})

test("brackets inside strings are no nesting", async () => {
  await using sim = await simClient()
  assert.equal((await sim.send({ text: { content: `"\\${"[".repeat(1500)}` } })).errcode, 0)
})
