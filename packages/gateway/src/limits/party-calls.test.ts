import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import type { Priority } from "../model/message.ts"
import { PartyCalls } from "./party-calls.ts"
import { AllCalls } from "./all-calls.ts"
import { Closing } from "./closing.ts"

class Call {
  readonly closing: Closing
  readonly isProbe: boolean
  isSending = false
  /** Undefined while it waits for a socket. */
  maySend: boolean | undefined

  constructor({ closing = new Closing(), isProbe = false } = {}) {
    this.closing = closing
    this.isProbe = isProbe
  }

  async startSending(calls: PartyCalls): Promise<void> {
    const answer = calls.startSending(this)
    if (typeof answer === "boolean") this.maySend = answer
    else void answer.then((maySend) => (this.maySend = maySend))
    await immediate()
  }
}

class Waiter {
  readonly closing: Closing
  /** Undefined while it waits. */
  isLetIn: boolean | undefined

  constructor(closing = new Closing()) {
    this.closing = closing
  }

  settle(isLetIn: boolean): void {
    this.isLetIn = isLetIn
  }
}

function party(most: number, all = new AllCalls(1000)): PartyCalls {
  return new PartyCalls(most, all)
}

/** A node among several. */
function shared(most: number, usable: number, all = new AllCalls(1000)) {
  const calls = party(most, all)
  const share = { usable, notified: 0, demandChanged: () => void share.notified++ }
  calls.share = share
  return { calls, share }
}

function waitAll(calls: PartyCalls, count: number, priority: Priority = "normal"): Waiter[] {
  const waiters = Array.from({ length: count }, () => new Waiter())
  for (const waiter of waiters) calls.wait(priority, waiter)
  return waiters
}

async function sendAll(calls: PartyCalls, count: number): Promise<Call[]> {
  const sent = Array.from({ length: count }, () => new Call())
  for (const call of sent) await call.startSending(calls)
  return sent
}

/** Under way, on the wire. */
async function begin(calls: PartyCalls, priority: Priority = "normal"): Promise<Call> {
  assert.equal(calls.enter(priority), true)
  const [call] = await sendAll(calls, 1)
  assert.equal(call?.maySend, true)
  return call
}

const outcomes = (waiters: readonly Waiter[]) => waiters.map(({ isLetIn }) => isLetIn)
const ready = (sent: readonly Call[]) => sent.map(({ maySend }) => maySend)

test("a party's demand is its calls under way and waiting, and its share is notified of each change", async () => {
  const { calls, share } = shared(2, 1)
  assert.deepEqual([calls.demand, calls.underWay, calls.sending, calls.most], [0, 0, 0, 2])
  assert.equal(calls.enter("normal"), true)
  assert.deepEqual([calls.demand, share.notified], [1, 1])
  assert.equal(calls.enter("normal"), false)
  assert.deepEqual([calls.demand, share.notified], [1, 1])
  for (const priority of ["high", "normal", "bulk"] as const) calls.wait(priority, new Waiter())
  assert.deepEqual([calls.demand, calls.underWay, share.notified], [4, 1, 4])
  const [call] = await sendAll(calls, 1)
  assert.deepEqual([calls.sending, share.notified], [1, 4])
  calls.leave(call ?? assert.fail())
  assert.deepEqual([calls.demand, calls.underWay, calls.sending, share.notified], [3, 1, 0, 5])
  calls.close(calls.closing, 1000)
  assert.deepEqual([calls.demand, share.notified], [1, 6])
})

test("a call that waits for a socket notifies its share", async () => {
  const { calls, share } = shared(2, 1)
  await begin(calls)
  calls.enterProbe()
  const notified = share.notified
  const [call] = await sendAll(calls, 1)
  assert.deepEqual([call?.maySend, share.notified], [undefined, notified + 1])
})

test("no more are under way than the limit, nor than the share; a share that grows lets in those that wait", async () => {
  const { calls, share } = shared(3, 1)
  calls.enter("normal")
  const waiters = waitAll(calls, 4)
  share.usable = 2
  calls.shareChanged()
  assert.deepEqual(outcomes(waiters), [true, undefined, undefined, undefined])
  share.usable = 9
  calls.shareChanged()
  assert.deepEqual(outcomes(waiters), [true, true, undefined, undefined])
})

// proves 31.turns: who has much to send, and who has little
test("31.turns: of apps that begin to wait together, those with a backlog let the one with little go first, to be prepared and to be sent", async () => {
  const all = new AllCalls(1)
  const under = await begin(party(9, all))
  const order: string[] = []
  const parties = [...Array.from({ length: 5 }, (_, n) => `backlog ${n}`), "alone"].map((name) => {
    const calls = party(9, all)
    const isOfBacklog = name !== "alone"
    const settle = (isLetIn: boolean): void => void (isLetIn && order.push(name))
    for (let n = 0; n < 3; n++)
      if (isOfBacklog || n === 0) calls.wait("normal", { closing: new Closing(), isOfBacklog, settle })
    return { calls, name, isOfBacklog }
  })
  all.left({ wasSent: true })
  assert.deepEqual(order, ["alone"])
  const sent: string[] = []
  for (const { calls, name, isOfBacklog } of parties) {
    const call = Object.assign(new Call(), { isOfBacklog })
    calls.enterProbe()
    void Promise.resolve(calls.startSending(call)).then((maySend) => maySend && sent.push(name))
  }
  await immediate()
  assert.deepEqual(sent, ["backlog 0"])
  all.left({ wasSent: true })
  await immediate()
  assert.deepEqual(sent, ["backlog 0", "alone"])
  assert.equal(under.isSending, true)
})

// proves 31.turns: who has much to send, and who has little
test("31.turns: a call of an app with little to send goes first, though the one before it was late and still waits", async () => {
  const all = new AllCalls(1)
  await begin(party(9, all))
  const order: string[] = []
  const wait = (calls: PartyCalls, name: string, isOfBacklog: boolean): void => {
    const settle = (isLetIn: boolean): void => void (isLetIn && order.push(name))
    calls.wait("normal", { closing: new Closing(), isOfBacklog, settle })
  }
  for (let n = 0; n < 20; n++) {
    const backlog = party(9, all)
    for (let call = 0; call < 9; call++) wait(backlog, "backlog", true)
  }
  const alone = party(50, all)
  for (let call = 0; call < 3; call++) wait(alone, "alone", false)
  for (let second = 0; second < 10; second++) {
    wait(alone, "alone", false)
    for (let n = 0; n < 4; n++) all.left({ wasSent: n === 0 })
  }
  assert.equal(order.filter((name) => name === "alone").length, 13)
  assert.equal(order.length, 40)
})

test("a share that grows sends prepared calls, as many as it has room for", async () => {
  const { calls, share } = shared(9, 1)
  calls.noteExchange(1)
  await begin(calls)
  for (let n = 0; n < 2; n++) calls.enter("normal")
  calls.enterProbe()
  const sent = await sendAll(calls, 3)
  assert.deepEqual(ready(sent), [undefined, undefined, undefined])
  share.usable = 3
  calls.shareChanged()
  await immediate()
  assert.deepEqual(ready(sent), [true, true, undefined])
  assert.equal(calls.sending, 3)
})

test("a share that shrank sends nothing until enough calls have ended", async () => {
  const { calls, share } = shared(2, 2)
  calls.noteExchange(1)
  const first = [await begin(calls), await begin(calls)] as const
  calls.enter("normal")
  const [next] = await sendAll(calls, 1)
  share.usable = 1
  calls.shareChanged()
  calls.leave(first[0])
  await immediate()
  assert.equal(next?.maySend, undefined)
  calls.leave(first[1])
  await immediate()
  assert.equal(next?.maySend, true)
})

test("a new limit prepares and sends as many as it has room for", async () => {
  const calls = party(1)
  calls.noteExchange(1)
  await begin(calls)
  for (let n = 0; n < 2; n++) calls.enter("normal")
  const sent = await sendAll(calls, 2)
  const waiters = waitAll(calls, 8)
  calls.allow(3)
  await immediate()
  assert.deepEqual([calls.limit, calls.most], [3, 3])
  assert.deepEqual(ready(sent), [true, true])
  assert.deepEqual(outcomes(waiters), [...Array(6).fill(true), undefined, undefined])
})

test("a new limit is learnt anew from the first answer", () => {
  const calls = party(4)
  calls.halve()
  for (let n = 0; n < 3; n++) calls.grow()
  calls.allow(3)
  calls.halve()
  for (let n = 0; n < 3; n++) calls.grow()
  assert.equal(calls.limit, 1)
  calls.grow()
  assert.equal(calls.limit, 2)
})

test("a limit that has grown lets in as many as are prepared for one call more", async () => {
  const calls = party(2)
  calls.noteExchange(1)
  calls.halve()
  for (let n = 0; n < 3; n++) calls.enter("normal")
  const waiters = waitAll(calls, 4)
  for (let n = 0; n < 4; n++) calls.grow()
  assert.deepEqual(outcomes(waiters), [true, true, true, undefined])
})

test("a call without room of its own waits though there is room for all, and without room for all although its own has some", () => {
  const all = new AllCalls(2)
  const [one, other] = [party(1, all), party(9, all)]
  assert.equal(one.enter("normal"), true)
  assert.equal(one.enter("normal"), false)
  assert.equal(other.enter("normal"), true)
  assert.equal(other.enter("normal"), false)
})

test("a call that tries whether a party is open again goes beyond its limit, but not beyond the sockets", async () => {
  const all = new AllCalls(2)
  const [calls, other] = [party(1, all), party(9, all)]
  await begin(calls)
  calls.enterProbe()
  assert.equal(calls.underWay, 2)
  const probe = new Call({ isProbe: true })
  await probe.startSending(calls)
  assert.deepEqual([probe.maySend, calls.sending], [true, 2])
  assert.equal(other.enter("normal"), false, "it has its place among all of them")
  calls.enterProbe()
  const second = new Call({ isProbe: true })
  await second.startSending(calls)
  assert.equal(second.maySend, undefined)
  calls.leave(probe)
  await immediate()
  assert.equal(second.maySend, true)
})

test("a call that tries waits for the socket alone: the app's calls under way do not delay it", async () => {
  const all = new AllCalls(2)
  const [calls, other] = [party(1, all), party(9, all)]
  await begin(calls)
  const [ofOther] = [await begin(other)]
  calls.enterProbe()
  const probe = new Call({ isProbe: true })
  await probe.startSending(calls)
  assert.equal(probe.maySend, undefined)
  other.leave(ofOther)
  await immediate()
  assert.equal(probe.maySend, true)
})

test("an unsent call that ends gives back its place, and no socket", async () => {
  const all = new AllCalls(1)
  const calls = party(1, all)
  calls.noteExchange(1)
  await begin(calls)
  calls.enter("normal")
  calls.leave(new Call())
  assert.deepEqual([calls.underWay, calls.sending], [1, 1])
  assert.equal(all.hasSocket, false)
})

test("calls of a closed app are refused, and all others keep their places", async () => {
  const calls = party(1)
  calls.noteExchange(1)
  const [closed, open] = [new Closing(), new Closing()]
  const first = await begin(calls)
  for (let n = 0; n < 2; n++) calls.enter("normal")
  const sent = [new Call({ closing: closed }), new Call({ closing: open })]
  for (const call of sent) await call.startSending(calls)
  const waiters = [closed, open, closed, open].map((closing) => new Waiter(closing))
  for (const waiter of waiters) calls.wait("normal", waiter)
  const urgent = new Waiter(closed)
  calls.wait("high", urgent)
  calls.close(closed, 1000)
  await immediate()
  assert.equal(closed.untilMs, 1000)
  assert.deepEqual(outcomes([...waiters, urgent]), [false, undefined, false, undefined, false])
  assert.deepEqual(ready(sent), [false, undefined])
  calls.leave(sent[0] ?? assert.fail())
  assert.deepEqual(outcomes(waiters), [false, true, false, undefined])
  calls.leave(first)
  await immediate()
  assert.deepEqual(outcomes(waiters), [false, true, false, true])
  assert.deepEqual(ready(sent), [false, true])
})

test("in a closed party all names are refused, except a call that tries whether it is open", async () => {
  const all = new AllCalls(1)
  const [calls, other] = [party(1, all), party(1, all)]
  calls.noteExchange(1)
  const ofOther = await begin(other)
  calls.enterProbe()
  calls.enter("normal")
  const [probe, ordinary] = [new Call({ isProbe: true }), new Call()]
  for (const call of [probe, ordinary]) await call.startSending(calls)
  const waiters = waitAll(calls, 2)
  calls.close(calls.closing, 1000)
  await immediate()
  assert.deepEqual(outcomes(waiters), [false, false])
  assert.deepEqual([probe.maySend, ordinary.maySend], [undefined, false])
  other.leave(ofOther)
  await immediate()
  assert.equal(probe.maySend, true)
})

test("once this process sends nothing any more, waiting calls are refused, and so are new ones", async () => {
  const calls = party(1)
  calls.noteExchange(1)
  await begin(calls)
  for (let n = 0; n < 2; n++) calls.enter("normal")
  const sent = await sendAll(calls, 2)
  const waiters = (["high", "normal", "bulk"] as const).map((priority) => waitAll(calls, 1, priority)[0])
  assert.deepEqual(
    waiters.map((waiter) => waiter?.isLetIn),
    [undefined, undefined, undefined],
  )
  calls.end()
  await immediate()
  assert.deepEqual(
    waiters.map((waiter) => waiter?.isLetIn),
    [false, false, false],
  )
  assert.deepEqual(ready(sent), [false, false])
  assert.deepEqual(outcomes(waitAll(calls, 1)), [false])
  assert.deepEqual([ready(await sendAll(calls, 1)), calls.demand, calls.sending], [[false], 3, 1])
})

test("the tenth that bulk keeps is for bulk only, and stays unused while no bulk waits", () => {
  const calls = party(1)
  calls.enter("high")
  const waiters = waitAll(calls, 12, "high")
  for (let n = 0; n < 12; n++) calls.leave(new Call())
  assert.deepEqual(outcomes(waiters), Array(12).fill(true))
  assert.equal(calls.underWay, 1)
  calls.leave(new Call())
  assert.equal(calls.underWay, 0)
})

test("calls that are let in at once count for the tenth that bulk keeps, and a bulk call restarts the count", () => {
  for (const { others, isBulkFirst } of [
    { others: 8, isBulkFirst: false },
    { others: 9, isBulkFirst: true },
  ]) {
    const calls = party(10 + others)
    for (let n = 0; n < 9; n++) calls.enter("normal")
    calls.enter("bulk")
    for (let n = 0; n < others; n++) calls.enter("high")
    const [bulk] = waitAll(calls, 1, "bulk")
    const [high] = waitAll(calls, 1, "high")
    calls.leave(new Call())
    assert.deepEqual([bulk?.isLetIn === true, high?.isLetIn === true], [isBulkFirst, !isBulkFirst])
  }
})

test("apps with more prepared calls keep their turn as sockets become free", async () => {
  const all = new AllCalls(2)
  const [calls, other] = [party(9, all), party(9, all)]
  for (const each of [calls, other]) each.noteExchange(1)
  const first = [await begin(other), await begin(other)] as const
  for (let n = 0; n < 2; n++) calls.enter("normal")
  const sent = await sendAll(calls, 2)
  for (const call of first) other.leave(call)
  await immediate()
  assert.deepEqual(ready(sent), [true, true])
})

test("an app without prepared calls has no place among those that wait", async () => {
  const all = new AllCalls(1)
  const [calls, other] = [party(9, all), party(9, all)]
  calls.noteExchange(1)
  const first = await begin(calls)
  calls.enter("normal")
  const [second] = await sendAll(calls, 1)
  calls.leave(first)
  await immediate()
  assert.equal(second?.maySend, true)
  other.enter("normal")
  const [ofOther] = await sendAll(other, 1)
  calls.enter("normal")
  const [third] = await sendAll(calls, 1)
  calls.leave(second)
  await immediate()
  assert.deepEqual([ofOther?.maySend, third?.maySend], [true, undefined])
})

test("apps with more waiting calls keep their turn as others end", () => {
  const all = new AllCalls(2)
  const [calls, other] = [party(9, all), party(9, all)]
  for (let n = 0; n < 2; n++) other.enter("normal")
  const waiters = waitAll(calls, 2)
  other.leave(new Call())
  assert.deepEqual(outcomes(waiters), [true, undefined])
  other.leave(new Call())
  assert.deepEqual(outcomes(waiters), [true, true])
})

test("an app without waiting calls has no place among those that wait", () => {
  const all = new AllCalls(1)
  const [calls, other] = [party(9, all), party(9, all)]
  calls.enter("normal")
  const [second] = waitAll(calls, 1)
  calls.leave(new Call())
  assert.equal(second?.isLetIn, true)
  const [ofOther] = waitAll(other, 1)
  const [third] = waitAll(calls, 1)
  calls.leave(new Call())
  assert.deepEqual([ofOther?.isLetIn, third?.isLetIn], [true, undefined])
})

test("an app whose limit grew while all places are taken gets the next that another gives back", async () => {
  const all = new AllCalls(2)
  const { calls, share } = shared(9, 1, all)
  const other = party(9, all)
  for (const each of [calls, other]) each.noteExchange(1)
  await begin(calls)
  const ofOther = await begin(other)
  for (let n = 0; n < 2; n++) calls.enter("normal")
  for (let n = 0; n < 2; n++) other.enter("normal")
  assert.equal(all.hasRoom, false)
  const [next] = await sendAll(calls, 1)
  const [waiter] = waitAll(calls, 1)
  share.usable = 2
  calls.shareChanged()
  await immediate()
  assert.deepEqual([next?.maySend, waiter?.isLetIn], [undefined, undefined])
  other.leave(ofOther)
  await immediate()
  assert.deepEqual([next?.maySend, waiter?.isLetIn], [true, true])
})

test("a place that an app cannot use any more goes to the next app", async () => {
  const all = new AllCalls(1)
  const { calls, share } = shared(9, 1, all)
  const [other, last] = [party(9, all), party(9, all)]
  last.noteExchange(1)
  const first = await begin(last)
  for (const each of [calls, other]) each.enter("normal")
  const [ofCalls, ofOther] = [...(await sendAll(calls, 1)), ...(await sendAll(other, 1))]
  share.usable = 0
  calls.shareChanged()
  last.leave(first)
  await immediate()
  assert.deepEqual([ofCalls?.maySend, ofOther?.maySend], [undefined, true])
})

test("an app whose own limit is reached does not take the place that another gives back", async () => {
  const all = new AllCalls(2)
  const [calls, other] = [party(1, all), party(9, all)]
  const first = await begin(calls)
  const ofOther = await begin(other)
  const [waiter] = waitAll(calls, 1)
  other.leave(ofOther)
  assert.equal(waiter?.isLetIn, undefined)
  calls.leave(first)
  assert.equal(waiter?.isLetIn, true)
})

test("a call that ends while it waits for a socket gets none, and those behind it do", async () => {
  const calls = party(1)
  calls.noteExchange(1)
  const first = await begin(calls)
  for (let n = 0; n < 2; n++) assert.equal(calls.enter("normal"), true)
  const [left, next] = await sendAll(calls, 2)
  assert.ok(left !== undefined && next !== undefined)
  calls.leave(left)
  await immediate()
  assert.deepEqual(ready([left, next]), [false, undefined])
  calls.leave(first)
  await immediate()
  assert.deepEqual([ready([left, next]), calls.sending], [[false, true], 1])
  calls.leave(next)
  assert.deepEqual([calls.underWay, calls.sending], [0, 0])
})
