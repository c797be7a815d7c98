import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { StorageError } from "../../model/storage-error.ts"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import type { LookupResult } from "../../people/people.ts"
import { deliveryOf, DEPARTMENTS, messageTo, sentTo, statesOf, work } from "../testing/deliver.ts"
import { found } from "../testing/one-message.ts"

const SECOND = 1000
const DAY_MS = 24 * HOUR_MS

test("those who are looked up in time travel with the others, in one call", async () => {
  const one = messageTo(["a", "mobile:1"])
  one.ask = async () => [found("b")]
  await work(one)
  assert.deepEqual([sentTo(one), one.slots], [["a|b"], ["release", "take"]])
  assert.deepEqual(one.machine.sleeps, [SECOND])
  assert.deepEqual(statesOf(one), ["sent", "sent"])
})

test("a known recipient waits for a second and no longer", async () => {
  const one = messageTo([["a", "mobile:1"], ["mobile:2"]])
  const answers = [Promise.withResolvers<readonly LookupResult[]>(), Promise.withResolvers<readonly LookupResult[]>()]
  const signals: (AbortSignal | undefined)[] = []
  one.ask = (_, signal) => (answers[signals.push(signal) - 1] ?? assert.fail()).promise
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([one.requests.length, one.machine.sleeps], [0, [SECOND]])
  one.machine.advance(SECOND)
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([sentTo(one), one.machine.sleeps], [["a"], [SECOND, DAY_MS - SECOND]])
  answers[0]?.resolve([found("b")])
  for (let n = 0; n < 5; n++) await immediate()
  assert.deepEqual([signals[0]?.aborted, signals[1]?.aborted], [true, false])
  assert.deepEqual(one.machine.sleeps.slice(2), [0, DAY_MS - SECOND], "one who was slow is not waited for again")
  assert.deepEqual(sentTo(one), ["a", "b"])
  answers[1]?.resolve([found("c")])
  await working
  assert.deepEqual(sentTo(one), ["a", "b", "c"])
  assert.deepEqual([signals[1]?.aborted, statesOf(one)], [true, ["sent", "sent", "sent"]])
})

test("no longer than until the message expires", async () => {
  const one = messageTo(["mobile:1"], { expiresAt: NOON + 10 * SECOND })
  one.ask = () => new Promise(() => undefined)
  const working = work(one)
  for (const ms of [SECOND, 9 * SECOND]) {
    for (let n = 0; n < 5; n++) await immediate()
    one.machine.advance(ms)
  }
  await working
  assert.deepEqual([one.machine.sleeps, statesOf(one)], [[SECOND, 9 * SECOND], ["expired"]])
})

for (const isSlow of [false, true]) {
  test(`a halt does not wait for look-ups, ${isSlow ? "however long they have taken" : "from the beginning"}, nor for their results`, async () => {
    const one = messageTo(["mobile:1"])
    const asked = Promise.withResolvers<readonly LookupResult[]>()
    let signal: AbortSignal | undefined
    one.ask = (_, ending) => {
      signal = ending
      return asked.promise
    }
    const delivery = deliveryOf(one)
    const working = delivery.work()
    await immediate()
    if (isSlow) {
      one.machine.advance(SECOND)
      await immediate()
    }
    delivery.interrupt()
    await working
    assert.deepEqual([signal?.aborted, one.slots], [true, ["release", "take"]])
    asked.reject(new RangeError("the run no longer waits for it"))
    await immediate()
    assert.deepEqual([one.requests.length, one.governor.held], [0, 0])
  })
}

test("an answer that comes at the moment of a halt is not used, and no room is taken for others", async () => {
  const one = messageTo(["a", "mobile:1"])
  const delivery = deliveryOf(one)
  one.ask = async () => {
    delivery.interrupt()
    return [{ kind: "invalid", reason: "malformed_mobile" }]
  }
  await delivery.work()
  assert.deepEqual([statesOf(one), one.governor.reservations[0]?.taken], [["pending", "pending"], []])
})

test("look-ups end with the gateway", async () => {
  const one = messageTo(["mobile:1"])
  let signal: AbortSignal | undefined
  one.ask = (_, ending) => {
    signal = ending
    return new Promise(() => undefined)
  }
  const working = work(one)
  await immediate()
  assert.equal(signal?.aborted, false)
  one.stopping.abort()
  await working
  assert.equal(signal?.aborted, true)
})

test("trouble with a look-up is trouble of the message, and its place is taken again", async () => {
  const one = messageTo(["a", "mobile:1"])
  one.ask = () => Promise.reject(new StorageError("storage_full"))
  await assert.rejects(work(one), StorageError)
  assert.deepEqual([one.slots, one.governor.held], [["release", "take"], 0])
})

test("when too many wait for look-ups, those who are known go, and the message is called back, in a minute at the latest", async () => {
  const one = messageTo(["a", "mobile:1"])
  for (let n = 0; n < 16; n++) one.deps.lookupWaiters.enter("alerts", `other ${n}`)
  const next = await work(one)
  assert.deepEqual([next?.nextAt, next?.isForLookups], [NOON + 60 * SECOND, true])
  assert.deepEqual([sentTo(one), one.slots], [["a"], []])
})

test("those of each chunk are asked for once, although no recipient of one is pending any more", async () => {
  const one = messageTo([["mobile:1"], ["mobile:2"]])
  const asked: string[] = []
  one.ask = async (wanted) => {
    one.outbox.chunksNow[0]?.states.fill("cancelled")
    asked.push(...wanted.map(({ address }) => address))
    return wanted.map(({ address }) => found(`u${address}`))
  }
  one.runtime.people.known = async (wanted) => {
    if (wanted[0]?.address === "2") one.outbox.chunksNow[0]?.states.fill("cancelled")
    return wanted.map(() => undefined)
  }
  await work(one)
  assert.deepEqual([asked, sentTo(one)], [["1", "2"], ["u2"]])
})

test("a full call of those who were found leaves before the next are looked up", async () => {
  const numbers = Array.from({ length: 1000 }, (_, n) => `mobile:${n}`)
  const one = messageTo([numbers, ["mobile:x"]])
  const before: number[] = []
  one.ask = async (wanted) => {
    await immediate()
    before.push(one.requests.length)
    return wanted.map(({ address }) => found(`u${address}`))
  }
  await work(one)
  assert.deepEqual([before, one.requests.length], [[0, 1], 2])
})

test("without leave for those who were found, no others are looked up, and no other call is tried", async () => {
  const numbers = Array.from({ length: 1001 }, (_, n) => `mobile:${n}`)
  const one = messageTo([numbers, ["mobile:x"]])
  let asked = 0
  one.ask = async (wanted) => {
    asked++
    return wanted.map(({ address }) => found(`u${address}`))
  }
  one.governor.answers.push(undefined)
  await work(one)
  assert.deepEqual([asked, one.requests.length, one.governor.asked.length], [1, 0, 1])
})

test("nor when those who are known get no leave to go first", async () => {
  const one = messageTo([...DEPARTMENTS, "mobile:1"])
  one.ask = () => new Promise(() => undefined)
  one.governor.answers.push(undefined)
  const working = work(one)
  for (let n = 0; n < 5; n++) await immediate()
  one.machine.advance(SECOND)
  const next = await working
  assert.deepEqual([next?.nextAt, one.machine.sleeps, one.governor.asked.length], [NOON, [SECOND], 1])
})

test("a message that has expired when some were found looks for no others", async () => {
  const one = messageTo([Array.from({ length: 1000 }, (_, n) => `mobile:${n}`), ["mobile:x"]], {
    expiresAt: NOON + DAY_MS,
  })
  one.ask = async (wanted) => {
    one.machine.advance(DAY_MS)
    one.outbox.reads.length = 0
    return wanted.map(({ address }) => found(`u${address}`))
  }
  await work(one)
  assert.deepEqual([one.outbox.reads, one.requests], [[], []])
})

test("a message halted between look-ups looks up no more, and takes no room for others", async () => {
  const one = messageTo([["a", "mobile:1"], ["mobile:2"]])
  const delivery = deliveryOf(one)
  let asked = 0
  one.ask = async () => {
    asked++
    return [{ kind: "invalid", reason: "malformed_mobile" }]
  }
  const update = one.outbox.update.bind(one.outbox)
  one.outbox.update = (change) => {
    delivery.interrupt()
    return update(change)
  }
  await delivery.work()
  assert.deepEqual([asked, one.governor.reservations[0]?.taken], [1, []])
})
