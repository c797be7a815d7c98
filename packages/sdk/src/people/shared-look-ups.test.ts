import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { text } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"

const KNOWN = "13800000001"
const UNKNOWN = "13811110001"
const PATH = "user/getuserid"

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)
const countOf = async (sim: SimulatedWeCom): Promise<number> => (await sim.calls(PATH)).length

/** The first look-up has come to the simulator, which has yet to answer it. */
async function underWay(sim: SimulatedWeCom): Promise<void> {
  while ((await countOf(sim)) === 0) await sleep(5)
}

test("one caller with little time and 300 patient ones look up one number: all 300 find it, with one call", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 400 })
  const impatient = sim.wecom.lookUp([{ type: "mobile", address: KNOWN }], { totalTimeoutMs: 100 })
  const patient = times(300, () => sim.wecom.useridByMobile(KNOWN))
  assert.equal((await impatient).error?.code, "deadline")
  assert.deepEqual(new Set(await Promise.all(patient)), new Set(["zhangsan"]))
  assert.equal(await countOf(sim), 1)
})

test("an abort of the caller who asked first leaves the others their answer, and costs no further call", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 400 })
  const controller = new AbortController()
  const leaving = rejected(sim.wecom.useridByMobile(UNKNOWN, { signal: controller.signal }))
  const staying = times(200, () => sim.wecom.useridByMobile(UNKNOWN))
  await underWay(sim)
  controller.abort()
  assert.equal((await leaving).code, "aborted")
  assert.deepEqual(new Set(await Promise.all(staying)), new Set([undefined]))
  assert.equal(await countOf(sim), 1)
})

test("callers with a limit come back at it while the look-up hangs, and no call is made for each of them", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "hang_before", times: 400 })
  const patient = new AbortController()
  const first = rejected(sim.wecom.useridByMobile(KNOWN, { signal: patient.signal }))
  await underWay(sim)
  const startedAt = performance.now()
  const limited = times(50, () => sim.wecom.lookUp([{ type: "mobile", address: KNOWN }], { totalTimeoutMs: 300 }))
  assert.ok((await Promise.all(limited)).every(({ error }) => error?.code === "deadline"))
  const tookMs = performance.now() - startedAt
  // The next attempt would begin after ten seconds.
  assert.ok(tookMs >= 290 && tookMs < 8000, `${tookMs} ms`)
  assert.equal(await countOf(sim), 1)
  patient.abort()
  assert.equal((await first).code, "aborted")
})

test("a send whose time is up before its number is found leaves another send the number", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 5 })
  const impatient = rejected(sim.wecom.send({ mobiles: [KNOWN] }, text("a"), { totalTimeoutMs: 100 }))
  const patient = sim.wecom.send({ mobiles: [KNOWN] }, text("b"))
  assert.equal((await impatient).result?.recipients[0]?.reason, "deadline")
  assert.equal((await patient).recipients[0]?.state, "sent")
  assert.equal(await countOf(sim), 1)
})

test("when all have given up the look-up is given up too, and the next caller starts anew", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "hang_before", times: 1 })
  const controller = new AbortController()
  const leaving = times(3, () => rejected(sim.wecom.useridByMobile(KNOWN, { signal: controller.signal })))
  await underWay(sim)
  controller.abort()
  for (const { code } of await Promise.all(leaving)) assert.equal(code, "aborted")
  assert.equal(await sim.wecom.useridByMobile(KNOWN), "zhangsan")
  assert.equal(await countOf(sim), 2)
})
