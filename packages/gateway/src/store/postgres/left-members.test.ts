import assert from "node:assert/strict"
import { test } from "node:test"
import { LeftMemberTimes } from "./left-members.ts"

// proves 29.E4: turns in a member's window
test("issue 29, E4: a member whose room is waited for is stored with its real time, once", () => {
  let now = 0
  const left = new LeftMemberTimes(() => now)
  assert.deepEqual(left.add({ agent: 1, members: ["zhangsan", "lisi"], from: 20_000, endedAt: 0 }), [])
  assert.deepEqual(left.add({ agent: 2, members: ["zhangsan"], from: 21_000, endedAt: 0 }), [])
  now = 5000
  assert.deepEqual(left.take(1, ["zhangsan"]), [{ agent: 1, members: ["zhangsan"], from: 20_000, agoMs: 5000 }])
  assert.deepEqual(left.take(1, ["zhangsan"]), [])
  assert.deepEqual(left.add({ agent: 1, members: ["zhangsan"], from: 25_000, endedAt: 4000 }), [
    { agent: 1, members: ["zhangsan"], from: 25_000, agoMs: 1000 },
  ])
  assert.deepEqual(left.take(1, ["lisi"]), [{ agent: 1, members: ["lisi"], from: 20_000, agoMs: 5000 }])
})

test("a time that counts no longer than it should is left as it is", () => {
  let now = 0
  const left = new LeftMemberTimes(() => now)
  left.add({ agent: 1, members: ["zhangsan"], from: 20_000, endedAt: 0 })
  now = 80_000
  assert.deepEqual(left.take(1, ["zhangsan"]), [])
})
