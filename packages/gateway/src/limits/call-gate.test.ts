import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { PartyCalls } from "./party-calls.ts"
import { AllCalls, averageOf, preparedPerSocket } from "./all-calls.ts"
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

/** A gate of a WeCom that answers at once. */
function quickGate(concurrentCalls: number): CallGate {
  const gate = new CallGate(new PartyCalls(concurrentCalls, new AllCalls(1000)))
  gate.noteExchange(1)
  return gate
}

async function isSettled(value: unknown): Promise<boolean> {
  return (await Promise.race([Promise.resolve(value), setImmediate(PENDING)])) !== PENDING
}

const PENDING = Symbol("pending")

test("while WeCom answers at once, twice as many more may be prepared, but no more are sent than allowed", async () => {
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

test("where WeCom is slow, or its pace is unknown, no call is prepared that cannot be sent", async () => {
  const unknown = new CallGate(new PartyCalls(1, new AllCalls(1000)))
  await attempt(unknown)
  assert.equal(await isSettled(unknown.enter("normal", 0)), false)
  const slow = quickGate(1)
  for (let n = 0; n < 30; n++) slow.noteExchange(100)
  await attempt(slow)
  assert.equal(await isSettled(slow.enter("normal", 0)), false)
})

test("a call that has not begun to be sent when the app is closed is not sent; the probe is", async () => {
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

test("A4: after WeCom refuses too many, half as many are under way, down to one", async () => {
  const gate = new CallGate(new PartyCalls(16, new AllCalls(1000)))
  const permits = await Promise.all(Array.from({ length: 16 }, () => attempt(gate)))
  gate.calls.halve()
  assert.equal(gate.calls.limit, 8)
  for (const one of permits) one[Symbol.dispose]()
  await permit(gate)
  for (let n = 0; n < 5; n++) gate.calls.halve()
  assert.equal(gate.calls.limit, 1)
})

test("A4: when fewer are under way than allowed, half of those under way is the new limit", async () => {
  const gate = new CallGate(new PartyCalls(50, new AllCalls(1000)))
  for (let n = 0; n < 4; n++) await attempt(gate)
  gate.calls.halve()
  assert.equal(gate.calls.limit, 2)
})

// proves A4: too many at once
test("A4: the limit grows by one after four answers for each call allowed, and never above the setting", () => {
  const gate = new CallGate(new PartyCalls(4, new AllCalls(1000)))
  gate.calls.halve()
  assert.equal(gate.calls.limit, 1)
  const answersForGrowth: number[] = []
  for (let limit = 1; limit < 4; limit++) {
    let answers = 0
    for (; gate.calls.limit === limit; answers++) gate.calls.grow()
    answersForGrowth.push(answers)
  }
  assert.deepEqual(answersForGrowth, [4, 8, 12])
  for (let n = 0; n < 100; n++) gate.calls.grow()
  assert.equal(gate.calls.limit, 4)
})

test("A4: another refusal begins the growth anew", () => {
  const gate = new CallGate(new PartyCalls(4, new AllCalls(1000)))
  gate.calls.halve()
  for (let n = 0; n < 3; n++) gate.calls.grow()
  gate.calls.halve()
  gate.calls.grow()
  assert.equal(gate.calls.limit, 1)
})

test("N6: a closing keeps its length when the clock is set", async () => {
  const gate = new CallGate(new PartyCalls(1, new AllCalls(1000)))
  gate.close(1000)
  gate.shift(-400)
  assert.equal(gate.closedUntil, 600)
  assert.equal(await gate.enter("normal", 599), undefined)
  assert.equal((await gate.enter("normal", 600))?.isProbe, true)
  gate.open()
  gate.shift(5)
  assert.equal(gate.closedUntil, undefined)
})

test("high priority goes before normal and normal before bulk, but every tenth is bulk", async () => {
  const gate = new CallGate(new PartyCalls(1, new AllCalls(1000)))
  let current = await permit(gate)
  const order: string[] = []
  const waiting = [...Array<"bulk">(2).fill("bulk"), "normal" as const, ...Array<"high">(18).fill("high")].map(
    async (priority) => {
      const given = await gate.enter(priority, 0)
      assert.ok(given !== undefined)
      order.push(priority)
      current = given
    },
  )
  for (let n = 0; n < waiting.length; n++) {
    current[Symbol.dispose]()
    await setImmediate()
  }
  await Promise.all(waiting)
  assert.deepEqual(order, [...Array(8).fill("high"), "bulk", ...Array(9).fill("high"), "bulk", "high", "normal"])
})

test("all apps together send no more calls than there are sockets; waiting apps take turns", async () => {
  const all = new AllCalls(1)
  const gates = [new CallGate(new PartyCalls(9, all)), new CallGate(new PartyCalls(9, all))] as const
  for (const gate of gates) gate.noteExchange(1)
  const first = await attempt(gates[0])
  const order: string[] = []
  const send = async (name: string, gate: CallGate): Promise<void> => {
    const given = await permit(gate)
    assert.equal(await given.startSending(), true)
    order.push(name)
    await setImmediate()
    given[Symbol.dispose]()
  }
  const sends = [send("a1", gates[0]), send("b1", gates[1]), send("a2", gates[0]), send("b2", gates[1])]
  await setImmediate()
  assert.deepEqual(order, [])
  first[Symbol.dispose]()
  await Promise.all(sends)
  assert.deepEqual(order, ["a1", "b1", "a2", "b2"])
})

test("one at a time tries whether a closed app is open again; a call from before the closing does not count", async () => {
  const gate = new CallGate(new PartyCalls(3, new AllCalls(1000)))
  const before = await attempt(gate)
  assert.equal(gate.canReopenName(before), true)
  gate.close(1000)
  assert.equal(gate.canReopenName(before), false)
  gate.close(2000)
  assert.equal(await gate.enter("high", 1999), undefined)
  const probe = await gate.enter("normal", 2000)
  assert.ok(probe?.isProbe === true && gate.canReopenName(probe))
  assert.equal(await gate.enter("high", 2000), undefined)
  probe[Symbol.dispose]()
  assert.equal((await gate.enter("high", 2000))?.isProbe, true)
  gate.open()
  assert.equal(gate.canReopenName(await permit(gate)), true)
})

test("an unsent probe, and calls that the closing held back, give back all they took", async () => {
  const gate = quickGate(1)
  const first = await attempt(gate)
  const kept = await permit(gate)
  const isLetOut = kept.startSending()
  gate.close(1000)
  assert.equal(await isLetOut, false)
  for (const one of [kept, first]) one[Symbol.dispose]()
  const probe = await gate.enter("normal", 1000)
  assert.ok(probe !== undefined)
  probe[Symbol.dispose]()
  gate.open()
  assert.equal(gate.calls.underWay, 0)
  const next = await attempt(gate)
  const another = (await permit(gate)).startSending()
  assert.equal(await isSettled(another), false, "one is still what is allowed")
  next[Symbol.dispose]()
  assert.equal(await another, true)
})

test("a limit that grows sends the next call, and prepares another", async () => {
  const gate = quickGate(2)
  gate.calls.halve()
  const first = await attempt(gate)
  const next = await permit(gate)
  await permit(gate)
  const [isOut, isIn] = [next.startSending(), gate.enter("normal", 0)]
  assert.equal((await isSettled(isOut)) || (await isSettled(isIn)), false)
  for (let n = 0; n < 4; n++) gate.calls.grow()
  assert.equal(gate.calls.limit, 2)
  assert.equal(await isOut, true)
  assert.ok((await isIn) !== undefined)
  first[Symbol.dispose]()
})

test("a call that waits when the app is closed gets no permit, and a prepared one is not sent", async () => {
  const gate = quickGate(1)
  const ready = await permit(gate)
  for (let n = 0; n < 2; n++) await permit(gate)
  const waiting = (["high", "normal", "normal"] as const).map(async (priority) => gate.enter(priority, 0))
  gate.close(1000)
  assert.deepEqual(await Promise.all(waiting), [undefined, undefined, undefined])
  assert.equal(ready.startSending(), false)
})

test("an app may always make one call at a time", async () => {
  const gate = new CallGate(new PartyCalls(0, new AllCalls(1000)))
  await attempt(gate)
  assert.equal(await isSettled(gate.enter("normal", 0)), false)
})

test("with a slow WeCom, all apps together prepare no more calls than there are sockets; waiting apps take turns", async () => {
  const all = new AllCalls(2)
  const gates = [new CallGate(new PartyCalls(9, all)), new CallGate(new PartyCalls(9, all))] as const
  const first = [await permit(gates[0]), await permit(gates[0])] as const
  const order: string[] = []
  const given: CallPermit[] = []
  const waiting = (["a", "a", "b", "b"] as const).map(async (name) => {
    given.push(await permit(gates[name === "a" ? 0 : 1]))
    order.push(name)
  })
  await setImmediate()
  assert.deepEqual(order, [])
  for (const one of first) one[Symbol.dispose]()
  await setImmediate()
  assert.deepEqual(order, ["a", "b"])
  given[0]?.[Symbol.dispose]()
  given[1]?.[Symbol.dispose]()
  await Promise.all(waiting)
  assert.deepEqual(order, ["a", "b", "a", "b"])
})

test("the pace of WeCom that one call measures counts for its app", async () => {
  const gate = new CallGate(new PartyCalls(1, new AllCalls(1000)))
  const first = await permit(gate)
  first.noteExchange(1)
  for (let n = 0; n < 2; n++) await permit(gate)
  assert.equal(await isSettled(gate.enter("normal", 0)), false)
})

test("the pace of WeCom that one app measures counts for the room of all", async () => {
  const all = new AllCalls(1)
  const [one, other] = [new CallGate(new PartyCalls(9, all)), new CallGate(new PartyCalls(9, all))]
  one.noteExchange(1)
  for (let n = 0; n < 3; n++) assert.ok(await isSettled(other.enter("normal", 0)))
  assert.equal(await isSettled(other.enter("normal", 0)), false)
})

test("three are prepared for each socket while WeCom takes less than 20 ms; the newest value counts for a sixteenth", () => {
  assert.deepEqual([19.9, 20, Infinity].map(preparedPerSocket), [3, 1, 1])
  assert.deepEqual([averageOf(Infinity, 5), averageOf(16, 32), averageOf(32, 16)], [5, 17, 31])
})

/** The gates of two names of one party. */
function twoNames(concurrentCalls: number): readonly [CallGate, CallGate] {
  const calls = new PartyCalls(concurrentCalls, new AllCalls(1000))
  return [new CallGate(calls), new CallGate(calls)]
}

test("12.R3: the names of a party share its limit, and waiting calls go by priority, whatever their name", async () => {
  const [one, other] = twoNames(1)
  let current = await permit(one)
  const order: string[] = []
  const waiting = [
    ["bulk", one, "one"] as const,
    ["normal", one, "one"] as const,
    ["high", other, "other"] as const,
    ["normal", other, "other"] as const,
  ].map(async ([priority, gate, name]) => {
    const given = await gate.enter(priority, 0)
    assert.ok(given !== undefined)
    order.push(`${name} ${priority}`)
    current = given
  })
  for (let n = 0; n < waiting.length; n++) {
    current[Symbol.dispose]()
    await setImmediate()
  }
  await Promise.all(waiting)
  assert.deepEqual(order, ["other high", "one normal", "other normal", "one bulk"])
})

test("12.R3: a closed name closes no other: only its own calls are refused", async () => {
  const [one, other] = twoNames(1)
  const first = await attempt(one)
  const waiting = [one, other].map((gate) => gate.enter("normal", 0))
  one.close(1000)
  assert.equal(await waiting[0], undefined)
  assert.equal(await isSettled(waiting[1]), false)
  first[Symbol.dispose]()
  const given = await waiting[1]
  assert.ok(given !== undefined && (await given.startSending()))
  assert.equal(other.closedUntil, undefined)
})

test("12.R3: while WeCom takes no calls of a party one call tries for all its names, and a call that began before does not count", async () => {
  const [one, other] = twoNames(3)
  const before = await attempt(other)
  const ready = await permit(other)
  one.calls.close(one.calls.closing, 1000)
  assert.deepEqual([one.closedUntil, other.closedUntil], [1000, 1000])
  assert.equal(await ready.startSending(), false)
  assert.equal(other.canReopenParty(before), false)
  const probe = await one.enter("normal", 1000)
  assert.ok(probe?.isProbe === true && one.canReopenParty(probe))
  assert.equal(await other.enter("high", 1000), undefined)
  probe[Symbol.dispose]()
  assert.equal((await other.enter("high", 1000))?.isProbe, true)
})

test("12.R3: a name that is closed as well as its party waits for both", async () => {
  const [one, other] = twoNames(3)
  one.close(2000)
  one.calls.close(one.calls.closing, 1000)
  assert.deepEqual([one.closedUntil, other.closedUntil], [2000, 1000])
  assert.equal(await one.enter("normal", 1999), undefined)
  const probe = await one.enter("normal", 2000)
  assert.ok(probe !== undefined && one.canReopenName(probe) && one.canReopenParty(probe))
  assert.equal(await other.enter("normal", 2000), undefined)
  one.open()
  assert.equal(one.closedUntil, 1000)
})

test("a new limit counts at once for waiting calls; setting the same limit keeps what WeCom has taught", async () => {
  const gate = quickGate(1)
  const first = await attempt(gate)
  for (let n = 0; n < 2; n++) await permit(gate)
  const next = gate.enter("normal", 0)
  assert.equal(await isSettled(next), false)
  gate.calls.allow(2)
  assert.ok((await next) !== undefined)
  first[Symbol.dispose]()
  gate.calls.halve()
  gate.calls.allow(2)
  assert.equal(gate.calls.limit, 1)
})

/** The gate of one of several nodes. One call of all nodes tries whether WeCom takes calls of the party again. */
function gateAmongNodes() {
  const calls = new PartyCalls(3, new AllCalls(1000))
  const state = { mayProbe: true, asked: 0, ended: 0, onAsk: () => {} }
  calls.probes = {
    begin: async () => {
      state.asked++
      state.onAsk()
      return state.mayProbe
    },
    end: () => void state.ended++,
  }
  return { gate: new CallGate(calls), state }
}

test("a call that tries whether WeCom takes calls of the party again does so for all nodes, and reports its end to them", async () => {
  const { gate, state } = gateAmongNodes()
  const before = await attempt(gate)
  gate.calls.close(gate.calls.closing, 1000)
  assert.equal(await gate.enter("normal", 999), undefined)
  assert.equal(state.asked, 0)
  const probe = await gate.enter("normal", 1000)
  assert.deepEqual([probe?.isProbe, state.asked, gate.calls.underWay], [true, 1, 2])
  before[Symbol.dispose]()
  assert.equal(state.ended, 0)
  probe?.[Symbol.dispose]()
  assert.deepEqual([state.ended, gate.calls.underWay], [1, 0])
  probe?.[Symbol.dispose]()
  assert.equal(state.ended, 1)
})

test("while a call of another node tries, none of this node does: it looks again a second later", async () => {
  const { gate, state } = gateAmongNodes()
  gate.calls.close(gate.calls.closing, 1000)
  state.mayProbe = false
  const asking = gate.enter("normal", 1500)
  assert.equal(await gate.enter("normal", 1500), undefined)
  assert.equal(await asking, undefined)
  assert.deepEqual([state.asked, state.ended, gate.calls.underWay, gate.closedUntil], [1, 0, 0, 2500])
  assert.equal(await gate.enter("normal", 2499), undefined)
  state.mayProbe = true
  assert.equal((await gate.enter("normal", 2500))?.isProbe, true)
})

test("another node that was refused meanwhile has set the time, which stays", async () => {
  const { gate, state } = gateAmongNodes()
  gate.calls.close(gate.calls.closing, 1000)
  state.mayProbe = false
  state.onAsk = () => gate.calls.close(gate.calls.closing, 60_000)
  assert.equal(await gate.enter("normal", 1000), undefined)
  assert.equal(gate.closedUntil, 60_000)
})

test("a party that another node has found open stays open here", async () => {
  const { gate, state } = gateAmongNodes()
  gate.calls.close(gate.calls.closing, 1000)
  state.mayProbe = false
  state.onAsk = () => gate.calls.closing.open()
  assert.equal(await gate.enter("normal", 1000), undefined)
  assert.equal(gate.closedUntil, undefined)
  assert.equal((await permit(gate)).isProbe, false)
})

test("a call that tries whether a name alone is open does not ask the other nodes", async () => {
  const { gate, state } = gateAmongNodes()
  gate.close(1000)
  const probe = await gate.enter("normal", 1000)
  assert.ok(probe?.isProbe === true && gate.canReopenParty(probe))
  probe[Symbol.dispose]()
  assert.deepEqual([state.asked, state.ended], [0, 0])
})

test("a call from before a name was closed may reopen the party, and the other way round", async () => {
  const gate = new CallGate(new PartyCalls(3, new AllCalls(1000)))
  const first = await attempt(gate)
  gate.close(1000)
  assert.deepEqual([gate.canReopenName(first), gate.canReopenParty(first)], [false, true])
  gate.open()
  const second = await attempt(gate)
  gate.calls.close(gate.calls.closing, 1000)
  assert.deepEqual([gate.canReopenName(second), gate.canReopenParty(second)], [true, false])
  assert.deepEqual([gate.isNameClosed, gate.closedUntil], [false, 1000])
})

test("a name that was closed and opened again sends no call that was let in before it was closed", async () => {
  const gate = quickGate(1)
  await attempt(gate)
  const kept = await permit(gate)
  const isLetOut = kept.startSending()
  gate.close(1000)
  assert.deepEqual([await isLetOut, gate.isNameClosed], [false, true])
  gate.open()
  assert.deepEqual([gate.isNameClosed, gate.closedUntil, gate.canReopenName(kept)], [false, undefined, false])
})
