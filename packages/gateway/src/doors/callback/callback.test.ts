import assert from "node:assert/strict"
import { test } from "node:test"
import { CallbackCipher, signCallback } from "@wecom-push/protocol/callback"
import { StorageError } from "../../model/storage-error.ts"
import { Apps } from "../../store/cold/apps.ts"
import { Callbacks } from "../../store/cold/callbacks.ts"
import { RawConnection } from "../http/testing/raw-connection.ts"
import { startTestGateway } from "../http/testing/start-gateway.ts"
import type { TestAnswer, TestGateway } from "../http/testing/start-gateway.ts"

const CORP = "ww0000000000000001"
const KEYS = { token: "pushToken2024", encodingAesKey: "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U" } as const

const startDoor = () =>
  startTestGateway({
    apps: [
      {
        name: "alerts",
        corpId: CORP,
        agentId: 1_000_002,
        secret: "sim-secret-alerts",
        callbackToken: KEYS.token,
        encodingAesKey: KEYS.encodingAesKey,
      },
      { name: "deaf", corpId: CORP, agentId: 1_000_003, secret: "sim-secret-hr" },
    ],
  })

interface Sealing {
  readonly token?: string
  readonly encodingAesKey?: string
  readonly receiveId?: string
  readonly ageSeconds?: number
  readonly nonce?: string
}

function seal(message: string, changes: Sealing = {}): { query: URLSearchParams; encrypted: string } {
  const { token, encodingAesKey, receiveId, ageSeconds, nonce } = {
    ...KEYS,
    receiveId: CORP,
    ageSeconds: 0,
    nonce: "9081726354",
    ...changes,
  }
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds)
  const encrypted = new CallbackCipher(encodingAesKey, receiveId).encrypt(message)
  const msg_signature = signCallback({ token, timestamp, nonce, encrypted })
  return { query: new URLSearchParams({ msg_signature, timestamp, nonce }), encrypted }
}

const innerXml = (from = "zhangsan", more = ""): string =>
  `<xml><ToUserName><![CDATA[${CORP}]]></ToUserName><FromUserName><![CDATA[${from}]]></FromUserName>` +
  `<CreateTime>1735689700</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[enter_agent]]></Event>` +
  `<EventKey></EventKey>${more}<AgentID>1000002</AgentID></xml>`

const envelope = (encrypted: string): string =>
  `<xml><ToUserName><![CDATA[${CORP}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`

function deliver(gateway: TestGateway, message: string, changes: Sealing & { app?: string } = {}): Promise<TestAnswer> {
  const { query, encrypted } = seal(message, changes)
  return post(gateway, query, envelope(encrypted), changes.app)
}

function post(gateway: TestGateway, query: URLSearchParams, body: string, app = "alerts"): Promise<TestAnswer> {
  const path = `/callback/${app}?${query.toString()}`
  return gateway.request(path, { key: null, body, headers: { "content-type": "text/xml" } })
}

async function eventsOf(gateway: TestGateway): Promise<readonly { type: string; data: Record<string, unknown> }[]> {
  const connection = new AbortController()
  const answer = await fetch(`${gateway.url}/v1/events`, {
    headers: { authorization: "Bearer test-admin-key-of-more-than-32-characters", "last-event-id": "0" },
    signal: connection.signal,
  })
  await gateway.request("/v1/apps", { body: { name: "last", corp_id: CORP, agent_id: 9, secret: "s" } })
  let text = ""
  for await (const piece of answer.body ?? []) {
    text += Buffer.from(piece).toString("utf8")
    if (text.includes('"app":"last"')) break
  }
  connection.abort()
  const told = text.split("\n").flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []))
  return told.filter(({ type }) => type !== "app.changed")
}

test("the address proves itself by the text that was encrypted, without a key", async () => {
  await using gateway = await startDoor()
  const { query, encrypted } = seal("3917462085126")
  query.set("echostr", encrypted)
  const answer = await gateway.request(`/callback/alerts?${query.toString()}`, { key: null })
  assert.deepEqual([answer.status, answer.text], [200, "3917462085126"])
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/)
})

test("an event is answered by an empty 200, and userid 007 stays so", async () => {
  await using gateway = await startDoor()
  const answer = await deliver(gateway, innerXml("007"))
  assert.deepEqual([answer.status, answer.text], [200, ""])
  const [event] = await eventsOf(gateway)
  assert.deepEqual([event?.type, event?.data["userid"]], ["wecom.enter_agent", "007"])
})

// proves 4.5: the gateway
test("a delivery that comes again, sealed anew or word for word, is one event, also after a restart", async () => {
  await using gateway = await startDoor()
  const { query, encrypted } = seal(innerXml())
  for (let n = 0; n < 3; n++) assert.equal((await post(gateway, query, envelope(encrypted))).status, 200)
  await Promise.all([1, 2, 3].map((n) => deliver(gateway, innerXml(), { nonce: String(n) })))
  await gateway.stop()
  await using again = await startTestGateway({ folder: gateway.folder, apps: [] })
  assert.equal((await deliver(again, innerXml())).status, 200)
  assert.equal((await deliver(again, innerXml("lisi"))).status, 200)
  assert.deepEqual(
    (await eventsOf(again)).map(({ data }) => data["userid"]),
    ["zhangsan", "lisi"],
  )
})

const inner = (elements: string): string =>
  `<xml><FromUserName>lisi</FromUserName><CreateTime>1735689700</CreateTime>${elements}<AgentID>1000002</AgentID></xml>`
const event = (name: string): string => `<MsgType>event</MsgType><Event>${name}</Event>`

test("members' messages and events come under WeCom's words for them", async () => {
  await using gateway = await startDoor()
  for (const elements of [
    "<MsgType>text</MsgType><MsgId>9223372036854775807</MsgId><Content>你好</Content>",
    "<MsgType>location</MsgType><MsgId>2</MsgId>",
    event("LOCATION"),
    event("subscribe"),
    event("click"),
    event("some_new_event"),
    event("bad event\n"),
  ]) {
    assert.equal((await deliver(gateway, inner(elements))).status, 200)
  }
  const events = await eventsOf(gateway)
  assert.deepEqual(
    events.map(({ type }) => type),
    [
      "wecom.text",
      "wecom.location",
      "wecom.location_reported",
      "wecom.subscribe",
      "wecom.click",
      "wecom.some_new_event",
      "wecom.unknown",
    ],
  )
  assert.deepEqual(events[0]?.data, {
    userid: "lisi",
    created_at: "2025-01-01T00:01:40.000Z",
    fields: {
      FromUserName: "lisi",
      CreateTime: "1735689700",
      MsgType: "text",
      MsgId: "9223372036854775807",
      Content: "你好",
      AgentID: "1000002",
    },
  })
})

const BOMB = `<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>`

for (const [rule, shoot] of [
  ["a wrong signature", (gateway) => deliver(gateway, innerXml(), { token: "anotherToken" })],
  [
    "another key",
    (gateway) => deliver(gateway, innerXml(), { encodingAesKey: "J2isAjIhKtJ0RlgLKOmxgJTeKdNnFRIBXuDL7DxtpYA" }),
  ],
  ["another corp's id", (gateway) => deliver(gateway, innerXml(), { receiveId: "ww9999999999999999" })],
  ["a timestamp of an hour ago", (gateway) => deliver(gateway, innerXml(), { ageSeconds: 3600 })],
  ["no signature", (gateway) => post(gateway, new URLSearchParams(), envelope("x"))],
  ["no body", (gateway) => post(gateway, seal(innerXml()).query, "")],
  ["broken XML", (gateway) => post(gateway, seal(innerXml()).query, "<xml><Encrypt>")],
  ["an entity bomb outside", (gateway) => post(gateway, seal(innerXml()).query, BOMB)],
  ["an entity bomb inside", (gateway) => deliver(gateway, BOMB)],
  ["something else than XML inside", (gateway) => deliver(gateway, "{}")],
  [
    "elements without end inside",
    (gateway) => deliver(gateway, `<xml>${"<a>".repeat(5000)}${"</a>".repeat(5000)}</xml>`),
  ],
] satisfies [string, (gateway: TestGateway) => Promise<TestAnswer>][]) {
  test(`a request with ${rule} is refused, and learns nothing of the reason`, async () => {
    await using gateway = await startDoor()
    const answer = await shoot(gateway)
    const plain = await deliver(gateway, innerXml(), { token: "anotherToken" })
    assert.deepEqual([answer.status, answer.text], [403, plain.text])
    assert.deepEqual(await eventsOf(gateway), [])
    assert.ok(gateway.logLines.some((line) => line.includes("a callback was refused")))
    for (const line of gateway.logLines) assert.doesNotMatch(line, new RegExp(`${KEYS.token}|${KEYS.encodingAesKey}`))
  })
}

test("an app that is unknown, or has no keys for callbacks, is not there", async () => {
  await using gateway = await startDoor()
  for (const app of ["nobody", "deaf", "%2e%2e%2f"]) {
    assert.equal((await deliver(gateway, innerXml(), { app })).status, 404, app)
  }
  assert.equal((await gateway.request("/callback/alerts", { key: null, method: "PUT" })).status, 405)
})

test("a body over 256 KiB is not read", async () => {
  await using gateway = await startDoor()
  const answer = await post(gateway, seal(innerXml()).query, envelope("x".repeat(300 * 1024)))
  assert.deepEqual([answer.status, answer.json.code], [413, "body_too_large"])
})

test("keys can be set, changed and taken away while the gateway runs, and are never shown", async () => {
  await using gateway = await startDoor()
  const change = async (body: object): Promise<void> => {
    const { status, text } = await gateway.request("/v1/apps/deaf", { method: "PATCH", body })
    assert.equal(status, 200, text)
    assert.ok(!text.includes(KEYS.token) && !text.includes(KEYS.encodingAesKey))
  }
  const to = { app: "deaf" }
  await change({ callback_token: KEYS.token, encoding_aes_key: KEYS.encodingAesKey })
  assert.equal((await deliver(gateway, innerXml(), to)).status, 200)
  await change({ callback_token: "anotherToken" })
  assert.equal((await deliver(gateway, innerXml("lisi"), to)).status, 403)
  assert.equal((await deliver(gateway, innerXml("lisi"), { ...to, token: "anotherToken" })).status, 200)
  await change({ encoding_aes_key: null })
  assert.equal((await deliver(gateway, innerXml("WangWu"), { ...to, token: "anotherToken" })).status, 404)
  await change({ encoding_aes_key: KEYS.encodingAesKey })
  assert.equal((await deliver(gateway, innerXml("WangWu"), { ...to, token: "anotherToken" })).status, 200)
  await gateway.request("/v1/apps/deaf", { method: "DELETE" })
  assert.equal((await deliver(gateway, innerXml("WangWu"), { ...to, token: "anotherToken" })).status, 404)
})

for (const [what, store, method] of [
  ["the event", Callbacks.prototype, "keep"],
  ["the app", Apps.prototype, "get"],
] as const) {
  // proves 4.5: the gateway
  test(`while the database fails for ${what} nothing is answered, so that WeCom tells it again`, async (t) => {
    await using gateway = await startDoor()
    const asked = t.mock.method(store as object, method as never, () =>
      Promise.reject(new StorageError("storage_full")),
    )
    await assert.rejects(deliver(gateway, innerXml()), /other side closed/)
    asked.mock.restore()
    assert.equal((await deliver(gateway, innerXml())).status, 200)
    assert.equal((await eventsOf(gateway)).length, 1)
  })
}

test("a client that goes away in the middle of a body harms no other", async () => {
  await using gateway = await startDoor()
  const { query, encrypted } = seal(innerXml())
  const body = envelope(encrypted)
  using connection = new RawConnection(gateway.port)
  connection.write(
    `POST /callback/alerts?${query.toString()} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 99)}`,
  )
  connection.socket.end()
  await connection.closed
  assert.equal((await deliver(gateway, innerXml())).status, 200)
})
