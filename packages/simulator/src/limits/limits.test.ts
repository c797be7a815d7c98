import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, ROOT, simClient, type SimClient } from "../testing/sim-client.ts"

async function sendMany(sim: SimClient, count: number, message: Record<string, unknown> = {}): Promise<number[]> {
  const query = { access_token: await sim.token() }
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" }, ...message }
  const errcodes: number[] = []
  for (let n = 0; n < count; n++) errcodes.push((await sim.post("message/send", query, body)).errcode)
  return errcodes
}

const copiesOf = async (sim: SimClient, userid: string): Promise<number> => (await sim.copies(userid)).length

test("9: over 30 messages a minute to one member vanish without a sign; only the ledger tells", async () => {
  await using sim = await simClient()
  assert.deepEqual(new Set(await sendMany(sim, 31, { touser: "zhangsan|lisi" })), new Set([0]))
  assert.equal(await copiesOf(sim, "zhangsan"), 30)
  const call = (await sim.calls()).at(-1)
  assert.deepEqual([call?.shown, call?.dropped], [[], ["zhangsan", "lisi"]])
  const stats = (await (await sim.control("GET", "stats")).json()) as Record<string, number>
  assert.deepEqual([stats["recipients"], stats["dropped"]], [60, 2])
})

test("9: the minute slides: what is 60 seconds old no longer counts", async () => {
  await using sim = await simClient({ settings: { limits: { member_per_minute: 2 } } })
  await sendMany(sim, 1)
  await sim.advance(30)
  await sendMany(sim, 2)
  assert.equal(await copiesOf(sim, "zhangsan"), 2)
  await sim.advance(30)
  await sendMany(sim, 2)
  assert.equal(await copiesOf(sim, "zhangsan"), 3)
})

test("9: an hour has a limit of its own", async () => {
  await using sim = await simClient({ settings: { limits: { member_per_minute: null, member_per_hour: 3 } } })
  await sendMany(sim, 4)
  assert.equal(await copiesOf(sim, "zhangsan"), 3)
  await sim.advance(3600)
  await sendMany(sim, 1)
  assert.equal(await copiesOf(sim, "zhangsan"), 4)
})

test("9: members and apps are counted apart", async () => {
  await using sim = await simClient({ settings: { limits: { member_per_minute: 1 } } })
  await sendMany(sim, 2)
  await sendMany(sim, 1, { touser: "zhangsan|lisi" })
  await sim.send({}, ROOT)
  assert.deepEqual([await copiesOf(sim, "zhangsan"), await copiesOf(sim, "lisi")], [2, 1])
})

test("with the member limits null nothing is dropped", async () => {
  await using sim = await simClient({ settings: { limits: { member_per_minute: null, member_per_hour: null } } })
  await sendMany(sim, 40)
  assert.equal(await copiesOf(sim, "zhangsan"), 40)
})

test("9: an app's person-times of a day end in 45009 for the rest of it, and begin anew at midnight in Beijing", async () => {
  await using sim = await simClient({ settings: { limits: { app_person_times_per_day: 3 } } })
  assert.deepEqual(await sendMany(sim, 1, { touser: "zhangsan|lisi" }), [0])
  assert.deepEqual(await sendMany(sim, 1, { touser: "zhangsan|lisi" }), [45009])
  assert.deepEqual(await sendMany(sim, 1), [45009])
  assert.equal((await sim.send({}, ROOT)).errcode, 0)
  await sim.advance(86_400)
  assert.deepEqual(await sendMany(sim, 1), [0])
})

test("9: the day's limit is 200 person-times for each of the member cap, or what is set", async () => {
  await using sim = await simClient()
  const limit = async (): Promise<unknown> => {
    const { limits } = (await (await sim.control("GET", "settings")).json()) as { limits: Record<string, unknown> }
    return limits["app_person_times_per_day"]
  }
  assert.equal(await limit(), 200_000)
  await sim.org((org) => void (org.member_cap = 500))
  assert.equal(await limit(), 100_000)
  await sim.settings({ limits: { app_person_times_per_day: null } })
  assert.equal(await limit(), null)
})

test("9: an API called too often in a minute is closed for 60 seconds from there", async () => {
  await using sim = await simClient({ settings: { limits: { api_calls_per_minute: 2 } } })
  const access_token = await sim.token()
  const ask = async (): Promise<number> =>
    (await sim.post("user/getuserid", { access_token }, { mobile: "13800000001" })).errcode
  assert.deepEqual([await ask(), await ask(), await ask()], [0, 0, 45009])
  await sim.advance(59)
  assert.equal(await ask(), 45009)
  await sim.advance(1)
  assert.equal(await ask(), 0)
})

test("9: an API called too often in an hour is closed for 60 minutes", async () => {
  await using sim = await simClient({ settings: { limits: { api_calls_per_minute: null, api_calls_per_hour: 1 } } })
  const access_token = await sim.token()
  const ask = async (): Promise<number> => (await sim.get("agent/get", { access_token, agentid: "1000002" })).errcode
  assert.deepEqual([await ask(), await ask()], [0, 45009])
  await sim.advance(3599)
  assert.equal(await ask(), 45009)
  await sim.advance(1)
  assert.equal(await ask(), 0)
})

test("9: each API is counted for itself, and message/send is not counted", async () => {
  await using sim = await simClient({ settings: { limits: { api_calls_per_minute: 1 } } })
  const access_token = await sim.token()
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" } }
  for (let n = 0; n < 3; n++) assert.equal((await sim.post("message/send", { access_token }, body)).errcode, 0)
  assert.equal((await sim.get("tag/list", { access_token })).errcode, 0)
  assert.equal((await sim.get("department/simplelist", { access_token })).errcode, 0)
  assert.equal((await sim.get("tag/list", { access_token })).errcode, 45009)
})

test("raising a limit opens what was closed", async () => {
  await using sim = await simClient({ settings: { limits: { api_calls_per_minute: 1 } } })
  const access_token = await sim.token()
  const ask = async (): Promise<number> => (await sim.get("tag/list", { access_token })).errcode
  assert.deepEqual([await ask(), await ask()], [0, 45009])
  await sim.settings({ limits: { api_calls_per_minute: null } })
  assert.deepEqual([await ask(), await ask()], [0, 0])
})

test("a limit that is raised lets go, and what was counted before still counts", async () => {
  await using sim = await simClient({ settings: { limits: { app_person_times_per_day: 1 } } })
  assert.deepEqual(await sendMany(sim, 2), [0, 45009])
  await sim.settings({ limits: { app_person_times_per_day: 2 } })
  assert.deepEqual(await sendMany(sim, 2), [0, 45009])
})

test("9: too many calls of one API at once: the excess is 45033", { timeout: 60_000 }, async () => {
  await using sim = await simClient({ settings: { limits: { concurrent_calls: 1 } } })
  const query = new URLSearchParams({ access_token: await sim.token(), agentid: "1000002" }).toString()
  const ask = async (signal?: AbortSignal): Promise<unknown> => {
    const response = await fetch(`${sim.sim.url}/cgi-bin/agent/get?${query}`, signal === undefined ? {} : { signal })
    return ((await response.json()) as { errcode: number }).errcode
  }
  await sim.control("POST", "faults", { path: "agent/get", kind: "hang_before" })
  const leave = new AbortController()
  const hanging = ask(leave.signal).catch(() => "left")
  while (!(await sim.calls()).some(({ fault }) => fault === "hang_before"));
  assert.equal(await ask(), 45033)

  leave.abort()
  assert.equal(await hanging, "left")
  while ((await ask()) !== 0);
})

// proves 11.B3: debug=1
test("1, 9: a call with debug=1 is one of five a minute for its API; those without it continue", async () => {
  await using sim = await simClient()
  const query = { access_token: await sim.token(), agentid: String(ALERTS.agentid) }
  const debug = { ...query, debug: "1" }
  const body = { touser: "zhangsan", msgtype: "text", agentid: ALERTS.agentid, text: { content: "x" } }
  for (let n = 0; n < 5; n++) assert.equal((await sim.post("message/send", debug, body)).errcode, 0)
  assert.equal((await sim.post("message/send", debug, body)).errcode, 45009)
  assert.equal(await copiesOf(sim, "zhangsan"), 5)

  assert.equal((await sim.post("message/send", query, body)).errcode, 0)
  assert.equal((await sim.post("message/send", { ...query, debug: "0" }, body)).errcode, 0)
  assert.equal((await sim.get("agent/get", debug)).errcode, 0)
  await sim.advance(60)
  assert.equal((await sim.post("message/send", debug, body)).errcode, 0)

  await sim.settings({ limits: { debug_calls_per_minute: null } })
  for (let n = 0; n < 8; n++) assert.equal((await sim.post("message/send", debug, body)).errcode, 0)
})
