import assert from "node:assert/strict"
import { accepted, acceptAll, begin, claimDue, claimOne, HOUR_MS, NOON, updateOf } from "../build.ts"
import { rule } from "./rule.ts"
import type { LocalOutbox } from "../../../model/ports/stores.ts"

const LATER = NOON + HOUR_MS

async function due(outbox: LocalOutbox, now = NOON): Promise<string[]> {
  const claimed = await claimDue(outbox, { now })
  await outbox.release(claimed.map((claim) => ({ ...claim, nextAt: now })))
  return claimed.map(({ messageId }) => messageId)
}

const finish = (outbox: LocalOutbox, messageId: string, at = NOON) =>
  outbox.update({ messageId, at, updates: [updateOf("cancelled")] })

export const laneRules = [
  rule("of a lane only the first unfinished message is due, whatever its priority", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"], { orderKey: "k", priority: "bulk" })
    await acceptAll(outbox, ["msg_2"], { orderKey: "k", priority: "high" })
    await acceptAll(outbox, ["msg_3"], { orderKey: "k" })
    assert.deepEqual(await due(outbox), ["msg_1"])
    await finish(outbox, "msg_1")
    assert.deepEqual(await due(outbox), ["msg_2"])
    await using after = await store.crash()
    assert.deepEqual(await due(after.stores.outbox), ["msg_2"])
    await finish(after.stores.outbox, "msg_2")
    assert.deepEqual(await due(after.stores.outbox), ["msg_3"])
  }),

  rule("a settle that finishes a message frees its lane", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    const started = await begin(outbox, await claimOne(outbox))
    assert.deepEqual(await due(outbox), [])
    await outbox.settle([accepted(started)])
    assert.deepEqual(await due(outbox, NOON + 100), ["msg_2"])
  }),

  rule("an outcome that is stored late frees who joined since", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { orderKey: "k" })
    await acceptAll(outbox, ["msg_2"], { orderKey: "k", acceptedAt: NOON + 1000 })
    await finish(outbox, "msg_1", NOON + 500)
    assert.deepEqual(await due(outbox, NOON + 2000), ["msg_2"])
  }),

  rule("lanes of other keys, other apps and no key are not held up", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    await acceptAll(outbox, ["msg_3"], { orderKey: "l" })
    await acceptAll(outbox, ["msg_4"])
    await acceptAll(outbox, ["msg_5"], { orderKey: "k", app: "hr" })
    assert.deepEqual(await due(outbox), ["msg_1", "msg_3", "msg_4"])
    assert.equal((await claimDue(outbox, { app: "hr" })).length, 1)
  }),

  rule("a scheduled message joins its lane when it is due", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { orderKey: "k", sendAt: LATER })
    await acceptAll(outbox, ["msg_2"], { orderKey: "k", acceptedAt: NOON + 1 })
    assert.deepEqual(await due(outbox, NOON + 1), ["msg_2"])
    // The time of the database, where it has one, has passed by then too.
    assert.deepEqual(await due(outbox, LATER + 1), ["msg_2"])
    await acceptAll(outbox, ["msg_3"], { orderKey: "k", acceptedAt: LATER + 1 })
    assert.deepEqual(await due(outbox, LATER + 1), ["msg_2"])
    await finish(outbox, "msg_2", LATER + 2)
    assert.deepEqual(await due(outbox, LATER + 2), ["msg_1"])
    await finish(outbox, "msg_1", LATER + 3)
    assert.deepEqual(await due(outbox, LATER + 3), ["msg_3"])
  }),

  rule("the head holds its lane no longer than it was said to", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"], { orderKey: "k" })
    const head = await claimOne(outbox)
    await outbox.release([{ ...head, nextAt: LATER, holdsLaneUntil: NOON + 60_000 }])
    assert.deepEqual(await due(outbox, NOON + 59_999), [])
    const second = await claimOne(outbox, NOON + 60_000)
    assert.equal(second.messageId, "msg_2")
    await outbox.release([{ ...second, nextAt: NOON + 60_000 }])
    await finish(outbox, "msg_2", NOON + 70_000)
    assert.deepEqual(await due(outbox, NOON + 70_000), ["msg_3"])
    assert.deepEqual(await due(outbox, LATER), ["msg_3", "msg_1"])
  }),

  rule("the head lets its lane continue also while it is at work, and when it has no end yet", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    await acceptAll(outbox, ["msg_3"])
    await claimDue(outbox)
    for (const messageId of ["msg_1", "msg_3", "msg_unknown"])
      await outbox.update({ messageId, at: NOON, updates: [], holdsLaneUntil: NOON + 60_000 })
    assert.deepEqual(await due(outbox, NOON + 59_999), [])
    assert.deepEqual(await due(outbox, NOON + 60_000), ["msg_2"])
  }),

  rule(
    "a message that continues once a lane is released is behind no other",
    async ({ stores: { outbox, reader } }) => {
      await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
      const isBehind = async (now: number): Promise<boolean | undefined> =>
        (await reader.message("msg_2", { apps: "all", now }))?.isBehind
      await outbox.release([{ ...(await claimOne(outbox)), nextAt: LATER, holdsLaneUntil: NOON + 60_000 }])
      assert.deepEqual(await due(outbox, NOON + 59_999), [])
      assert.equal(await isBehind(NOON + 59_999), true)
      const { messageId } = await claimOne(outbox, NOON + 60_000)
      assert.equal(messageId, "msg_2")
      assert.equal(await isBehind(NOON + 60_000), false)
    },
  ),

  rule("who joins a lane that is held for a time is due when that has passed", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { orderKey: "k" })
    await acceptAll(outbox, ["msg_2"], { orderKey: "k", sendAt: NOON + 30_000 })
    await outbox.release([{ ...(await claimOne(outbox)), nextAt: LATER, holdsLaneUntil: NOON + 60_000 }])
    assert.deepEqual(await due(outbox, NOON + 40_000), [])
    await acceptAll(outbox, ["msg_3"], { orderKey: "k", acceptedAt: NOON + 50_000 })
    assert.deepEqual(await due(outbox, NOON + 59_999), [])
    assert.deepEqual(await due(outbox, NOON + 60_000), ["msg_2"])
    await finish(outbox, "msg_2", NOON + 61_000)
    assert.deepEqual(await due(outbox, NOON + 61_000), ["msg_3"])
  }),

  rule("a lane that was held for a time is free at once when its head is final", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    const head = await claimOne(outbox)
    await outbox.release([{ ...head, nextAt: LATER, holdsLaneUntil: NOON + 60_000 }])
    await finish(outbox, "msg_1", NOON + 5000)
    assert.deepEqual(await due(outbox, NOON + 5000), ["msg_2"])
  }),

  // proves 12.T1: the head of a lane that waits
  rule("a head that held its lane for a time closes it again when it comes back without an end", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    const head = await claimOne(outbox)
    await outbox.release([{ ...head, nextAt: NOON + 1000, holdsLaneUntil: NOON + 60_000 }])
    const again = await claimOne(outbox, NOON + 1000)
    await outbox.release([{ ...again, nextAt: LATER }])
    await acceptAll(outbox, ["msg_3"], { orderKey: "k", acceptedAt: NOON + 70_000 })
    assert.deepEqual(await due(outbox, NOON + 70_000), [])
    await finish(outbox, "msg_1", NOON + 80_000)
    assert.deepEqual(await due(outbox, NOON + 80_000), ["msg_2"])
  }),

  rule("a retried message goes to the end of its lane", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    await finish(outbox, "msg_1")
    await outbox.update({
      messageId: "msg_1",
      at: NOON + 10,
      updates: [updateOf("pending", { from: ["cancelled"] })],
    })
    assert.deepEqual(await due(outbox, NOON + 10), ["msg_2"])
    await finish(outbox, "msg_2", NOON + 20)
    assert.deepEqual(await due(outbox, NOON + 20), ["msg_1"])
  }),
]
