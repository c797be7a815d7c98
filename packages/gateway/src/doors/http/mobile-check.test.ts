import assert from "node:assert/strict"
import { test } from "node:test"
import { aMessage, startTestGateway } from "./testing/start-gateway.ts"
import { startWithSimulator } from "./testing/start-with-simulator.ts"
import type { WithSimulator } from "./testing/start-with-simulator.ts"

/** Invalid by the numbering rules, but nevertheless a member's number. */
const ODD = "+85212345678"

async function startWithOddNumber(): Promise<WithSimulator> {
  const world = await startWithSimulator()
  const org = `${world.simulator.url}/_sim/org`
  const { members } = (await (await fetch(org)).json()) as { members: object[] }
  const body = JSON.stringify({ members: [...members, { userid: "odd", mobile: ODD, departments: [2] }] })
  assert.equal((await fetch(org, { method: "PUT", body })).status, 200)
  return world
}

/** Sends to these mobiles. @returns the outcome of each */
async function outcomesOf(world: WithSimulator, mobiles: readonly string[], how: object = {}): Promise<unknown[]> {
  const { json } = await world.request("/v1/messages", { body: aMessage({ to: { mobiles }, ...how }) })
  await world.until(json.id, "sent", "partly_sent", "failed")
  const { items } = (await world.request(`/v1/messages/${json.id}/recipients`)).json
  return items.map(({ state, reason, errcode, userid }: Record<string, unknown>) => [state, reason, errcode, userid])
}

async function asked(world: WithSimulator): Promise<readonly string[]> {
  const { calls } = (await (await fetch(`${world.simulator.url}/_sim/calls`)).json()) as {
    calls: { path: string; body: { mobile: string } }[]
  }
  return calls.filter(({ path }) => path === "/cgi-bin/user/getuserid").map(({ body }) => body.mobile)
}

const set = (world: WithSimulator, settings: object) =>
  world.request("/v1/apps/alerts", { method: "PATCH", body: { settings } })

test("a number that the rules call impossible is invalid with a reason of its own, and WeCom is not asked", async () => {
  await using world = await startWithOddNumber()
  assert.deepEqual(await outcomesOf(world, [ODD, "12345", "1234"]), [
    ["invalid", "impossible_mobile", null, null],
    ["invalid", "impossible_mobile", null, null],
    ["invalid", "malformed_mobile", null, null],
  ])
  assert.deepEqual(await asked(world), [])
})

// proves 11.B22: numbers that the rules refuse
test("with mobile_check length WeCom is asked for any number of 5 to 32 bytes", async () => {
  await using world = await startWithOddNumber()
  const mobiles = ["+852 1234 5678", "12345", "1234", "x".repeat(32), "1".repeat(33)]
  assert.deepEqual(await outcomesOf(world, mobiles, { mobile_check: "length" }), [
    ["sent", null, null, "odd"],
    ["not_found", "no_visible_member", 46004, null],
    ["invalid", "malformed_mobile", null, null],
    ["invalid", "malformed_mobile", 60103, null],
    ["invalid", "malformed_mobile", null, null],
  ])
  assert.deepEqual(new Set(await asked(world)), new Set([ODD, "12345", "x".repeat(32)]))
})

// proves 11.B22: numbers that the rules refuse
test("an app may have it as its setting, which a request overrides; GET shows it, and without it the rules hold", async () => {
  await using world = await startWithOddNumber()
  assert.equal((await set(world, { mobile_check: "length" })).status, 200)
  const { json } = await world.request("/v1/apps/alerts")
  assert.deepEqual(json.settings, { mobile_check: "length" })
  assert.deepEqual(await outcomesOf(world, [ODD]), [["sent", null, null, "odd"]])
  assert.deepEqual(await outcomesOf(world, [ODD], { mobile_check: "strict" }), [
    ["invalid", "impossible_mobile", null, null],
  ])
  await set(world, {})
  assert.deepEqual(await outcomesOf(world, [ODD]), [["invalid", "impossible_mobile", null, null]])
  const made = {
    name: "odd",
    corp_id: "ww0000000000000001",
    agent_id: 1000003,
    secret: "sim-secret-hr",
    settings: { mobile_check: "length" },
  }
  const answer = await world.request("/v1/apps", { body: made })
  assert.deepEqual([answer.status, answer.json.settings], [201, { mobile_check: "length" }])
})

test("a batch and a long list keep to it as well", async () => {
  await using world = await startWithOddNumber()
  const to = { mobiles: [ODD] }
  const { json } = await world.request("/v1/messages/batch", {
    body: [aMessage({ to, mobile_check: "length" }), aMessage({ to, text: { content: "b" } })],
  })
  const states: string[] = []
  for (const { id } of json) states.push(String((await world.until(id, "sent", "failed"))["state"]))
  assert.deepEqual(states, ["sent", "failed"])

  await using idle = await startTestGateway()
  const mobiles = Array.from({ length: 30_000 }, (_, index) => (index % 3 === 0 ? `12345${index}` : "1380000"))
  for (const [mobile_check, pending] of [
    ["length", 30_000],
    ["strict", 0],
  ] as const) {
    const long = await idle.request("/v1/messages", { body: aMessage({ to: { mobiles }, mobile_check }) })
    const { recipients } = (await idle.request(`/v1/messages/${long.json.id}`)).json
    assert.deepEqual([recipients.pending, recipients.invalid], [pending, 30_000 - pending])
  }
})

// proves 11.B22: numbers that the rules refuse
test("a look-up refuses such a number with the way round, and takes it", async () => {
  await using world = await startWithOddNumber()
  const lookUp = (how: object = {}) => world.request("/v1/lookup", { body: { mobile: ODD, ...how } })
  const refused = await lookUp()
  assert.deepEqual([refused.status, refused.json.errors[0].path], [422, "/mobile"])
  assert.match(refused.json.errors[0].detail, /"mobile_check": "length"/)
  assert.deepEqual(await asked(world), [])
  assert.deepEqual((await lookUp({ mobile_check: "length" })).json, { userid: "odd" })
  await set(world, { mobile_check: "length" })
  assert.deepEqual((await lookUp()).json, { userid: "odd" })
  assert.equal((await lookUp({ mobile_check: "strict" })).status, 422)
})

test("who is invalid by the rules stays so when the message is retried, whatever the app's setting is by then", async () => {
  await using world = await startWithOddNumber()
  const { json } = await world.request("/v1/messages", { body: aMessage({ to: { mobiles: [ODD] } }) })
  assert.equal(json.state, "failed")
  await set(world, { mobile_check: "length" })
  const retried = await world.request(`/v1/messages/${json.id}/retry`, { body: { states: ["invalid"] } })
  assert.equal(retried.json.code, "nothing_to_retry")
  assert.deepEqual(await asked(world), [])
})

test("any other word is refused, each place naming those there are", async () => {
  await using world = await startWithOddNumber()
  const odd = { mobile_check: "none" }
  const answers = [
    await world.request("/v1/messages", { body: aMessage(odd) }),
    await world.request("/v1/lookup", { body: { mobile: ODD, ...odd } }),
    await set(world, odd),
  ]
  for (const { status, text } of answers) {
    assert.equal(status, 422)
    assert.match(text, /strict.*length/)
  }
})
