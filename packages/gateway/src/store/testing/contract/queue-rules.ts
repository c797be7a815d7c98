import assert from "node:assert/strict"
import type { ClaimedMessage } from "../../../model/ports/outbox.ts"
import { acceptAll, claimDue, claimOne, HOUR_MS, idsOf, NOON } from "../build.ts"
import { rule } from "./rule.ts"

export const queueRules = [
  // proves 12.R14: long histories
  rule("of a lane that becomes due all at once the first is handed out, however long it is", async (store) => {
    const { outbox } = store.stores
    const ids = Array.from({ length: 350 }, (_, n) => `msg_${String(n).padStart(3, "0")}`)
    for (const id of ids) await acceptAll(outbox, [id], { orderKey: "k", sendAt: NOON + 1000 })
    await acceptAll(outbox, ["msg_other"], { sendAt: NOON + 2000 })
    // Works however many of the lane a store checks in one claim.
    const due: ClaimedMessage[] = []
    for (let claims = 0; claims < 350 && due.length < 2; claims++) {
      due.push(...(await claimDue(outbox, { now: NOON + 2000, limit: 2 - due.length })))
    }
    assert.deepEqual(idsOf(due), ["msg_000", "msg_other"])
  }),

  // proves 12.R14: long histories
  rule("making an app due reaches all that wait, however many", async ({ stores: { outbox } }) => {
    const ids = Array.from({ length: 250 }, (_, n) => `msg_${n}`)
    await Promise.all(ids.map((id) => acceptAll(outbox, [id])))
    // Works however many of them a store hands out at a time.
    const claimAll = async (now: number): Promise<number> => {
      let count = 0
      for (;;) {
        const claimed = await claimDue(outbox, { now, limit: 1000 })
        if (claimed.length === 0) return count
        count += claimed.length
        await outbox.release(claimed.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
      }
    }
    assert.equal(await claimAll(NOON), ids.length)
    assert.equal(await claimAll(NOON), 0)
    await outbox.makeAppDue("alerts", NOON + 1)
    assert.equal(await claimAll(NOON + 1), ids.length)
  }),

  rule("making an app due leaves what is scheduled, and what is of others", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    await acceptAll(outbox, ["msg_2"], { sendAt: NOON + HOUR_MS })
    await acceptAll(outbox, ["msg_3"], { app: "hr" })
    const waiting = [...(await claimDue(outbox)), ...(await claimDue(outbox, { app: "hr" }))]
    await outbox.release(waiting.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
    await outbox.makeAppDue("alerts", NOON + 1)
    assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 1 })), ["msg_1"])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 1, app: "hr" }), [])
  }),

  rule(
    "messages that are called are due, whatever their app, but for those that are scheduled, or held, or unknown",
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
      await acceptAll(outbox, ["msg_4"], { app: "hr" })
      await acceptAll(outbox, ["msg_5"], { sendAt: NOON + HOUR_MS })
      const waiting = [...(await claimDue(outbox)), ...(await claimDue(outbox, { app: "hr" }))]
      await outbox.release(waiting.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
      await outbox.makeDue(["msg_1", "msg_4", "msg_5", "msg_unknown"], NOON + 1)
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 1 })), ["msg_1"])
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 1, app: "hr" })), ["msg_4"])
      await outbox.makeDue(["msg_1"], NOON + 1)
      assert.deepEqual(await claimDue(outbox, { now: NOON + 1 }), [], "it is claimed")
    },
  ),

  rule("a claimed message is not handed to a second dispatcher", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const [a, b, c] = await Promise.all([
      claimDue(outbox, { limit: 1 }),
      claimDue(outbox, { limit: 1 }),
      claimDue(outbox, { limit: 1 }),
    ])
    assert.deepEqual(idsOf([...a, ...b, ...c]).sort(), ["msg_1", "msg_2"])
  }),

  rule("the longest due comes first, and nothing comes before its time", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { sendAt: NOON + 3000 })
    await acceptAll(outbox, ["msg_2"], { sendAt: NOON + 1000 })
    await acceptAll(outbox, ["msg_3"], { sendAt: NOON + 2000 })
    assert.deepEqual(await claimDue(outbox, { now: NOON + 999 }), [])
    assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 2000 })), ["msg_2", "msg_3"])
    assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 3000 })), ["msg_1"])
  }),

  rule("a claim takes of the app and priority it names, and no more than its limit", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { app: "hr" })
    await acceptAll(outbox, ["msg_2"], { priority: "bulk" })
    await acceptAll(outbox, ["msg_3", "msg_4"], { priority: "high" })
    const query = { now: NOON, leaseMs: HOUR_MS, app: "alerts", priority: "high" } as const
    assert.deepEqual(idsOf(await outbox.claim({ ...query, limit: 1 })), ["msg_3"])
    assert.deepEqual(idsOf(await outbox.claim({ ...query, limit: 9 })), ["msg_4"])
    assert.deepEqual(idsOf(await outbox.claim({ ...query, limit: 9, app: "hr", priority: "normal" })), ["msg_1"])
  }),

  rule("a crash frees what the process had claimed", async (store) => {
    await acceptAll(store.stores.outbox, ["msg_1"])
    await claimOne(store.stores.outbox)
    await using after = await store.crash()
    assert.equal((await claimOne(after.stores.outbox)).messageId, "msg_1")
  }),

  rule("a released message is due when it was said to be, also after a crash", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const { messageId, claim } = await claimOne(outbox)
    await outbox.release([{ messageId, claim, nextAt: NOON + 5000 }])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 4999 }), [])
    await using after = await store.crash()
    assert.deepEqual(await claimDue(after.stores.outbox, { now: NOON + 4999 }), [])
    assert.equal((await claimDue(after.stores.outbox, { now: NOON + 5000 })).length, 1)
  }),

  rule("expired messages are found whatever they wait for", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { app: "hr", expiresAt: NOON + 2000, sendAt: NOON + 1000, priority: "bulk" })
    await acceptAll(outbox, ["msg_2"], { expiresAt: NOON + 1000, orderKey: "k" })
    await acceptAll(outbox, ["msg_3"], { expiresAt: NOON + 2000, orderKey: "k" })
    await acceptAll(outbox, ["msg_4"])
    const query = { limit: 9, leaseMs: HOUR_MS }
    assert.deepEqual(await outbox.claimExpired({ ...query, now: NOON + 999 }), [])
    assert.deepEqual(idsOf(await outbox.claimExpired({ ...query, now: NOON + 1000 })), ["msg_2"])
    const expired = await outbox.claimExpired({ ...query, now: NOON + 2000 })
    assert.deepEqual(idsOf(expired).toSorted(), ["msg_1", "msg_3"])
  }),
]
