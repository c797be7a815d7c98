import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as delay } from "node:timers/promises"
import { CallPaces } from "../limits/call-paces.ts"
import { localCallPace } from "../limits/local-call-pace.ts"
import type { CallPace } from "../model/ports/governor.ts"
import { leapingClock } from "../../../sdk/src/testing/leaping-clock.ts"
import { placeWithin } from "./pass-call.ts"

const get = (): Promise<typeof limits> => Promise.resolve(limits)
const limits = { lookupMissBudget: 10, lookupsPerMinute: 2, lookupsPerHour: null }

test("calls of one API go no faster than the corp's pace", async () => {
  const clock = leapingClock()
  const pace = localCallPace(clock, get)
  const startedAt = clock.now()
  for (let call = 0; call < 5; call++) {
    using _place = await pace.take()
  }
  assert.ok(clock.now() - startedAt >= 2 * 60_000, "the fifth is in the third minute")
})

test("each API of each corp has a pace of its own, up to a thousand; others share one", () => {
  const names: string[] = []
  const pace: CallPace = { take: () => Promise.resolve({ [Symbol.dispose]: () => undefined }) }
  const paces = new CallPaces({
    callPace(name) {
      names.push(name)
      return pace
    },
  })
  for (let n = 0; n < 1500; n++) paces.of("ww1", `made/up_${n}`, get)
  paces.of("ww1", "made/up_0", get)
  assert.equal(names.length, 1001)
  assert.equal(names.at(-1), "call ww1 *")
})

test("a place that comes too late is given back", async () => {
  const { promise, resolve } = Promise.withResolvers<Disposable>()
  let isGivenBack = false
  assert.equal(await placeWithin({ take: () => promise }, 5), undefined)
  resolve({ [Symbol.dispose]: () => void (isGivenBack = true) })
  await delay(0)
  assert.ok(isGivenBack)
})
