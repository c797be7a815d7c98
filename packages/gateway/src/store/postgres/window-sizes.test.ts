import assert from "node:assert/strict"
import { test } from "node:test"
import { WindowSizes } from "./window-sizes.ts"

const group = (app: string, priority: "high" | "normal" | "bulk" = "normal") => ({ app, priority })

test("a group alone in the queue has a whole window, and so has one beside many with one job each", () => {
  const sizes = new WindowSizes()
  assert.equal(sizes.sizeFor(group("alerts"), 0), 200)
  for (let n = 0; n < 500; n++) sizes.note(group(`app${n}`), { jobs: 1, isBacklog: false, at: 0 })
  assert.equal(sizes.sizeFor(group("alerts"), 0), 200)
})

test("two hundred groups with a backlog have a thousand jobs together, each has some, and a new group gets a few", () => {
  const sizes = new WindowSizes()
  const jobs = Array.from({ length: 200 }, () => 0)
  const fill = (n: number): void => {
    jobs[n] = Math.max(jobs[n] ?? 0, sizes.sizeFor(group(`app${n}`), 0))
    sizes.note(group(`app${n}`), { jobs: jobs[n], isBacklog: false, at: 0 })
  }
  const sum = (): number => jobs.reduce((total, one) => total + one)
  for (const n of jobs.keys()) fill(n)
  const first = sum()
  assert.ok(first >= 1000 && first < 2500, `${first} jobs`)
  // Each in turn ends one of its jobs, and has its window filled again.
  for (let round = 0; round < 200; round++) {
    for (const n of jobs.keys()) {
      jobs[n] = (jobs[n] ?? 0) - 1
      sizes.note(group(`app${n}`), { jobs: jobs[n], isBacklog: false, at: 0 })
      fill(n)
      assert.ok(jobs[n] > 0)
    }
  }
  assert.ok(sum() <= 1300, `${sum()} jobs`)
  assert.equal(sizes.sizeFor(group("new"), 0), 4)
})

test("groups that are filled together have a thousand jobs together, and each at least one", () => {
  const sizes = new WindowSizes()
  const groups = (count: number) => Array.from({ length: count }, (_, n) => group(`app${n}`))
  const sum = (count: number): number => sizes.sizesFor(groups(count), 0).reduce((total, one) => total + one, 0)
  assert.deepEqual([1, 2, 5, 50, 1000, 3000].map(sum), [200, 400, 1000, 1000, 1000, 3000])
  assert.deepEqual(sizes.sizesFor([...groups(50), group("alone", "high")], 0).slice(-2), [20, 200])
})

test("each group gets a job, however many there are", () => {
  const sizes = new WindowSizes()
  for (let n = 0; n < 3000; n++)
    sizes.note(group(`app${n}`), { jobs: sizes.sizeFor(group(`app${n}`), 0), isBacklog: false, at: 0 })
  assert.equal(sizes.sizeFor(group("one more"), 0), 1)
})

test("a group has a backlog from so many due messages on, until its window holds all that it has", () => {
  const sizes = new WindowSizes()
  const look = (due: number, size: number): boolean => {
    const isBacklog = sizes.isBacklog(group("sale"), due, size)
    sizes.note(group("sale"), { jobs: Math.min(due, size), isBacklog, at: 0 })
    return isBacklog
  }
  assert.deepEqual([look(1, 4), look(10, 4), look(23, 4)], [false, false, false])
  assert.deepEqual([look(24, 4), look(10, 4), look(5, 4), look(4, 4), look(10, 4)], [true, true, true, false, false])
  assert.equal(look(24, 200), true)
  assert.equal(sizes.isBacklog(group("sale", "high"), 10, 4), false)
  look(0, 4)
  assert.equal(look(10, 4), false)
})

test("priorities have room of their own, bulk as much as it may have in work", () => {
  const sizes = new WindowSizes()
  for (let n = 0; n < 60; n++) sizes.note(group(`app${n}`, "bulk"), { jobs: 2, isBacklog: false, at: 0 })
  assert.equal(sizes.sizeFor(group("alerts", "bulk"), 0), 1)
  assert.equal(sizes.sizeFor(group("alerts", "high"), 0), 200)
})

test("a seen group is forgotten after a minute, and at once when it has no job left", () => {
  const sizes = new WindowSizes()
  for (let n = 0; n < 10; n++) sizes.note(group(`app${n}`), { jobs: 100, isBacklog: false, at: 0 })
  assert.equal(sizes.sizeFor(group("alerts"), 1), 22)
  for (let n = 0; n < 9; n++) sizes.note(group(`app${n}`), { jobs: 0, isBacklog: false, at: 2 })
  assert.equal(sizes.sizeFor(group("alerts"), 3), 200)
  for (let n = 0; n < 9; n++) sizes.note(group(`app${n}`), { jobs: 110, isBacklog: false, at: 4 })
  assert.equal(sizes.sizeFor(group("alerts"), 5), 22)
  assert.equal(sizes.sizeFor(group("alerts"), 60_010), 200)
})
