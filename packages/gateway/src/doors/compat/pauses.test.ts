import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { TransportFault } from "@wecom-push/sdk"
import { ALERTS, HR, startCompat } from "./testing/compat-under-test.ts"
import type { CompatUnderTest } from "./testing/compat-under-test.ts"
import { whileTheClockRuns } from "./testing/while-the-clock-runs.ts"

const MINUTE_MS = 60_000

test("a message that meets a configuration error is answered with it, and is not kept", async () => {
  await using compat = await startCompat()
  await trustNobody(compat)

  const answer = await compat.send()

  assert.equal(answer.errcode, 60020)
  assert.match(answer.errmsg, /^not allow to access from your ip, .*from ip: 127\.0\.0\.1, more info at \S+e=60020$/)
  assert.equal(answer["msgid"], undefined)
  assert.deepEqual(await statesOf(compat), ["cancelled"])
})

test("while the app is paused its error is answered at once, nothing is accepted, and WeCom is left alone", async () => {
  await using compat = await startCompat()
  await trustNobody(compat)
  await compat.send()
  const callsBefore = (await compat.sim.calls()).length

  const answer = await compat.send()

  assert.equal(answer.errcode, 60020)
  assert.deepEqual(await statesOf(compat), ["cancelled"])
  assert.equal((await compat.sim.calls()).length, callsBefore)
})

// proves 10.6: what operators see
test("while WeCom cannot be reached a message is accepted and answered 0 after the wait, and goes out later, once", async () => {
  let isCut = true
  await using compat = await startCompat({
    wrapTransport: (real) => ({
      ...real,
      request: (request) =>
        isCut
          ? Promise.reject(new TransportFault("refused", false, { host: request.url.host, code: "ECONNREFUSED" }))
          : real.request(request),
    }),
  })
  const answer = await whileTheClockRuns(compat, compat.send())
  assert.deepEqual([answer.errcode, typeof answer["msgid"]], [0, "string"])
  assert.deepEqual(await statesOf(compat), ["sending"])
  isCut = false
  compat.clock.advance(MINUTE_MS)
  while ((await statesOf(compat))[0] !== "sent") await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("another app of the same key is not paused with it", async () => {
  await using compat = await startCompat()
  await compat.sim.org((org) => {
    const app = org.apps.find(({ agentid }) => agentid === ALERTS.agentid)
    if (app !== undefined) app["enabled"] = false
  })
  assert.equal((await compat.send()).errcode, 50003)
  assert.equal((await compat.send({ touser: "lisi", agentid: HR.agentid })).errcode, 0)
})

test("where no message waits, the next one after a minute is the try; once corrected all go again", async () => {
  await using compat = await startCompat()
  await trustNobody(compat)
  await compat.send()

  compat.clock.advance(MINUTE_MS + 5000)
  assert.equal((await whileTheClockRuns(compat, compat.send())).errcode, 60020)
  await compat.sim.org((org) => void (org.trusted_ips = []))
  assert.equal((await compat.send()).errcode, 60020, "it was tried a moment ago")
  compat.clock.advance(MINUTE_MS + 5000)
  assert.equal((await compat.send()).errcode, 0)

  assert.equal((await compat.send()).errcode, 0)
  assert.equal((await compat.sim.copies("zhangsan")).length, 2)
})

test("of many that come after a minute one is the try, and the others are answered at once", async () => {
  await using compat = await startCompat()
  await trustNobody(compat)
  await compat.send()
  compat.clock.advance(MINUTE_MS + 5000)
  const callsBefore = await sends(compat)

  const texts = Array.from({ length: 10 }, (_, index) => compat.send({ text: { content: `第 ${index} 条` } }))
  const answers = await whileTheClockRuns(compat, Promise.all(texts))

  assert.deepEqual(new Set(answers.map(({ errcode }) => errcode)), new Set([60020]))
  assert.equal((await sends(compat)) - callsBefore, 1)
})

test("a message that waits for the paused app by /v1 is the try, and lets those of these paths in again", async () => {
  await using compat = await startCompat()
  await trustNobody(compat)
  const message = { app: "alerts", to: { users: ["zhangsan"] }, msgtype: "text", text: { content: "等待" } }
  assert.equal((await compat.gateway.request("/v1/messages", { body: message })).status, 202)
  assert.equal((await compat.send()).errcode, 60020)
  await compat.sim.org((org) => void (org.trusted_ips = []))

  compat.clock.advance(MINUTE_MS + 1000)
  while ((await compat.sim.copies("zhangsan")).length === 0) await sleep(5)

  assert.equal((await compat.send()).errcode, 0)
})

test("a message in flight while the app is paused by another one keeps its own outcome", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", { path: "message/send", match: "慢", kind: "slow", delay_ms: 300 })
  await compat.sim.control("POST", "faults", { path: "message/send", match: "错", kind: "errcode", errcode: 60020 })

  const slow = compat.send({ text: { content: "慢" } })
  while ((await sends(compat)) === 0) await sleep(5)
  const refused = await compat.send({ text: { content: "错" } })

  assert.equal(refused.errcode, 60020)
  assert.equal((await slow).errcode, 0)
  assert.equal((await compat.sim.copies("zhangsan")).length, 1)
})

test("look-ups, card updates and agent/get tell the pause too", async () => {
  await using compat = await startCompat()
  const { key } = await compat.key()
  await trustNobody(compat)
  await compat.send({}, key)
  const update = { userids: ["zhangsan"], agentid: ALERTS.agentid, response_code: "x", button: { replace_name: "好" } }
  const query = { access_token: await compat.token(key), agentid: String(ALERTS.agentid) }

  assert.equal((await compat.call("user/getuserid", { mobile: "13800000001" }, key)).errcode, 60020)
  assert.equal((await compat.call("message/update_template_card", update, key)).errcode, 60020)
  assert.equal((await compat.get("agent/get", query)).errcode, 60020)
})

test("agent/get tells of a disabled app by close 1, as WeCom does", async () => {
  await using compat = await startCompat()
  const query = { access_token: await compat.token(), agentid: String(ALERTS.agentid) }
  assert.equal((await compat.get("agent/get", query))["close"], 0)
  await compat.sim.control("POST", "faults", { path: "message/send", kind: "errcode", errcode: 50003 })
  assert.equal((await compat.send()).errcode, 50003)
  const answer = await compat.get("agent/get", query)
  assert.deepEqual([answer.errcode, answer["close"]], [0, 1])
})

test("what keeps the gateway itself from WeCom is reported as -1, without a word of how it gets there", async () => {
  await using compat = await startCompat()
  await compat.sim.control("POST", "faults", { path: "*", kind: "http_status", status: 302, body: "", times: 9 })
  const answer = await compat.send()
  assert.equal(answer.errcode, -1)
  assert.doesNotMatch(answer.errmsg, /127\.0\.0\.1|localhost|http:/)
})

function trustNobody({ sim }: CompatUnderTest): Promise<void> {
  return sim.org((org) => void (org.trusted_ips = ["203.0.113.9"]))
}

async function statesOf({ gateway }: CompatUnderTest): Promise<string[]> {
  const { json } = await gateway.request("/v1/messages")
  return json.items.map(({ state }: { state: string }) => state)
}

async function sends({ sim }: CompatUnderTest): Promise<number> {
  return (await sim.calls()).filter(({ path }) => path === "/cgi-bin/message/send").length
}
