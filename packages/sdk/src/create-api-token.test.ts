import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { createApi } from "./create-api.ts"
import { leapingClock } from "./testing/leaping-clock.ts"
import { rejected } from "./testing/rejected.ts"
import { aSend, simulatedApi } from "./testing/simulated-api.ts"
import type { SimulatedApi } from "./testing/simulated-api.ts"
import { memoryTokenStore } from "./token/memory-token-store.ts"
import type { ApiHooks } from "./wire/hooks.ts"

const countOf = async (sim: SimulatedApi, path: string): Promise<number> => (await sim.calls(path)).length

/** Renewals run beside the calls; this resolves when so many gettokens have ended, well or not. */
function gettokens(): { readonly hooks: ApiHooks; readonly ended: (count: number) => Promise<void> } {
  const all: string[] = []
  const note = ({ api }: { readonly api: string }): void => {
    if (api === "gettoken") all.push(api)
  }
  return {
    hooks: { onAnswer: note, onFailure: note },
    async ended(count) {
      while (all.length < count) await sleep(5)
      // The new token is stored.
      await new Promise(setImmediate)
    },
  }
}

const fail = () => Promise.reject(new Error("disk full"))
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make)

test("50 callers who find no token cause one gettoken", async () => {
  await using sim = await simulatedApi()
  const answers = await Promise.all(times(50, () => sim.send()))
  assert.ok(answers.every(({ errcode }) => errcode === 0))
  assert.equal(await countOf(sim, "gettoken"), 1)
})

for (const errcode of [42001, 40014]) {
  test(`a token that dies (${errcode}) under 50 callers costs one more gettoken, and each call one repeat`, async () => {
    await using sim = await simulatedApi()
    await sim.settings({ dead_token_errcode: errcode, limits: { member_per_minute: null } })
    await sim.send()
    await sim.revokeTokens()
    const answers = await Promise.all(times(50, () => sim.send()))
    assert.ok(answers.every(({ errcode }) => errcode === 0))
    assert.equal(await countOf(sim, "gettoken"), 2)
    const sends = await sim.calls("message/send")
    assert.equal(sends.filter((call) => call.errcode === errcode).length, 50)
    assert.equal(sends.filter((call) => call.errcode === 0).length, 51)
  })
}

test("40001 on another call than gettoken is taken for a dead token", async () => {
  await using sim = await simulatedApi()
  await sim.settings({ repeat_token: false })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 40001, times: 1 })
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 2)
})

test("a call that meets two dead tokens in a row fails, and the next gettoken waits a minute", async () => {
  await using sim = await simulatedApi()
  await sim.settings({ repeat_token: false })
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42001, times: 3 })
  const first = await rejected(sim.send())
  assert.deepEqual([first.code, first.class, first.errcode], ["refused", "token", 42001])
  assert.equal(await countOf(sim, "message/send"), 2)

  sim.clock.advance(10_000)
  const second = await rejected(sim.send())
  assert.equal(second.retryAfterMs, 50_000)
  assert.match(second.message, /not asked again for 50 s/)
  assert.equal(await countOf(sim, "gettoken"), 2)

  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42001, times: 1 })
  sim.clock.advance(50_000)
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 3)
})

for (const errcode of [42001, 40014, 40001]) {
  // proves 11.S2: a refused token that lives
  test(`one ${errcode} while gettoken repeats the same token: it is kept, the call tried once more, and no recipient fails`, async () => {
    const tokenStore = memoryTokenStore()
    await using sim = await simulatedApi({ tokenStore })
    const other = sim.another({ tokenStore })
    await sim.send()
    await sim.fault({ path: "message/send", kind: "errcode", errcode, times: 1 })
    assert.equal((await sim.send()).errcode, 0)
    assert.equal(await countOf(sim, "gettoken"), 2)
    assert.equal(await countOf(sim, "message/send"), 3)
    assert.equal((await sim.send()).errcode, 0)
    assert.equal((await other.call(aSend(sim.clock))).errcode, 0)

    await sim.fault({ path: "message/send", kind: "errcode", errcode, times: 1 })
    assert.equal((await other.call(aSend(sim.clock))).errcode, 0, "what gettoken has just said holds for the next, too")
    assert.equal(await countOf(sim, "gettoken"), 2)
  })
}

// proves 11.S2: a refused token that lives
test("50 calls that are refused at once while gettoken repeats the token: one gettoken, one more try each", async () => {
  await using sim = await simulatedApi()
  await sim.settings({ limits: { member_per_minute: null } })
  await sim.send()
  const bodies = Array.from({ length: 50 }, (_, n) =>
    JSON.stringify({ touser: "zhangsan", msgtype: "text", agentid: 1000002, text: { content: `<${n}>` } }),
  )
  // Each refusal is meant for one call, so that none meets another's.
  for (const n of bodies.keys()) {
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 40014, match: `<${n}>`, times: 1 })
  }
  const answers = await Promise.all(bodies.map((body) => sim.send({ body })))
  assert.ok(answers.every(({ errcode }) => errcode === 0))
  assert.equal(await countOf(sim, "gettoken"), 2)
  const sends = (await sim.calls("message/send")).slice(1)
  for (const [n, body] of bodies.entries()) {
    const tries = sends.filter((call) => JSON.stringify(call.body) === body)
    assert.deepEqual(
      tries.map(({ errcode }) => errcode),
      [40014, 0],
      `call ${n}`,
    )
  }
  assert.equal(sends.length, 100)
})

// proves 11.S2: a refused token that lives
test("a second refusal of a token that gettoken repeats fails the call, and gettoken is left alone a minute by all", async () => {
  const tokenStore = memoryTokenStore()
  await using sim = await simulatedApi({ tokenStore })
  await sim.send()
  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42001, times: 4 })
  const error = await rejected(sim.send())
  assert.deepEqual([error.code, error.class, error.errcode], ["refused", "token", 42001])
  assert.equal(error.retryAfterMs, 60_000)
  assert.match(error.message, /the same one again/)
  assert.equal(await countOf(sim, "message/send"), 3)

  sim.clock.advance(59_000)
  for (const api of [sim.api, sim.another({ tokenStore })]) {
    const early = await rejected(api.call(aSend(sim.clock)))
    assert.equal(early.retryAfterMs, 1000)
  }
  assert.equal(await countOf(sim, "gettoken"), 2)
  assert.equal(await countOf(sim, "message/send"), 5)
  assert.equal((await sim.send()).errcode, 0, "the token is kept, and works as soon as WeCom takes it")

  await sim.fault({ path: "message/send", kind: "errcode", errcode: 42001, times: 1 })
  sim.clock.advance(1000)
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 3)
})

test("a token that another process had left in the store is not the call's last: gettoken is asked", async () => {
  const tokenStore = memoryTokenStore()
  await using sim = await simulatedApi({ tokenStore })
  await sim.settings({ repeat_token: false })
  const other = sim.another({ tokenStore })
  await sim.send()
  await other.call(aSend(sim.clock))
  await sim.revokeTokens()
  await other.call(aSend(sim.clock))
  sim.clock.advance(60_001)
  await sim.revokeTokens()
  assert.equal((await sim.send()).errcode, 0, "its own token is dead, and so is the store's")
  assert.equal(await countOf(sim, "gettoken"), 3)
})

// proves 11.S7: a slow gettoken
test("while the old token lives, sends continue with it and a slow renewal runs beside them, once", async () => {
  const failed: string[] = []
  await using sim = await simulatedApi({
    attemptTimeoutMs: 6000,
    hooks: { onFailure: ({ api }) => void failed.push(api) },
  })
  await sim.settings({ repeat_token: false, limits: { member_per_minute: null } })
  await sim.send()
  await sim.advance(7200 - 19)
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 100 })
  for (let call = 0; call < 3; call++) assert.equal((await sim.send()).errcode, 0)
  assert.ok((await Promise.all(times(20, () => sim.send()))).every(({ errcode }) => errcode === 0))
  assert.deepEqual(failed, [], "no send has waited for gettoken")
  while ((await countOf(sim, "gettoken")) < 2) await sleep(5)
  assert.equal(await countOf(sim, "gettoken"), 2)
})

// proves 11.S7: a slow gettoken
test("a process that finds a token near its end in the store does not wait for the next one either", async () => {
  const tokenStore = memoryTokenStore()
  const failed: string[] = []
  await using sim = await simulatedApi({
    tokenStore,
    attemptTimeoutMs: 6000,
    hooks: { onFailure: ({ api }) => void failed.push(api) },
  })
  await sim.settings({ repeat_token: false })
  await sim.send()
  await sim.advance(7200 - 19)
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 100 })
  assert.equal((await sim.another({ tokenStore }).call(aSend(sim.clock))).errcode, 0)
  assert.deepEqual(failed, [])
})

// proves 11.S7: a slow gettoken
test("a send waits for a renewal under way once the old token has ended, and does not ask again", async () => {
  await using sim = await simulatedApi()
  await sim.settings({ repeat_token: false })
  await sim.send()
  await sim.advance(7200 - 19)
  await sim.fault({ path: "gettoken", kind: "slow", delay_ms: 1000, times: 1 })
  await sim.send()
  await sim.advance(19)
  assert.ok((await Promise.all(times(5, () => sim.send()))).every(({ errcode }) => errcode === 0))
  assert.equal(await countOf(sim, "gettoken"), 2)
  assert.ok((await sim.calls("message/send")).every(({ errcode }) => errcode === 0))
})

test("when the token ends while its renewal fails, who waits then has gettoken asked again", async () => {
  await using sim = await simulatedApi({ attemptTimeoutMs: 1000 })
  await sim.settings({ repeat_token: false })
  await sim.send()
  await sim.advance(7200 - 19)
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  await sim.send()
  await sim.advance(19)
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 3)
})

test("50 callers with a wrong secret cause one gettoken, and none again within a minute", async () => {
  await using sim = await simulatedApi({ secret: "wrong" })
  const errors = await Promise.all(times(50, () => rejected(sim.send())))
  assert.ok(errors.every(({ code, errcode, api }) => code === "refused" && errcode === 40001 && api === "gettoken"))
  assert.ok(errors.every((error) => error.class === "configuration"))
  sim.clock.advance(59_001)
  const again = await rejected(sim.send())
  assert.equal(again.errcode, 40001)
  assert.match(again.message, /not asked again for 1 s/)
  assert.equal(await countOf(sim, "gettoken"), 1)
  assert.equal(await countOf(sim, "message/send"), 0)

  sim.clock.advance(1000)
  await rejected(sim.send())
  assert.equal(await countOf(sim, "gettoken"), 2)
})

test("a recorded refusal is given to other clients of the store without asking WeCom", async () => {
  const tokenStore = memoryTokenStore()
  await using sim = await simulatedApi({ secret: "wrong", tokenStore })
  await rejected(sim.send())
  const error = await rejected(sim.another({ tokenStore }).call(aSend(sim.clock)))
  assert.deepEqual([error.errcode, error.retryAfterMs], [40001, 60_000])
  assert.equal(await countOf(sim, "gettoken"), 1)
})

test("a client takes the token that another has put into the store, also after its own was refused", async () => {
  const tokenStore = memoryTokenStore()
  await using sim = await simulatedApi({ tokenStore })
  const other = sim.another({ tokenStore })
  await sim.send()
  await other.call(aSend(sim.clock))
  await sim.revokeTokens()
  await sim.send()
  assert.equal((await other.call(aSend(sim.clock))).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 2)
})

test("a token is renewed five minutes before its end", async () => {
  const { hooks, ended } = gettokens()
  await using sim = await simulatedApi({ hooks })
  await sim.settings({ repeat_token: false })
  await sim.send()
  await sim.advance(7200 - 301)
  await sim.send()
  assert.equal(await countOf(sim, "gettoken"), 1)
  await sim.advance(2)
  await sim.send()
  await ended(2)
  await sim.send()
  assert.equal(await countOf(sim, "gettoken"), 2)
})

test("a token that gettoken repeats before its end is used to its end, without asking at every call", async () => {
  const { hooks, ended } = gettokens()
  await using sim = await simulatedApi({ hooks })
  await sim.send()
  await sim.advance(7200 - 299)
  await sim.send()
  await ended(2)
  await sim.advance(290)
  await sim.send()
  await sim.send()
  assert.equal(await countOf(sim, "gettoken"), 2)
  await sim.advance(10)
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 3)
  assert.ok((await sim.calls("message/send")).every(({ errcode }) => errcode === 0))
})

for (const fault of [
  { kind: "html" },
  { kind: "reset_before" },
  { kind: "errcode", errcode: 50003 },
  { kind: "errcode", errcode: -1 },
]) {
  test(`when the renewal fails (${fault.kind} ${fault.errcode ?? ""}) a token that is still valid stays in use, with one look a minute`, async () => {
    const { hooks, ended } = gettokens()
    await using sim = await simulatedApi({ hooks })
    await sim.settings({ repeat_token: false })
    await sim.send()
    await sim.advance(7200 - 299)
    await sim.fault({ path: "gettoken", times: 2, ...fault })
    for (const count of [2, 3, 4]) {
      assert.equal((await sim.send()).errcode, 0)
      await ended(count)
      for (let call = 0; call < 2; call++) assert.equal((await sim.send()).errcode, 0)
      assert.equal(await countOf(sim, "gettoken"), count)
      await sim.advance(61)
    }
    assert.deepEqual(sim.clock.pausesMs, [])
  })
}

test("a busy gettoken is tried three times with growing pauses", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "errcode", errcode: -1, times: 2 })
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 3)
  const [first = 0, second = 0] = sim.clock.pausesMs
  assert.ok(first >= 750 && second > first && second <= 2000, `${first} ${second}`)
})

test("a gettoken that stays busy is refused, and may be asked again at once", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "errcode", errcode: -1, times: 3 })
  const error = await rejected(sim.send())
  assert.deepEqual([error.code, error.class, error.errcode], ["refused", "transient", -1])
  assert.equal((await sim.send()).errcode, 0)
})

for (const fault of ["reset_before", "reset_after", "html", "truncate"]) {
  test(`a gettoken whose answer is lost (${fault}) is asked again, also for a call that may not be repeated`, async () => {
    await using sim = await simulatedApi()
    await sim.fault({ path: "gettoken", kind: fault, times: 2, ...(fault === "truncate" ? { bytes: 10 } : {}) })
    assert.equal((await sim.send()).errcode, 0)
    assert.equal(await countOf(sim, "gettoken"), 3)
    assert.equal(await countOf(sim, "message/send"), 1)
  })
}

test("one of many waiting for a token gives up alone", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "slow", delay_ms: 200, times: 1 })
  const impatient = new AbortController()
  const leaving = sim.send({ signal: impatient.signal })
  const staying = times(3, () => sim.send())
  impatient.abort()
  const error = await rejected(leaving)
  assert.deepEqual([error.code, error.mayHaveArrived], ["aborted", false])
  assert.ok((await Promise.all(staying)).every(({ errcode }) => errcode === 0))
  assert.equal(await countOf(sim, "gettoken"), 1)
})

test("when everybody has given up the gettoken is given up too, and the next caller starts anew", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  const controller = new AbortController()
  const waiting = times(2, () => rejected(sim.send({ signal: controller.signal })))
  setTimeout(() => controller.abort(), 50)
  for (const error of await Promise.all(waiting)) assert.equal(error.code, "aborted")
  assert.equal((await sim.send()).errcode, 0)
})

test("a silent gettoken ends at the deadline of the call and says so", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "hang_before", times: 1 })
  const error = await rejected(sim.send({ deadline: sim.clock.now() + 200 }))
  assert.deepEqual([error.code, error.api, error.mayHaveArrived], ["unreachable", "gettoken", false])
  assert.match(error.message, /did not answer in time/)
})

test("a more patient caller keeps waiting when an impatient one's time is up", async () => {
  await using sim = await simulatedApi()
  await sim.fault({ path: "gettoken", kind: "slow", delay_ms: 400, times: 1 })
  const [impatient, patient] = await Promise.all([
    rejected(sim.send({ deadline: sim.clock.now() + 100 })),
    sim.send({ deadline: sim.clock.now() + 5000 }),
  ])
  assert.equal(impatient.code, "deadline")
  assert.equal(patient.errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 1)
})

test("a process that hangs past its deadline while a call waits for a token sends nothing when it continues", async () => {
  const tokenStore = memoryTokenStore()
  let standsStillMs = 0
  await using sim = await simulatedApi({
    tokenStore: {
      ...tokenStore,
      async get(key) {
        const record = await tokenStore.get(key)
        sim.clock.advance(standsStillMs)
        return record
      },
    },
  })
  await sim.another({ tokenStore }).call(aSend(sim.clock))
  standsStillMs = 60_000
  const error = await rejected(sim.send({ deadline: sim.clock.now() + 15_000 }))
  assert.deepEqual([error.code, error.mayHaveArrived], ["deadline", false])
  assert.equal(await countOf(sim, "message/send"), 1)
})

test("a token store that fails costs a warning, not the message", async () => {
  const warnings: string[] = []
  await using sim = await simulatedApi({
    tokenStore: { get: fail, set: fail, exclusively: fail },
    hooks: { onWarning: ({ warning, detail }) => warnings.push(`${warning}: ${detail}`) },
  })
  assert.equal((await sim.send()).errcode, 0)
  assert.equal((await sim.send()).errcode, 0)
  assert.equal(await countOf(sim, "gettoken"), 1)
  assert.deepEqual([...new Set(warnings)], ["token_store_failed: disk full"])
})

test("apps do not share tokens: the key tells base URL, corp and secret apart", async () => {
  const tokenStore = memoryTokenStore()
  await using sim = await simulatedApi({ tokenStore })
  await sim.send()
  const hr = sim.another({ tokenStore, secret: "sim-secret-hr" })
  await hr.call(aSend(sim.clock))
  assert.equal(await countOf(sim, "gettoken"), 2)
})

for (const [what, store] of Object.entries({
  "nor read": { get: fail },
  "and holds nothing": { get: () => Promise.resolve(undefined) },
  "and holds a token that has ended": { get: () => Promise.resolve({ token: "old", expiresAt: 1, refreshAt: 1 }) },
  "nor locked": { get: () => Promise.resolve(undefined), exclusively: fail },
  "and locks": {
    get: () => Promise.resolve(undefined),
    exclusively: <T>(_key: string, task: () => Promise<T>) => task(),
  },
})) {
  // proves 12.T4: a token refused beside a dead store
  test(`where the store cannot be written ${what}, a refused gettoken is reported for a minute without another`, async () => {
    await using sim = await simulatedApi({ tokenStore: { ...store, set: fail } })
    await sim.fault({ path: "gettoken", kind: "errcode", errcode: 40001, times: 99 })
    for (let n = 0; n < 5; n++) {
      const { code, errcode } = await rejected(sim.send())
      assert.deepEqual([code, errcode], ["refused", 40001])
      sim.clock.advance(11_000)
    }
    assert.equal(await countOf(sim, "gettoken"), 1)
    sim.clock.advance(6000)
    await rejected(sim.send())
    assert.equal(await countOf(sim, "gettoken"), 2)
  })

  // proves 12.T4: a token refused beside a dead store
  test(`where the store cannot be written ${what}, a token that is refused twice is reported for a minute without another`, async () => {
    await using sim = await simulatedApi({ tokenStore: { ...store, set: fail } })
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 40014, times: 99 })
    for (let n = 0; n < 5; n++) {
      const { class: kind, errcode } = await rejected(sim.send())
      assert.deepEqual([kind, errcode], ["token", 40014])
      sim.clock.advance(11_000)
    }
    assert.equal(await countOf(sim, "gettoken"), 2, "one at first, and one when it was refused")
  })
}

test("a token has one name in a store in all versions, so that no client fetches anew after an update", async () => {
  const names: string[] = []
  const get = (name: string): Promise<never> => {
    names.push(name)
    return fail()
  }
  const api = createApi({
    baseUrl: "https://qyapi.weixin.qq.com",
    corpId: "ww0000000000000001",
    secret: "a secret",
    transport: { request: fail, download: fail, close: () => Promise.resolve() },
    tokenStore: { get, set: fail },
    clock: leapingClock(),
    language: "en",
  })
  await rejected(api.call(aSend(leapingClock())))
  assert.deepEqual(new Set(names), new Set(["c8020d4ca8157bf185d990fbedaaf46995e44822e76e314f1c87f96f86179731"]))
})
