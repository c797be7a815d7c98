import assert from "node:assert/strict"
import { test } from "node:test"
import { TROUBLES } from "../history.ts"
import type { Trouble } from "../history.ts"
import { impossibleSpans, judgeSilence } from "./silence.ts"
import { RunByHand, summary } from "./testing.ts"

const verdict = (run: RunByHand): string => summary((evidence) => judgeSilence(evidence, 20_000), run)
const over = (trouble: Trouble, node: number | null, forMs: number) =>
  ({ kind: "trouble", trouble, node, about: "by hand", forMs }) as const
/** A message that is accepted at 0 and whose first call comes this much later. */
const calledAfter = (ms: number, nodes = 1): RunByHand =>
  new RunByHand("documented", nodes).post(0).accepted(0).send(ms)

// proves 29.badday: a day on which much goes wrong
test("an app that has something to send and begins no call for more than twenty seconds is silent", () => {
  assert.equal(verdict(calledAfter(20_000)), "")
  assert.equal(verdict(calledAfter(20_001)), "silent 1")
})

test("one that never begins a call is silent until the end of the day", () => {
  const never = new RunByHand().post(0).accepted(0)
  assert.equal(verdict(never.happen(15_000, { kind: "quiet" })), "")
  assert.equal(verdict(never.happen(25_000, { kind: "quiet" })), "silent 1")
})

test("one that has nothing to send may be silent", () => {
  const two = new RunByHand().post(0).accepted(0).send(10).post(60_000, { post: 2 }).accepted(60_000, { post: 2 })
  assert.equal(verdict(two.send(60_010, { topic: "t2" })), "")
})

const second = (): RunByHand => calledAfter(30_000).post(0, { post: 2 }).accepted(0, { post: 2 })

test("any call of a message that nothing of its own holds up breaks the silence", () => {
  assert.equal(verdict(second().send(15_000, { topic: "t2" })), "")
  assert.equal(verdict(second().send(5000, { topic: "t2" })), "silent 1")
})

test("what something of its own holds up is not missed, and its calls break no silence", () => {
  const held = new RunByHand()
    .happen(0, { kind: "post", post: 1, app: "alerts", topic: "t1", sendAt: null, lane: null, to: [], mayWait: true })
    .accepted(0)
    .send(40_000)
  assert.equal(verdict(held), "")
  const beside = held.post(0, { post: 2 }).accepted(0, { post: 2 })
  assert.equal(verdict(beside.send(10_000).send(30_000, { topic: "t2" })), "silent 1")
})

test("the calls of another app break no silence", () => {
  const to = [{ type: "user", address: "m000001", person: "m000001" } as const]
  const other = calledAfter(30_000)
    .happen(0, { kind: "post", post: 2, app: "hr", topic: "t2", sendAt: null, lane: null, to })
    .accepted(0, { post: 2 })
  assert.equal(verdict(other.send(15_000, { topic: "t2" })), "silent 1")
})

test("after a time in which no gateway could send the twenty seconds count anew", () => {
  assert.equal(verdict(calledAfter(30_000).happen(12_000, over("frozen", 1, 12_000))), "")
  assert.equal(verdict(calledAfter(33_000).happen(12_000, over("frozen", 1, 12_000))), "silent 1")
  assert.equal(verdict(calledAfter(45_000).happen(33_000, over("frozen", 1, 12_000))), "silent 1")
})

// proves 29.badday: a day on which much goes wrong
test("while one gateway of two can send, nothing is left out", () => {
  const one = (): RunByHand => calledAfter(30_000, 2).happen(12_000, over("frozen", 1, 12_000))
  assert.equal(verdict(one()), "silent 1")
  assert.equal(verdict(one().happen(25_000, over("frozen", 2, 24_000))), "")
  assert.deepEqual(impossibleSpans(one().happenings), [])
})

test("a database that lets no gateway in, answers nothing, or is dead, stops all of them", () => {
  for (const trouble of ["password", "hung", "standby"] as const)
    assert.equal(verdict(calledAfter(25_000, 2).happen(12_000, over(trouble, null, 12_000))), "", trouble)
})

test("a bad content, a clock that is set and a storm to one member keep no app from sending, nor what slows a database", () => {
  const others = TROUBLES.filter((one) => !["frozen", "password", "hung", "standby"].includes(one))
  for (const trouble of others)
    assert.equal(verdict(calledAfter(25_000).happen(25_000, over(trouble, null, 25_000))), "silent 1", trouble)
})
