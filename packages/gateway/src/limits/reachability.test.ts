import assert from "node:assert/strict"
import { test } from "node:test"
import type { Outage } from "../model/outage.ts"
import { Reachability } from "./reachability.ts"
import type { Conclusion, Exchange } from "./reachability.ts"

const cause = { kind: "refused", errcode: undefined, errmsg: "nothing listens there" }
const reset = { ...cause, kind: "reset" }
const exactly = (): number => 1

type Change = Pick<Exchange, "message" | "isAgentGet">

/** An exchange of a moment, unless the test changes it. */
const from = (begin: number, changes: Change & { readonly at?: number } = {}): Exchange => ({
  from: begin,
  at: begin + 1,
  ...changes,
})

class Watched {
  readonly reach = new Reachability()

  fail(exchange: Exchange, what = cause): Conclusion | undefined {
    return this.reach.failed(exchange, what, exactly)
  }

  answer(exchange: Exchange): Outage | undefined {
    return this.reach.answered(exchange)
  }

  /** Makes WeCom unreachable from then on. */
  cut(at: number): void {
    this.fail(from(at - 1, { message: "a", at }))
    assert.equal(outageIn(this.fail(from(at - 1, { message: "b", at })))?.since, at)
  }
}

function outageIn(conclusion: Conclusion | undefined): Outage | undefined {
  return conclusion?.kind === "outage" ? conclusion.outage : undefined
}

test("29.E1: the failure of one call closes nothing, and agent/get checks whether WeCom can be reached", () => {
  const it = new Watched()
  assert.deepEqual(it.fail(from(5000, { message: "a" })), { kind: "ask" })
  assert.equal(it.reach.outage(5001), undefined)
  it.answer(from(5001, { isAgentGet: true }))
  for (let at = 10_000; at < 500_000; at += 10_000) {
    it.fail(from(at, { message: "a" }))
    it.answer(from(at + 1, { isAgentGet: true }))
  }
  assert.equal(it.reach.outage(500_000), undefined)
})

// proves 29.E1: when an app closes and opens
test("29.E1: a call and then agent/get fail: WeCom cannot be reached since the call failed, and the next try is due a second later", () => {
  const it = new Watched()
  it.fail(from(5000, { message: "a", at: 5010 }))
  it.fail(from(5010, { isAgentGet: true, at: 5020 }))
  assert.deepEqual(it.reach.outage(5020), { since: 5010, tries: 1, nextTryAt: 6020, cause })
})

test("a look-up or an upload and then agent/get fail: WeCom cannot be reached; two look-ups prove nothing", () => {
  const it = new Watched()
  assert.deepEqual(it.fail(from(0)), { kind: "ask" })
  assert.equal(it.fail(from(100)), undefined)
  assert.equal(it.fail(from(100, { message: "a" })), undefined)
  assert.equal(it.reach.outage(101), undefined)
  assert.equal(outageIn(it.fail(from(101, { isAgentGet: true })))?.since, 1)
})

// proves 29.E1: when an app closes and opens
test("29.E1: calls of two messages fail with no answer between: WeCom cannot be reached", () => {
  const it = new Watched()
  it.fail(from(0, { message: "a" }))
  assert.equal(it.fail(from(1, { message: "a" })), undefined, "it is one message")
  const outage = { since: 1, tries: 1, nextTryAt: 1003, cause }
  assert.deepEqual(it.fail(from(2, { message: "b" })), { kind: "outage", outage })
})

// proves 10.6: what operators see
// proves 29.E1: when an app closes and opens
test("29.E1: with any answer between them, two failures concern their messages alone", () => {
  for (const answered of [{ message: "c" }, {}, { isAgentGet: true }]) {
    const it = new Watched()
    it.fail(from(0, { message: "a" }))
    it.answer(from(0, { ...answered, at: 2 }))
    assert.equal(outageIn(it.fail(from(2, { message: "b" }))), undefined)
  }
})

test("29.E1: messages whose calls have failed before close nothing by failing again, until one of them is answered or is long past", () => {
  const it = new Watched()
  const failsWithAnother = (begin: number): Outage | undefined => {
    it.answer(from(begin, { isAgentGet: true }))
    it.fail(from(begin + 1, { message: "b" }))
    return outageIn(it.fail(from(begin + 2, { message: "a" })))
  }
  it.cut(100)
  assert.equal(failsWithAnother(1100), undefined)
  assert.equal(failsWithAnother(200_000), undefined)
  it.answer(from(300_000, { message: "a" }))
  assert.equal(failsWithAnother(300_100), undefined, "the other one counts not")
  it.answer(from(300_200, { message: "b" }))
  it.answer(from(300_200, { message: "a" }))
  assert.equal(failsWithAnother(300_300)?.tries, 1)
  assert.equal(failsWithAnother(900_000), undefined)
  assert.equal(failsWithAnother(1_500_010)?.tries, 1)
})

test("29.E1: with a message whose calls fail anyway only agent/get finds out; the next new one counts as the first", () => {
  const it = new Watched()
  it.cut(100)
  it.answer(from(200, { isAgentGet: true }))
  assert.deepEqual(it.fail(from(2000, { message: "a" })), { kind: "ask" })
  assert.equal(it.fail(from(2100, { message: "c" })), undefined)
  assert.equal(it.fail(from(2200, { message: "b" })), undefined)
  assert.equal(outageIn(it.fail(from(2300, { message: "d" })))?.since, 2001)
})

test("agent/get is asked once a second at most, and its failure says nothing where something was answered meanwhile", () => {
  const it = new Watched()
  assert.deepEqual(it.fail(from(0, { message: "a" })), { kind: "ask" })
  it.answer(from(1, { message: "b" }))
  assert.equal(it.fail(from(1, { isAgentGet: true })), undefined)
  assert.equal(it.fail(from(998, { message: "a", at: 1000 })), undefined)
  assert.deepEqual(it.fail(from(1000, { message: "a" })), { kind: "ask" })
})

test("each failed try doubles the wait, up to a minute", () => {
  const it = new Watched()
  it.fail(from(0, { message: "a" }))
  let outage = outageIn(it.fail(from(1, { isAgentGet: true })))
  const waits: number[] = []
  for (let n = 0; n < 9; n++) {
    assert.ok(outage !== undefined)
    const { at } = from(n === 0 ? 1 : outage.nextTryAt)
    if (n > 0) outage = outageIn(it.fail(from(outage.nextTryAt, { message: `${n}` })))
    waits.push(((outage?.nextTryAt ?? 0) - at) / 1000)
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  assert.equal(outage?.since, 1)
})

// proves 10.6: what operators see
test("calls that fail in one moment count as one failure", () => {
  const it = new Watched()
  it.fail(from(0, { message: "m0", at: 100 }))
  assert.equal(outageIn(it.fail(from(1, { message: "m1", at: 101 })))?.tries, 1)
  for (let n = 2; n < 50; n++) assert.equal(it.fail(from(n, { message: `m${n}`, at: 100 + n * 20 })), undefined)
  assert.equal(it.fail(from(101, { at: 150 })), undefined)
  assert.equal(it.reach.outage(1000)?.tries, 1)
  assert.equal(outageIn(it.fail(from(1101)))?.tries, 2)
})

test("an answer to what began after the first failure ends it, and agent/get's always; one to what began before says nothing", () => {
  const it = new Watched()
  it.cut(100)
  for (const begin of [50, 100]) assert.equal(it.answer(from(begin, { at: 150 })), undefined)
  assert.equal(it.reach.outage(150)?.since, 100)
  assert.equal(it.answer(from(101))?.since, 100)
  assert.equal(it.reach.outage(102), undefined)
  const asked = new Watched()
  asked.cut(100)
  assert.equal(asked.answer(from(100, { isAgentGet: true, at: 130 }))?.since, 100)
})

// proves 10.6: what operators see
test("connections that break in one moment are one that broke; when another breaks after it, WeCom cannot be reached since the first", () => {
  const it = new Watched()
  assert.deepEqual(it.fail(from(0, { message: "a", at: 100 }), reset), { kind: "ask" })
  for (const kind of ["reset", "cut"])
    assert.equal(it.fail(from(100, { message: "b", at: 150 }), { ...reset, kind }), undefined, "it was under way then")
  assert.equal(outageIn(it.fail(from(101, { message: "c", at: 1200 }), reset))?.since, 100)
})

/**
 * An outage before this one ended with an answered `agent/get` at 1,200.
 * @returns how many tries an outage that begins at `at` has behind it
 */
function triesAnew(at: number, answered: Change | undefined): number | undefined {
  const it = new Watched()
  it.cut(100)
  it.answer(from(1100, { isAgentGet: true, at: 1200 }))
  if (answered !== undefined) it.answer(from(1201, answered))
  it.fail(from(at - 2, { message: "c" }))
  return outageIn(it.fail(from(at - 1, { message: "d" })))?.tries
}

test("29.E1: an outage that begins again before any call was answered continues with the next step; once one was, or after a minute, with the first", () => {
  assert.equal(triesAnew(61_199, undefined), 2)
  assert.equal(triesAnew(61_200, undefined), 1)
  assert.equal(triesAnew(5000, {}), 2, "a look-up")
  assert.equal(triesAnew(5000, { message: "e" }), 1)
})

test("29.E1: while agent/get is answered no outage keeps the next message waiting for more than four seconds", () => {
  const it = new Watched()
  const waits: number[] = []
  for (let n = 0, at = 0; n < 5; n++, at += 10_000) {
    it.fail(from(at, { message: `one ${n}` }))
    const outage = outageIn(it.fail(from(at + 1, { message: `two ${n}` })))
    waits.push((outage?.nextTryAt ?? 0) - at - 2)
    it.answer(from(outage?.nextTryAt ?? 0, { isAgentGet: true }))
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 4000, 4000])
})

// proves 29.E1: when an app closes and opens
test("29.E1: the next try is agent/get, and messages take turns with it, but never the one that failed last", () => {
  const it = new Watched()
  const triesOf = (...messages: readonly string[]) => messages.map((message) => it.reach.triesByAgentGet(message))
  assert.deepEqual(triesOf("a", "c"), [false, false])
  it.answer(from(0, { isAgentGet: true }))
  it.cut(100)
  assert.deepEqual(triesOf("a", "b", "c"), [true, true, true])
  it.fail(from(1100, { isAgentGet: true }))
  assert.deepEqual(triesOf("a", "b", "c"), [false, true, false])
  it.fail(from(3100, { message: "c" }))
  assert.deepEqual(triesOf("a", "b", "c"), [true, true, true])
  it.fail(from(7100, { isAgentGet: true }))
  assert.deepEqual(triesOf("a", "b", "c"), [false, false, true])
  it.answer(from(16_000, { message: "b" }))
  assert.deepEqual(triesOf("a", "b", "c"), [false, false, false])
})

test("a message takes turns with agent/get also alone where that was never answered: something in between may not let it through", () => {
  const it = new Watched()
  it.fail(from(0, { message: "a" }))
  it.fail(from(1, { isAgentGet: true }))
  assert.equal(it.reach.triesByAgentGet("a"), false)
  it.fail(from(1100, { message: "a" }))
  assert.equal(it.reach.triesByAgentGet("a"), true)
})

test("29.E1: where the calls of a hundred messages in a row have failed, messages try, one at each step, though agent/get is answered", () => {
  const it = new Watched()
  let at = 0
  const outageAnew = (): Outage | undefined => {
    at += 10_000
    it.answer(from(at, { isAgentGet: true }))
    it.fail(from(at + 1, { message: `m${at}` }))
    return outageIn(it.fail(from(at + 2, { message: `n${at}` })))
  }
  for (let n = 0; n < 50; n++) assert.ok((outageAnew()?.tries ?? 9) <= 3)
  assert.equal(it.reach.triesByAgentGet("new"), true)
  assert.equal(outageAnew()?.tries, 4)
  assert.equal(outageAnew()?.tries, 5)
  assert.deepEqual([it.reach.triesByAgentGet("new"), it.reach.triesByAgentGet(`n${at}`)], [false, true])
  it.answer(from(at + 20_000, { message: "new" }))
  assert.equal(outageAnew()?.tries, 1)
  assert.equal(it.reach.triesByAgentGet("new"), true)
})

test("of a thousand messages whose calls fail those that failed longest ago count again", () => {
  const it = new Watched()
  for (let n = 0; n < 1001; n++) {
    it.fail(from(n, { message: `m${n}` }))
    it.answer(from(n, { isAgentGet: true }))
  }
  it.fail(from(2000, { message: "new" }))
  assert.equal(outageIn(it.fail(from(2001, { message: "m2" }))), undefined)
  assert.notEqual(outageIn(it.fail(from(2002, { message: "m0" }))), undefined)
})

test("without a try for two minutes nothing is reported: it may be over", () => {
  const it = new Watched()
  it.cut(0)
  assert.ok(it.reach.outage(1000 + 119_999) !== undefined)
  assert.equal(it.reach.outage(1000 + 120_000), undefined)
  assert.equal(outageIn(it.fail(from(200_000)))?.tries, 2)
})
