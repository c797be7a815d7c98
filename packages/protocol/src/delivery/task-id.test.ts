import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { callOfTaskId, taskIdOfCall } from "./task-id.ts"

test("the first call carries the task_id as it is, later ones a number behind it", () => {
  assert.equal(taskIdOfCall("deploy-1", 1), "deploy-1")
  assert.equal(taskIdOfCall("deploy-1", 12), "deploy-1@12")
})

test("no task_id grows over 128 bytes, and each tells of which call it is", () => {
  const taskId = fc.stringMatching(/^[\w@-]{1,128}$/)
  fc.assert(
    fc.property(taskId, fc.integer({ min: 2, max: 1000 }), (written, number) => {
      const own = taskIdOfCall(written, number)
      assert.ok(own.length <= 128)
      const found = callOfTaskId(own)
      assert.equal(found?.number, number)
      assert.ok(found.mayBeCut ? written.startsWith(found.message) : found.message === written)
    }),
  )
})

test("a task_id that only looks like one of a later call may be one of its own", () => {
  assert.equal(callOfTaskId("deploy"), undefined)
  assert.equal(callOfTaskId("deploy@1"), undefined)
  assert.equal(callOfTaskId("deploy@x"), undefined)
})

test("of a task_id with a number behind it that is as long as it may be, the end may have been cut off", () => {
  assert.equal(callOfTaskId(taskIdOfCall("x".repeat(126), 2))?.mayBeCut, true)
  assert.equal(callOfTaskId(taskIdOfCall("x".repeat(125), 2))?.mayBeCut, false)
})
