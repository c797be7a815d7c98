import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { FaultQueue } from "./fault-queue.ts"
import type { PlannedFault } from "./planned-fault.ts"

type Given = Partial<Pick<PlannedFault, "path" | "times" | "after" | "match">> & { kind?: "html" | "hang_after" }

const aFault = (fault: Given): PlannedFault => ({
  path: "message/send",
  kind: "reset_before",
  times: 1,
  after: 0,
  ...fault,
})

function queueOf(...faults: Given[]): FaultQueue {
  const queue = new FaultQueue()
  queue.add(faults.map(aFault))
  return queue
}

const take = (queue: FaultQueue, path = "message/send", body = ""): string | undefined =>
  queue.take(path, Buffer.from(body))?.kind

test("a call without a planned fault passes", () => {
  assert.equal(take(queueOf()), undefined)
})

test("a fault strikes as often as `times` says and is gone", () => {
  const queue = queueOf({ times: 2 })
  assert.deepEqual([take(queue), take(queue), take(queue)], ["reset_before", "reset_before", undefined])
  assert.deepEqual(queue.left(), [])
})

test("a fault lets `after` calls pass first", () => {
  const queue = queueOf({ after: 2 })
  assert.deepEqual([take(queue), take(queue), take(queue)], [undefined, undefined, "reset_before"])
})

test("a fault strikes its own path only", () => {
  const queue = queueOf({ path: "gettoken" })
  assert.equal(take(queue, "message/send"), undefined)
  assert.equal(take(queue, "gettoken"), "reset_before")
})

test("the path * strikes every call", () => {
  const queue = queueOf({ path: "*", times: 2 })
  assert.equal(take(queue, "gettoken"), "reset_before")
  assert.equal(take(queue, "message/recall"), "reset_before")
})

test("a fault with `match` strikes only calls whose body contains it, and counts only those", () => {
  const queue = queueOf({ match: "李四", after: 1 })
  assert.equal(take(queue, "message/send", "张三"), undefined)
  assert.equal(take(queue, "message/send", "给李四"), undefined)
  assert.equal(take(queue, "message/send", "张三"), undefined)
  assert.equal(take(queue, "message/send", "给李四"), "reset_before")
})

test("faults of one path run in the order added, also while the first still lets calls pass", () => {
  const queue = queueOf({ kind: "html", after: 1 }, { kind: "hang_after" })
  assert.deepEqual([take(queue), take(queue), take(queue), take(queue)], [undefined, "html", "hang_after", undefined])
})

test("a fault that does not fit does not hold up the ones behind it", () => {
  const queue = queueOf({ kind: "html", match: "a" }, { kind: "hang_after", match: "b" })
  assert.equal(take(queue, "message/send", "b"), "hang_after")
  assert.equal(take(queue, "message/send", "a"), "html")
})

test("what is left shows the counts that remain", () => {
  const queue = queueOf({ times: 3, after: 1 })
  take(queue)
  assert.deepEqual(queue.left(), [aFault({ times: 3, after: 0 })])
  take(queue)
  assert.deepEqual(queue.left(), [aFault({ times: 2, after: 0 })])
})

test("clear forgets every fault", () => {
  const queue = queueOf({}, {})
  queue.clear()
  assert.equal(take(queue), undefined)
})

test("any plan strikes exactly the calls it names: each fault's pass-overs, then its strikes, one after the other", () => {
  const plans = fc.array(fc.record({ times: fc.integer({ min: 1, max: 4 }), after: fc.nat(3) }), { maxLength: 5 })
  fc.assert(
    fc.property(plans, (faults) => {
      const queue = queueOf(...faults)
      const expected = faults.flatMap(({ after, times }) => [
        ...Array.from({ length: after }, () => undefined),
        ...Array.from({ length: times }, () => "reset_before"),
      ])
      assert.deepEqual(
        expected.map(() => take(queue)),
        expected,
      )
      assert.equal(take(queue), undefined)
    }),
  )
})
