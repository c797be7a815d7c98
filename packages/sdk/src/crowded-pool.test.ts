import assert from "node:assert/strict"
import { test } from "node:test"
import { text } from "./builders.ts"
import { systemClock } from "./clock.ts"
import { simulatedWeCom } from "./testing/simulated-wecom.ts"

const CROWD = 600

// proves 11.S4: time begins with the socket
test(`of ${CROWD} sends at once to a WeCom that takes 3 s, none is in doubt: the time of a try begins with its socket`, async () => {
  await using sim = await simulatedWeCom({ simulator: { members: CROWD }, clock: systemClock })
  await sim.fault({ path: "message/send", kind: "slow", delay_ms: 3000, times: CROWD })
  const results = await Promise.all(
    Array.from({ length: CROWD }, (_, n) =>
      sim.wecom.send({ users: [`m${String(n + 1).padStart(6, "0")}`] }, text("你好")),
    ),
  )
  const states = results.flatMap(({ recipients }) => recipients.map(({ state }) => state))
  assert.deepEqual(new Set(states), new Set(["sent"]))
  assert.equal((await sim.calls()).length, CROWD)
})
