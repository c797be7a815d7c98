import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"

test("when WeCom closes look-ups, who needs one fails with the time, the others are sent, and nothing is asked meanwhile", async () => {
  await using sim = await simulatedWeCom()
  await sim.settings({ limits: { lookup_misses_per_day: 2 } })
  for (const mobile of ["13811110001", "13811110002", "13811110003"])
    await sim.wecom.lookUp([{ type: "mobile", address: mobile }])
  const asked = (await sim.calls("user/getuserid")).length

  const result = await sim.wecom.send({ mobiles: ["13800000001"], users: ["lisi"] }, text("你好"))
  const [mobile, user] = result.recipients
  assert.deepEqual(
    { ...mobile, retryAt: undefined },
    {
      type: "mobile",
      address: "13800000001",
      state: "failed",
      errcode: 45009,
      reason: "lookup_paused",
      retryAt: undefined,
    },
  )
  assert.equal(mobile?.retryAt, sim.clock.now() + 60_000)
  assert.equal(user?.state, "sent")
  assert.deepEqual([result.ok, result.error?.class, result.error?.retryAfterMs], [false, "throttled", 60_000])
  assert.equal((await sim.calls("user/getuserid")).length, asked)
})

test("a send of which everybody waits for a look-up is refused as throttled", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
  const error = await rejected(sim.wecom.send({ mobiles: ["13800000001"] }, text("你好")))
  assert.deepEqual([error.code, error.errcode, error.retryAfterMs], ["refused", 45009, 60_000])
  assert.equal(error.result?.recipients[0]?.reason, "lookup_paused")
})

test("asking every hour for thirty hours of lock-outs costs at most eight questions", async () => {
  await using sim = await simulatedWeCom()
  await sim.settings({ limits: { lookup_misses_per_day: 0 } })
  const ask = () => sim.wecom.lookUp([{ type: "mobile", address: "13811110001" }])
  let questions = 0
  for (let hour = 0; hour < 30; hour++) {
    await ask()
    await sim.advance(3600)
    questions = (await sim.calls("user/getuserid")).length
  }
  // A miss closes it; then a minute, an hour, the rest of the day; and the same once more on the second day.
  assert.ok(questions <= 8, `${questions}`)
})

test("a busy WeCom does not show that look-ups are open again: the next pause is the longer one", async () => {
  await using sim = await simulatedWeCom()
  const ask = () => sim.wecom.lookUp([{ type: "mobile", address: "13800000001" }])
  await sim.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
  await ask()
  await sim.advance(60)
  await sim.fault({ path: "user/getuserid", kind: "errcode", errcode: -1, times: 3 })
  assert.equal((await ask()).people[0]?.errcode, -1)
  await sim.fault({ path: "user/getuserid", kind: "errcode", errcode: 45009 })
  const { people } = await ask()
  assert.equal(people[0]?.retryAt, sim.clock.now() + 3_600_000)
})
