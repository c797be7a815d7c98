import assert from "node:assert/strict"
import { test } from "node:test"
import { ALERTS, HR, simClient, type Answer, type SimClient } from "../testing/sim-client.ts"

const KNOWN = "13800000001"
const NOBODYS = "13811111111"

const textOf = ({ errmsg }: Answer): string => errmsg.split(",")[0] ?? ""

async function byMobile(sim: SimClient, mobile: unknown, app = ALERTS as { secret: string }): Promise<Answer> {
  return sim.post("user/getuserid", { access_token: await sim.token(app) }, { mobile })
}

async function byEmail(sim: SimClient, body: Record<string, unknown>): Promise<Answer> {
  return sim.post("user/get_userid_by_email", { access_token: await sim.token() }, body)
}

test("3: a mobile number leads to the userid as the organisation spells it", async () => {
  await using sim = await simClient()
  assert.deepEqual(await byMobile(sim, "13800000003"), { errcode: 0, errmsg: "ok", userid: "WangWu" })
})

test("3: an unknown number and one outside the visible range get the same answer: 46004", async () => {
  await using sim = await simClient()
  const [unknown, outside] = [await byMobile(sim, NOBODYS), await byMobile(sim, "13800000009")]
  assert.deepEqual([unknown.errcode, outside.errcode, textOf(unknown)], [46004, 46004, textOf(outside)])
})

test("3: a member without a licence is found all the same", async () => {
  await using sim = await simClient()
  assert.equal((await byMobile(sim, "13800000008"))["userid"], "unlicensed")
})

for (const mobile of ["", "1234", "1".repeat(33), "not a number"]) {
  test(`3: the number ${JSON.stringify(mobile)} is badly formed: 60103`, async () => {
    await using sim = await simClient()
    assert.equal((await byMobile(sim, mobile)).errcode, 60103)
  })
}

test("3: an email address leads to the userid, in any case", async () => {
  await using sim = await simClient()
  assert.equal((await byEmail(sim, { email: "ZhangSan@example.com" }))["userid"], "zhangsan")
  assert.equal((await byEmail(sim, { email: "nobody@example.com" })).errcode, 46004)
  assert.equal((await byEmail(sim, { email: "zhangsan" })).errcode, 60105)
})

test("3: email_type 2 asks for the personal address where a member has one", async () => {
  await using sim = await simClient()
  await sim.org(({ members: [member] }) => Object.assign(member ?? {}, { personal_email: "zs@home.example" }))
  assert.equal((await byEmail(sim, { email: "zs@home.example", email_type: 2 }))["userid"], "zhangsan")
  assert.equal((await byEmail(sim, { email: "zs@home.example", email_type: 1 })).errcode, 46004)
  assert.equal((await byEmail(sim, { email: "zhangsan@example.com", email_type: 2 })).errcode, 46004)
})

test("3: a look-up by GET answers 40003", async () => {
  await using sim = await simClient()
  assert.equal((await sim.get("user/getuserid", { access_token: await sim.token() })).errcode, 40003)
})

test("3: misses beyond the day's limit close the look-up until midnight in Beijing, for known numbers too", async () => {
  await using sim = await simClient({ settings: { limits: { lookup_misses_per_day: 2 } } })
  assert.equal((await byMobile(sim, NOBODYS)).errcode, 46004)
  assert.equal((await byMobile(sim, NOBODYS)).errcode, 46004)
  assert.equal((await byMobile(sim, KNOWN)).errcode, 0)
  assert.equal((await byMobile(sim, NOBODYS)).errcode, 45009)
  assert.equal((await byMobile(sim, KNOWN)).errcode, 45009)
  await sim.advance(secondsToMidnightInBeijing())
  assert.equal((await byMobile(sim, KNOWN)).errcode, 0)
})

test("3: the two look-ups are closed apart", async () => {
  await using sim = await simClient({ settings: { limits: { lookup_misses_per_day: 0 } } })
  assert.equal((await byMobile(sim, NOBODYS)).errcode, 45009)
  assert.equal((await byEmail(sim, { email: "zhangsan@example.com" })).errcode, 0)
})

test("3: misses are counted for the corp, or for each app if so set", async () => {
  await using sim = await simClient({ settings: { limits: { lookup_misses_per_day: 0 } } })
  await byMobile(sim, NOBODYS, ALERTS)
  assert.equal((await byMobile(sim, "13800000003", HR)).errcode, 45009)

  await sim.settings({ lookup_misses_per: "app", limits: { lookup_misses_per_day: 0 } })
  await byMobile(sim, NOBODYS, ALERTS)
  assert.equal((await byMobile(sim, "13800000003", HR)).errcode, 0)
  assert.equal((await byMobile(sim, KNOWN, ALERTS)).errcode, 45009)
})

test("3: the day's limit for misses is a fifth of the member cap", async () => {
  await using sim = await simClient()
  await sim.org((org) => void (org.member_cap = 55))
  const settings = (await (await sim.control("GET", "settings")).json()) as { limits: Record<string, unknown> }
  assert.equal(settings.limits["lookup_misses_per_day"], 11)
})

test("3: with lookup_misses_per_day null any number of misses is answered", async () => {
  await using sim = await simClient({ settings: { limits: { lookup_misses_per_day: 0 } } })
  await sim.settings({ limits: { lookup_misses_per_day: null } })
  for (let n = 0; n < 5; n++) assert.equal((await byMobile(sim, NOBODYS)).errcode, 46004)
})

function secondsToMidnightInBeijing(): number {
  const daySeconds = 86_400
  return daySeconds - ((Math.floor(Date.now() / 1000) + 8 * 3600) % daySeconds)
}
