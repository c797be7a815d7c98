import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { text } from "../builders.ts"
import { rejected } from "../testing/rejected.ts"
import { aFolder } from "../testing/a-folder.ts"
import { fileLookupStore } from "./file-lookup-store.ts"
import { memoryLookupStore } from "./memory-lookup-store.ts"
import type { LookupStore } from "../lookup-store.ts"
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

// proves 11.S1: one number, many callers
test("one caller with little time and 300 patient ones look up one number: all 300 find it, with one call", async () => {
  await using sim = await simulatedWeCom()
  await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 400 })
  const impatient = sim.wecom.lookUp([{ type: "mobile", address: KNOWN }], { totalTimeoutMs: 100 })
  const patient = times(300, () => sim.wecom.useridByMobile(KNOWN))
  assert.equal((await impatient).error?.code, "deadline")
  assert.deepEqual(new Set(await Promise.all(patient)), new Set(["zhangsan"]))
  assert.equal(await countOf(sim), 1)
})

// proves 11.S1: one number, many callers
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

// proves 11.S1: one number, many callers
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

/** A store whose answers and writes wait until the test lets them go. */
function heldStore(): { readonly store: LookupStore; readonly held: (() => void)[] } {
  const memory = memoryLookupStore()
  const held: (() => void)[] = []
  const hold = (): Promise<void> => new Promise((go) => held.push(go))
  return {
    held,
    store: {
      ...memory,
      async get(keys) {
        const records = await memory.get(keys)
        await hold()
        return records
      },
      async set(entries) {
        await hold()
        await memory.set(entries)
      },
    },
  }
}

for (const when of ["while it is being written", "once it is written"] as const) {
  // proves 11.S1: one number, many callers
  test(`a caller that read the store before another found the number, and asks ${when}, costs no call`, async () => {
    const { store, held } = heldStore()
    await using sim = await simulatedWeCom({ lookupStore: store, storeTimeoutMs: 60_000 })
    const letGoOne = async (): Promise<void> => {
      while (held.length === 0) await sleep(5)
      held.shift()?.()
    }
    const first = sim.wecom.lookUp([{ type: "mobile", address: KNOWN }])
    const second = sim.wecom.lookUp([{ type: "mobile", address: KNOWN }])
    while (held.length < 2) await sleep(5)
    const late = held.pop()
    // The first has looked, looks once more and asks; then it writes.
    await letGoOne()
    await letGoOne()
    while (held.length === 0) await sleep(5)
    if (when === "once it is written") {
      await letGoOne()
      await first
    }
    late?.()
    await letGoOne()
    const results = await Promise.all([first, second])
    assert.deepEqual(
      results.map(({ people: [found] }) => [found?.userid, found?.cached]),
      [
        ["zhangsan", false],
        ["zhangsan", true],
      ],
    )
    assert.equal(await countOf(sim), 1)
  })
}

test("fresh asks WeCom although another's question for the number was answered from the store", async () => {
  await using sim = await simulatedWeCom()
  await sim.wecom.useridByMobile(KNOWN)
  const asked = [{ type: "mobile", address: KNOWN }] as const
  const results = await Promise.all([sim.wecom.lookUp(asked), sim.wecom.lookUp(asked, { fresh: true })])
  assert.deepEqual(
    results.map(({ people: [found] }) => found?.cached),
    [true, false],
  )
  assert.equal(await countOf(sim), 2)
})

for (const kind of ["file", "slow"] as const) {
  // proves 11.S1: one number, many callers
  test(`five numbers that sixty callers ask for one after another cost five calls, with a ${kind} store`, async () => {
    await using folder = await aFolder()
    const memory = memoryLookupStore()
    const slow: LookupStore = {
      ...memory,
      get: async (keys) => (await sleep(20), memory.get(keys)),
      set: async (entries) => (await sleep(60), memory.set(entries)),
    }
    const lookupStore = kind === "file" ? fileLookupStore({ directory: folder.path }) : slow
    await using sim = await simulatedWeCom({ lookupStore })
    const numbers = [KNOWN, "13800000002", "13800000003", UNKNOWN, "13811110002"]
    const callers: Promise<unknown>[] = []
    for (let caller = 0; caller < 60; caller++) {
      callers.push(sim.wecom.useridByMobile(numbers[caller % numbers.length] ?? ""))
      if (caller % 4 === 3) await sleep(2)
    }
    await Promise.all(callers)
    assert.equal(await countOf(sim), numbers.length)
  })
}
