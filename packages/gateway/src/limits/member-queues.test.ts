import assert from "node:assert/strict"
import { test } from "node:test"
import { MemberQueues } from "./member-queues.ts"

// proves 29.E4: turns in a member's window
test("issue 29, E4: places are counted by rank and time; a new place replaces the one before", () => {
  const turns = new MemberQueues()
  for (const [owner, rank, at] of [
    ["msg_1", 1, 100],
    ["msg_2", 2, 200],
    ["msg_3", 0, 150],
  ] as const) {
    turns.give(owner, "zhangsan", { rank, at })
  }
  const count = (rank: number): number => turns.count("zhangsan", rank, 0, Infinity)
  assert.deepEqual([count(0), count(1), count(2)], [1, 2, 3])
  assert.equal(turns.count("zhangsan", 2, 100, 200), 1, "neither bound is in it")
  assert.equal(turns.count("lisi", 2, 0, Infinity), 0)
  turns.give("msg_1", "zhangsan", { rank: 1, at: 300 })
  assert.deepEqual([turns.heldAt("msg_1", "zhangsan"), count(1), turns.count("zhangsan", 1, 0, 300)], [300, 2, 1])
})

// proves 29.E4: turns in a member's window
test("issue 29, E4: a place ends with its call, and all places of a message with the message", () => {
  const turns = new MemberQueues()
  for (const key of ["zhangsan", "lisi", "wangwu"]) turns.give("msg_1", key, { rank: 1, at: 100 })
  turns.give("msg_2", "zhangsan", { rank: 1, at: 100 })
  turns.end("msg_1", "lisi")
  turns.end("msg_1", "lisi")
  assert.deepEqual([turns.heldAt("msg_1", "lisi"), turns.count("lisi", 1, 0, Infinity)], [undefined, 0])
  turns.endAll("msg_1")
  turns.endAll("msg_1")
  assert.deepEqual([turns.heldAt("msg_1", "wangwu"), turns.heldAt("msg_2", "zhangsan")], [undefined, 100])
  assert.equal(turns.count("zhangsan", 1, 0, Infinity), 1)
  turns.forgetBefore(101)
  assert.equal(turns.count("zhangsan", 1, 0, Infinity), 0)
})
