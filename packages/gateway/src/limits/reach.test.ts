import assert from "node:assert/strict"
import { test } from "node:test"
import { Reach } from "./reach.ts"

const cause = { kind: "refused", errcode: undefined, errmsg: "nothing listens there" }
const exactly = (): number => 1

/** Fails from `from` to `at`, a moment later unless told. */
const fail = (reach: Reach, from: number, at = from + 1) => reach.failed({ from, at }, cause, exactly)
const answer = (reach: Reach, from: number, at = from + 1) => reach.answered({ from, at })

test("the first failure is the beginning, and the next try is due a second later", () => {
  const reach = new Reach()
  fail(reach, 5000, 5010)
  assert.deepEqual(reach.outage(5010), { since: 5010, tries: 1, nextTryAt: 6010, cause })
})

test("each failed try doubles the wait, up to a minute", () => {
  const reach = new Reach()
  const waits: number[] = []
  let at = 0
  for (let n = 0; n < 9; n++) {
    const outage = fail(reach, at)
    assert.ok(outage !== undefined)
    waits.push((outage.nextTryAt - at - 1) / 1000)
    at = outage.nextTryAt
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60])
  assert.equal(reach.outage(at)?.since, 1)
})

test("however many calls fail in one moment, it is one failure", () => {
  const reach = new Reach()
  assert.equal(fail(reach, 0, 100)?.tries, 1)
  for (let n = 1; n < 50; n++) assert.equal(fail(reach, n, 100 + n * 20), undefined)
  assert.equal(fail(reach, 100, 150), undefined)
  assert.equal(reach.outage(1000)?.tries, 1)
  assert.equal(fail(reach, 1100)?.tries, 2)
})

test("an answer to what began after the failure ends it; one to what began before says nothing", () => {
  const reach = new Reach()
  fail(reach, 0, 100)
  for (const from of [50, 100]) assert.equal(answer(reach, from, 150), undefined)
  assert.equal(answer(reach, 1100, 1200)?.since, 100)
  assert.equal(reach.outage(1200), undefined)
  assert.equal(fail(reach, 2500)?.tries, 1)
})

test("one call that fails while others are answered is a matter of its own", () => {
  const reach = new Reach()
  answer(reach, 0, 900)
  assert.equal(fail(reach, 800, 950), undefined)
  assert.equal(reach.outage(950), undefined)
})

test("answers from before it began, or of a second ago, do not excuse a failure", () => {
  for (const from of [900, 901]) {
    const began = new Reach()
    answer(began, 0, 900)
    assert.equal(fail(began, from)?.tries, 1)
  }
  for (const { failedAt, tries } of [
    { failedAt: 1899, tries: undefined },
    { failedAt: 1900, tries: 1 },
  ]) {
    const longAgo = new Reach()
    answer(longAgo, 0, 900)
    assert.equal(fail(longAgo, 800, failedAt)?.tries, tries)
  }
})

test("a connection that breaks is one connection; when the next one breaks too, WeCom cannot be reached since the first", () => {
  const reset = { ...cause, kind: "reset" }
  const reach = new Reach()
  assert.equal(reach.failed({ from: 0, at: 100 }, reset, exactly), undefined)
  assert.equal(reach.failed({ from: 50, at: 150 }, reset, exactly), undefined, "of the same moment")
  assert.deepEqual(reach.failed({ from: 1100, at: 1200 }, reset, exactly)?.since, 100)

  const answered = new Reach()
  answered.failed({ from: 0, at: 100 }, reset, exactly)
  answer(answered, 1100)
  assert.equal(answered.failed({ from: 3000, at: 3100 }, reset, exactly), undefined)
  assert.equal(answered.failed({ from: 70_000, at: 70_100 }, reset, exactly), undefined, "long after the one before")
  assert.equal(answered.failed({ from: 70_200, at: 70_300 }, cause, exactly)?.since, 70_100)
})

test("where nobody has tried for two minutes nothing is told: it may be over", () => {
  const reach = new Reach()
  fail(reach, 0, 0)
  assert.ok(reach.outage(1000 + 119_999) !== undefined)
  assert.equal(reach.outage(1000 + 120_000), undefined)
  assert.equal(fail(reach, 200_000, 200_000)?.tries, 2)
})

test("the first connection that breaks in a minute is a matter of its own, with all that broke in that moment", () => {
  const reset = { ...cause, kind: "reset" as const }
  const breaks = (reach: Reach, from: number, at = from + 1) => reach.failed({ from, at }, reset, exactly)
  const reach = new Reach()
  assert.equal(breaks(reach, 1_000_000, 1_000_100), undefined)
  for (const from of [1_000_050, 1_000_100])
    assert.equal(breaks(reach, from, 1_000_150), undefined, "it was under way when the first one broke")
  assert.equal(breaks(reach, 1_059_000, 1_060_099)?.tries, 1)
  const later = new Reach()
  breaks(later, 1_000_000, 1_000_100)
  assert.equal(breaks(later, 1_060_000, 1_060_100), undefined, "a minute is over")
})
