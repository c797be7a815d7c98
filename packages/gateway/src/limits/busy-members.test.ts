import assert from "node:assert/strict"
import { test } from "node:test"
import { BUSY_KEPT_MS, BusyMarks, mostInHour } from "./busy-members.ts"

const MINUTE = 60_000

function marks() {
  const reported: string[] = []
  return { reported, of: new BusyMarks(({ member, count }) => reported.push(`${member} ${count}`)) }
}

test("a member that got five hundred is reported, and again at each hundred more", () => {
  const { reported, of } = marks()
  for (const count of [499, 500, 501, 599, 600, 750]) of.note("zhangsan", count, 0)
  of.note("lisi", 599, 0)
  assert.deepEqual(reported, ["zhangsan 500", "zhangsan 600", "zhangsan 700", "lisi 500"])
})

test("a member that gets less than before is reported with that", () => {
  const { reported, of } = marks()
  for (const count of [700, 600]) of.note("zhangsan", count, 0)
  assert.deepEqual(reported, ["zhangsan 700", "zhangsan 600"])
})

test("a member that stays as busy is reported again after ten minutes", () => {
  const { reported, of } = marks()
  const timesTold = [0, 10 * MINUTE - 1, 10 * MINUTE, 20 * MINUTE - 1, 20 * MINUTE].map((now) => {
    of.note("zhangsan", 500, now)
    return reported.length
  })
  assert.deepEqual(timesTold, [1, 1, 2, 2, 3])
})

test("what was not kept is reported again", () => {
  const { reported, of } = marks()
  of.note("zhangsan", 500, 0)
  of.note("lisi", 500, 0)
  of.forget("zhangsan")
  for (const member of ["zhangsan", "lisi"]) of.note(member, 500, 1)
  assert.deepEqual(reported, ["zhangsan 500", "lisi 500", "zhangsan 500"])
})

test("sweeping leaves those that were reported not long ago", () => {
  const { reported, of } = marks()
  of.note("zhangsan", 500, 0)
  of.sweep(9 * MINUTE)
  of.note("zhangsan", 500, 9 * MINUTE)
  assert.equal(reported.length, 1)
})

test("a member that was reported can have got less than a hundred more, who was not less than five hundred", () => {
  assert.deepEqual([mostInHour(undefined), mostInHour(500), mostInHour(1000)], [499, 599, 1099])
})

test("it counts for an hour, and twice the ten minutes in which it may be reported again", () => {
  assert.equal(BUSY_KEPT_MS, 80 * MINUTE)
})
