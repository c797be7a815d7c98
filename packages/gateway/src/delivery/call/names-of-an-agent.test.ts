import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { beijingDay } from "@wecom-push/protocol/delivery"
import type { Settings } from "../../model/ports/apps.ts"
import { ALERTS_AGENT, ALERTS_IDS, startDispatch } from "../testing/start-dispatch.ts"
import type { DispatchOptions, DispatchUnderTest } from "../testing/start-dispatch.ts"

const SECRETS = { secret: "sim-secret-alerts" }
const HR_AGENT = { ...ALERTS_AGENT, partyId: "1000003" }

/** Starts with two names of one agent: `alerts` and `alarms`. */
async function startWithTwoNames(options: DispatchOptions = {}): Promise<DispatchUnderTest> {
  const gateway = await startDispatch({ ...options, idle: true })
  await register(gateway, "alarms")
  if (options.idle !== true) gateway.start()
  return gateway
}

async function register(gateway: DispatchUnderTest, name: string, settings: Settings = {}): Promise<void> {
  await gateway.stores.apps.put({ name, ...ALERTS_IDS, settings, secrets: SECRETS }, gateway.clock.now())
}

async function post(gateway: DispatchUnderTest, app: string, count: number): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, (_, n) => gateway.post({ app, users: ["lisi"], text: `${app} ${n}` })),
  )
}

/** Until when WeCom takes no calls of the agent; 0 if nothing is known about it. */
function closedUntil(gateway: DispatchUnderTest): number {
  return gateway.dispatcher.standing("alarms").closedUntil ?? 0
}

/** A hundred members of the simulator. */
function members(from: number): string[] {
  return Array.from({ length: 100 }, (_, n) => `m${String(from + n).padStart(6, "0")}`)
}

const shown = async (gateway: DispatchUnderTest): Promise<number> => (await gateway.stats())["recipients"] ?? 0

/** Lets minutes pass. @param counts how many WeCom has shown after each of them */
async function sendAll(gateway: DispatchUnderTest, ids: readonly string[], counts: readonly number[]): Promise<void> {
  for (const count of counts) {
    await gateway.advance(61)
    await gateway.until(async () => (await shown(gateway)) >= count, `${count} to be shown`)
    assert.equal(await shown(gateway), count)
  }
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.stats())["dropped"], 0)
}

// proves 12.R3: one agent under two names
test("12.R3: of 62 messages to a member through two names of an agent WeCom gets 30 a minute, and drops none", async () => {
  await using gateway = await startWithTwoNames()
  const ids = (await Promise.all([post(gateway, "alerts", 31), post(gateway, "alarms", 31)])).flat()
  await gateway.until(async () => (await shown(gateway)) === 30)
  await gateway.until(async () => {
    const rows = await Promise.all(ids.map((id) => gateway.recipients(id)))
    return rows.flat().filter(({ delayedUntil }) => delayedUntil !== undefined).length === 32
  }, "the others to be noted as delayed")
  assert.equal((await gateway.calls()).length, 30)
  await sendAll(gateway, ids, [60, 62])
  assert.equal((await gateway.phone("lisi")).length, 62)
})

// proves 12.R3: one agent under two names
test("12.R3: an equal alarm through another name goes without the check, and arrives", async () => {
  await using gateway = await startWithTwoNames()
  for (const app of ["alerts", "alarms"]) {
    const id = await gateway.post({ app, users: ["zhangsan"], text: "CPU high" })
    assert.deepEqual(await gateway.outcome(id), ["sent"])
  }
  assert.deepEqual(await gateway.phone("zhangsan"), ["CPU high", "CPU high"])
  assert.deepEqual(
    (await gateway.calls()).map(({ body }) => body["enable_duplicate_check"]),
    [1, undefined],
  )
})

// proves 12.R3: one agent under two names
test("12.R3: an app that is registered again under another name finds what went out under the first, also after a restart", async () => {
  for (const when of ["while it runs", "after a restart"] as const) {
    await using gateway = await startDispatch()
    const first = await post(gateway, "alerts", 30)
    for (const id of first) await gateway.outcome(id)
    assert.equal(await gateway.stores.apps.remove("alerts", gateway.clock.now()), "removed")
    if (when === "after a restart") await gateway.crash()
    await gateway.outcome(await gateway.post({ app: "hr", users: ["lisi"] }))
    await register(gateway, "alarms")
    const [id = ""] = await post(gateway, "alarms", 1)
    await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined, when)
    await sendAll(gateway, [id], [32])
  }
})

test("12.R3: a restart counts what went out through either name", async () => {
  await using gateway = await startWithTwoNames()
  for (const app of ["alerts", "alarms"]) for (const id of await post(gateway, app, 15)) await gateway.outcome(id)
  await gateway.crash()
  const ids = (await Promise.all([post(gateway, "alerts", 1), post(gateway, "alarms", 1)])).flat()
  for (const id of ids) {
    await gateway.until(async () => (await gateway.recipients(id))[0]?.delayedUntil !== undefined)
  }
  await sendAll(gateway, ids, [32])
})

test("12.R3: a name that becomes another agent has that one's limits, and leaves what it has used", async () => {
  await using gateway = await startWithTwoNames()
  for (const id of await post(gateway, "alarms", 30)) await gateway.outcome(id)
  const secret = "sim-secret-hr"
  await gateway.stores.apps.change("alarms", { agentId: Number(HR_AGENT.partyId), secret }, gateway.clock.now())
  const [other = ""] = await post(gateway, "alarms", 1)
  assert.deepEqual(await gateway.outcome(other), ["sent"], "the other agent has sent nothing")
  const [same = ""] = await post(gateway, "alerts", 1)
  await gateway.until(async () => (await gateway.recipients(same))[0]?.delayedUntil !== undefined)
  await sendAll(gateway, [same], [32])
})

// proves 12.R3: one agent under two names
test("12.R3: the names of an agent have one day's quota, and both report that it is used up", async () => {
  await using gateway = await startWithTwoNames({ simulator: { members: 300 }, settings: { account_cap: 1 } })
  await gateway.outcome(await gateway.post({ app: "alerts", users: members(1) }))
  const id = await gateway.post({ app: "alarms", users: members(101) })
  await gateway.until(async () => (await gateway.summary(id)).counts.sent === 90, "to 190 of 200")
  assert.equal(await gateway.stores.personTimes.taken(ALERTS_AGENT, beijingDay(gateway.clock.now())), 190)
  const events = await gateway.stores.events.since(0, { limit: 1000, apps: "all" })
  const told = events.filter(({ type }) => type === "app.quota_spent").map(({ app }) => app)
  assert.deepEqual(told, ["alarms", "alerts"])
})

// proves 12.R3: one agent under two names
test("12.R3: when WeCom takes no more calls of an agent all its names wait, one call tries, and then all continue", async () => {
  await using gateway = await startWithTwoNames()
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009, times: 2 })
  const [first = ""] = await post(gateway, "alerts", 1)
  await gateway.until(() => gateway.dispatcher.standing("alerts").why === "app_rate")
  const ids = [first, ...(await post(gateway, "alarms", 3))]
  await gateway.until(() => gateway.dispatcher.standing("alarms").why === "app_rate", "the other name to be closed too")
  for (const times of [2, 3]) {
    await gateway.until(() => closedUntil(gateway) > gateway.clock.now(), "the refusal to be known")
    assert.equal((await gateway.calls()).length, times - 1)
    await gateway.advance((closedUntil(gateway) - gateway.clock.now()) / 1000 + 1)
    await gateway.until(async () => (await gateway.calls()).length >= times, "one to try")
  }
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal(gateway.dispatcher.standing("alarms").why, undefined)
  // After a restart the closing is found by the agent.
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009 })
  await post(gateway, "alerts", 1)
  await gateway.until(() => gateway.dispatcher.standing("alerts").why === "app_rate")
  const calls = (await gateway.calls()).length
  await gateway.crash()
  await post(gateway, "alarms", 1)
  await gateway.until(() => gateway.dispatcher.standing("alarms").why === "app_rate", "what was stored of it")
  assert.equal((await gateway.calls()).length, calls)
})

test("12.R3: while one call tries for all names, those that wait do not look again and again", async () => {
  const held = Promise.withResolvers<void>()
  let isHeld = false
  const claims: string[] = []
  await using gateway = await startWithTwoNames({
    transport: (real) => ({
      ...real,
      async request(request) {
        if (isHeld && request.url.pathname.endsWith("/send")) await held.promise
        return real.request(request)
      },
    }),
    wrap: (stores) => {
      const { outbox } = stores
      const claim: typeof outbox.claim = (query) => {
        if (isHeld) claims.push(query.app)
        return outbox.claim(query)
      }
      return { ...stores, outbox: { ...outbox, claim } }
    },
  })
  await gateway.fault({ path: "message/send", kind: "errcode", errcode: 45009 })
  const first = await post(gateway, "alerts", 1)
  await gateway.until(() => gateway.dispatcher.standing("alerts").why === "app_rate")
  const ids = [...first, ...(await post(gateway, "alarms", 3))]
  await gateway.until(() => closedUntil(gateway) > 0, "the other name to be closed too")
  isHeld = true
  await gateway.advance((closedUntil(gateway) - gateway.clock.now()) / 1000 + 1)
  await gateway.until(() => claims.length > 0, "one to try")
  for (let turn = 0; turn < 1000; turn++) await immediate()
  assert.ok(claims.length <= 4, `${claims.length} claims`)
  held.resolve()
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
})

test("12.R3: a configuration that WeCom refuses pauses the name it was seen with, and no other", async () => {
  await using gateway = await startWithTwoNames()
  await gateway.stores.apps.change("alarms", { secret: "wrong" }, gateway.clock.now())
  const [wrong = ""] = await post(gateway, "alarms", 1)
  await gateway.until(async () => (await gateway.stores.apps.get("alarms"))?.pause !== undefined)
  for (const id of await post(gateway, "alerts", 3)) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.deepEqual(await gateway.states(wrong), ["pending"])
  await gateway.stores.apps.change("alarms", { secret: SECRETS.secret }, gateway.clock.now())
  assert.deepEqual(await gateway.outcome(wrong), ["sent"])
})

test("a shared call never carries messages of two names", async () => {
  await using gateway = await startWithTwoNames({ settings: { share_calls: true }, idle: true })
  await gateway.stores.apps.change("alarms", { settings: { share_calls: true } }, gateway.clock.now())
  const ids: string[] = []
  for (const app of ["alerts", "alarms"]) {
    for (const user of ["zhangsan", "lisi"]) ids.push(await gateway.post({ app, users: [user], text: "x" }))
  }
  gateway.start()
  for (const id of ids) assert.deepEqual(await gateway.outcome(id), ["sent"])
  assert.equal((await gateway.calls()).length, 2)
})
