import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import type { Recalls } from "../../../model/ports/recalls.ts"
import { acceptAll, NOON } from "../build.ts"
import { rule } from "./rule.ts"

/** Recalls of messages with many calls, which take longer than a request. */
export const recallRules = [
  rule("a message has one recall at a time, and how far it has come is there after a crash", async (store) => {
    const { outbox, recalls } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2"])
    assert.equal(await recalls.progress("msg_1"), undefined)
    const begun = { askedAt: NOON, cancelled: 0, results: {} }
    assert.deepEqual(await recalls.begin("msg_1", NOON), { progress: begun, isNew: true })
    const further = { ...begun, cancelled: 3, results: { recalled: 9, unknown: 1 }, cursor: "10" }
    assert.equal(await recalls.note("msg_1", further), true)
    assert.deepEqual(await recalls.begin("msg_1", NOON + 5), { progress: further, isNew: false })
    await using crashed = await store.crash()
    const after = crashed.stores.recalls
    assert.deepEqual(await after.progress("msg_1"), further)
    assert.deepEqual(await after.begin("msg_1", NOON + 6), { progress: further, isNew: false })
    assert.equal(await after.progress("msg_2"), undefined)
  }),

  // proves 29.recall: a recall of many calls
  rule("a recall whose process has ended is taken over once, and noted by who works on it alone", async (store) => {
    const { outbox, recalls } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const { progress } = (await recalls.begin("msg_1", NOON)) ?? assert.fail()
    assert.deepEqual(await recalls.takeOver(), [], "its process is alive")
    await using crashed = await store.crash()
    const after = crashed.stores.recalls
    assert.equal(await after.note("msg_1", { ...progress, cancelled: 1 }), false)
    assert.deepEqual(await takenOver(after), ["msg_1"])
    assert.deepEqual(await after.takeOver(), [])
    assert.equal(await after.note("msg_1", { ...progress, cancelled: 2 }), true)
    assert.equal((await after.progress("msg_1"))?.cancelled, 2)
  }),

  rule("a recall that has ended is not taken over, and another begins anew", async (store) => {
    const { outbox, recalls } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const { progress } = (await recalls.begin("msg_1", NOON)) ?? assert.fail()
    const ended = { ...progress, results: { recalled: 20 }, endedAt: NOON + 9 }
    assert.equal(await recalls.note("msg_1", ended), true)
    assert.equal(await recalls.note("msg_1", progress), false)
    assert.deepEqual(await recalls.progress("msg_1"), ended)
    assert.deepEqual(await recalls.begin("msg_1", NOON + 10), {
      progress: { askedAt: NOON + 10, cancelled: 0, results: {} },
      isNew: true,
    })
    assert.equal(await recalls.begin("gone", NOON), undefined)
    assert.equal(await recalls.note("gone", progress), false)
  }),
]

/** The database may notice a moment later that the process has ended. */
async function takenOver(recalls: Recalls): Promise<readonly string[]> {
  for (let looks = 0; looks < 500; looks++) {
    const taken = await recalls.takeOver()
    if (taken.length > 0) return taken
    await sleep(20)
  }
  return []
}
