import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { AllCalls } from "./all-calls.ts"
import { CallGate } from "./call-gate.ts"
import type { CallPermit } from "./call-gate.ts"

async function permit(gate: CallGate): Promise<CallPermit> {
  const given = await gate.enter("normal", 0)
  assert.ok(given !== undefined)
  return given
}

async function attempt(gate: CallGate): Promise<CallPermit> {
  const given = await permit(gate)
  assert.equal(await given.startSending(), true)
  return given
}

/** A gate whose WeCom answers at once. */
function quickGate(concurrentCalls: number): CallGate {
  const gate = new CallGate(concurrentCalls, new AllCalls(1000))
  gate.noteExchange(1)
  return gate
}

async function isSettled(value: unknown): Promise<boolean> {
  return (await Promise.race([Promise.resolve(value), setImmediate(PENDING)])) !== PENDING
}

const PENDING = Symbol("pending")

test("while WeCom answers at once, twice as many more may prepare, but no more fly than are allowed", async () => {
  const gate = quickGate(2)
  const [first] = [await attempt(gate), await attempt(gate)]
  const [next, last] = [await permit(gate), await permit(gate)]
  for (let more = 0; more < 2; more++) await permit(gate)
  assert.equal(await isSettled(gate.enter("normal", 0)), false)
  const starts = [next.startSending(), last.startSending()]
  assert.equal(await isSettled(starts[0]), false)
  first[Symbol.dispose]()
  assert.equal(await starts[0], true)
  assert.equal(await isSettled(starts[1]), false)
})

test("where WeCom takes its time, or nothing is known of it, nobody prepares who cannot fly", async () => {
  const unknown = new CallGate(1, new AllCalls(1000))
  await attempt(unknown)
  assert.equal(await isSettled(unknown.enter("normal", 0)), false)
  const slow = quickGate(1)
  for (let n = 0; n < 30; n++) slow.noteExchange(100)
  await attempt(slow)
  assert.equal(await isSettled(slow.enter("normal", 0)), false)
})

test("whoever has not taken off when the app is closed stays on the ground; the probe flies", async () => {
  const gate = quickGate(1)
  const [first, waiting] = [await attempt(gate), await permit(gate)]
  const refused = waiting.startSending()
  gate.close(1000)
  assert.equal(await refused, false)
  waiting[Symbol.dispose]()
  first[Symbol.dispose]()
  const probe = await gate.enter("normal", 1000)
  assert.ok(probe?.isProbe === true && (await probe.startSending()))
})

test("A4: refused for being too many, half as many go at once, down to one", async () => {
  const gate = new CallGate(16, new AllCalls(1000))
  const permits = await Promise.all(Array.from({ length: 16 }, () => attempt(gate)))
  gate.halve()
  assert.equal(gate.limit, 8)
  for (const one of permits) one[Symbol.dispose]()
  await permit(gate)
  for (let n = 0; n < 5; n++) gate.halve()
  assert.equal(gate.limit, 1)
})

test("A4: fewer under way than allowed, half of those under way is what counts", async () => {
  const gate = new CallGate(50, new AllCalls(1000))
  for (let n = 0; n < 4; n++) await attempt(gate)
  gate.halve()
  assert.equal(gate.limit, 2)
})

test("A4: it grows back by one after four answers for each call allowed, and no further than it was", () => {
  const gate = new CallGate(4, new AllCalls(1000))
  gate.halve()
  assert.equal(gate.limit, 1)
  const answersForGrowth: number[] = []
  for (let limit = 1; limit < 4; limit++) {
    let answers = 0
    for (; gate.limit === limit; answers++) gate.grow()
    answersForGrowth.push(answers)
  }
  assert.deepEqual(answersForGrowth, [4, 8, 12])
  for (let n = 0; n < 100; n++) gate.grow()
  assert.equal(gate.limit, 4)
})

test("A4: another refusal begins the growth anew", () => {
  const gate = new CallGate(4, new AllCalls(1000))
  gate.halve()
  for (let n = 0; n < 3; n++) gate.grow()
  gate.halve()
  gate.grow()
  assert.equal(gate.limit, 1)
})

test("N6: a closing keeps its length when the clock is set", async () => {
  const gate = new CallGate(1, new AllCalls(1000))
  gate.close(1000)
  gate.shift(-400)
  assert.equal(gate.closedUntil, 600)
  assert.equal(await gate.enter("normal", 599), undefined)
  assert.equal((await gate.enter("normal", 600))?.isProbe, true)
  gate.open()
  gate.shift(5)
  assert.equal(gate.closedUntil, undefined)
})
