import assert from "node:assert/strict"
import { test } from "node:test"
import { ask } from "../../../../tools/testing/ask.ts"
import { InvalidSimulatorOptions, startSimulator, type Fault, type Simulator } from "../index.ts"
import { sendCard } from "../testing/cards.ts"
import { ALERTS, CORP_ID, simClient, type Answer } from "../testing/sim-client.ts"

async function send(sim: Simulator, message: Record<string, unknown> = {}): Promise<Answer> {
  const login = new URLSearchParams({ corpid: CORP_ID, corpsecret: ALERTS.secret }).toString()
  const { text } = await ask(`${sim.url}/cgi-bin/gettoken?${login}`)
  const token = String((JSON.parse(text) as Answer)["access_token"])
  const body = {
    touser: "zhangsan",
    msgtype: "text",
    agentid: ALERTS.agentid,
    text: { content: "磁盘 91%" },
    ...message,
  }
  const init = { method: "POST", body: JSON.stringify(body) }
  return JSON.parse((await ask(`${sim.url}/cgi-bin/message/send?access_token=${token}`, init)).text) as Answer
}

async function control<T>(sim: Simulator, path: string): Promise<T> {
  return JSON.parse((await ask(`${sim.url}/_sim/${path}`)).text) as T
}

/** The paths of the fields that are refused. */
function named(use: () => unknown): string[] {
  try {
    use()
  } catch (error) {
    assert.ok(error instanceof InvalidSimulatorOptions)
    return error.badFields.map(({ path }) => path)
  }
  return []
}

// proves 30.helpers: simulators side by side
test("without a port each simulator takes a free one, and two at once know nothing of each other", async () => {
  const [one, other] = await Promise.all([startSimulator(), startSimulator()])
  await using _one = one
  await using _other = other
  assert.notEqual(one.port, other.port)
  assert.ok(one.port > 0 && one.url.endsWith(`:${one.port}`))

  one.fault({ path: "message/send", kind: "errcode", errcode: -1 })
  one.advance(7200)
  one.changeSettings({ keep: 5 })
  await one.replaceOrg({ members: [{ userid: "zhangsan" }] })
  assert.equal((await send(one))["errcode"], -1)
  assert.equal((await send(other))["errcode"], 0)

  assert.equal(one.messages().length, 0)
  assert.deepEqual(
    other.messages().map(({ userid, body }) => [userid, body.text?.content]),
    [["zhangsan", "磁盘 91%"]],
  )
  assert.equal(other.advance(0).ahead_s, 0)
  assert.equal(other.settings.keep, 10_000)
  assert.equal(other.org.members.length, 6)
})

// proves 30.helpers: helpers and control paths
test("each helper does what the control path of its name does, and answers the same", async () => {
  await using sim = await startSimulator()
  await send(sim)
  await send(sim, { touser: "lisi|WangWu" })
  assert.deepEqual({ messages: sim.messages() }, await control(sim, "messages"))
  assert.deepEqual({ messages: sim.messages({ userid: "LISI" }) }, await control(sim, "messages?userid=LISI"))
  assert.deepEqual({ messages: sim.messages({ mobile: "13800000002" }) }, await control(sim, "messages?userid=lisi"))
  assert.deepEqual({ messages: sim.messages({ after: 2 }) }, await control(sim, "messages?after=2"))

  const slow: Fault = { path: "/cgi-bin/message/send", kind: "slow", delay_ms: 1 }
  const faults = sim.fault([slow, { path: "*", kind: "raw", body: "…", times: 2, match: "你" }])
  assert.deepEqual({ faults: JSON.parse(JSON.stringify(faults)) as unknown }, await control(sim, "faults"))
  assert.equal(sim.advance(60).ahead_s, (await control<{ ahead_s: number }>(sim, "clock")).ahead_s)
  assert.deepEqual(sim.changeSettings({ limits: { member_per_minute: 1 } }), await control(sim, "settings"))
  assert.deepEqual(sim.settings, await control(sim, "settings"))
  assert.deepEqual(await sim.replaceOrg({ corp_id: "wwother" }), await control(sim, "org"))
  assert.equal(sim.org.corp_id, "wwother")
})

test("the clock that is advanced ends tokens", async () => {
  await using client = await simClient()
  const token = await client.token()
  client.sim.advance(7201)
  assert.equal((await client.get("agent/get", { access_token: token, agentid: "1000002" })).errcode, 42001)
})

test("a card is pressed with the message that is shown, and what cannot be pressed says why in both languages", async () => {
  await using client = await simClient()
  const { sim } = client
  await sendCard(client)
  const card = await sim.waitForMessage({ userid: "zhangsan", where: ({ body }) => body.msgtype === "template_card" })
  assert.equal(card.body.template_card?.button_list?.length, 3)
  const { event_key, state, selected } = await sim.click({ ...card, key: "yes", selected: { region: ["eu"] } })
  assert.deepEqual([event_key, state, selected], ["yes", "kept", { region: ["eu"] }])
  await assert.rejects(sim.click({ ...card, key: "no such key" }), (error) => {
    const { name, code, problem } = error as Error & { code: string; problem: { zh: string } }
    assert.deepEqual([name, code], ["ClickRefused", "unknown_key"])
    assert.match(problem.zh, /卡片上没有 key/)
    return true
  })
})

// proves 30.helpers: what helpers refuse
test("what a helper cannot use is refused, with every field named, and changes nothing", async () => {
  await using sim = await startSimulator()
  const good: Fault = { path: "*", kind: "reset_before" }
  assert.deepEqual(
    named(() => sim.fault([good, { path: "", kind: "errcode", errcode: 1.5 }])),
    ["[1].path", "[1].errcode"],
  )
  assert.deepEqual(await control(sim, "faults"), { faults: [] })
  for (const seconds of [-1, Number.NaN, 1e12])
    assert.deepEqual(
      named(() => sim.advance(seconds)),
      ["advance_s"],
    )
  assert.deepEqual(named(() => sim.changeSettings({ keep: 0, limits: { member_per_hour: -1 } })).toSorted(), [
    "keep",
    "limits.member_per_hour",
  ])
  assert.deepEqual(
    named(() => sim.messages({ mobile: "13900000000" })),
    ["mobile"],
  )
  await assert.rejects(sim.replaceOrg({ members: [{ userid: "a" }, { userid: "A" }] }), /members\[1\]\.userid/)
  await assert.rejects(sim.waitForMessage({ userid: "nobody", timeoutMs: -1 }), /userid .*; timeoutMs /)
  await assert.rejects(sim.waitForMessage({ userid: "lisi", mobile: "13800000002" }), /mobile cannot be given/)
})
