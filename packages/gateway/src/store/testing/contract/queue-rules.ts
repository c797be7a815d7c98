import assert from "node:assert/strict"
import { setImmediate as nextTurn } from "node:timers/promises"
import type { Due } from "../../../ports/claims.ts"
import { acceptAll, begin, busy, claimDue, claimOne, HOUR_MS, NOON, updateOf } from "../build.ts"
import { rule } from "./rule.ts"

function lost(): never {
  throw new Error("not there")
}

const idsOf = (messages: readonly { messageId: string }[]): string[] => messages.map(({ messageId }) => messageId)

export const queueRules = [
  rule("when the clock was set back, what waits is due, and what is scheduled is not", async (store) => {
    const { outbox } = store.stores
    const at = NOON - 2 * HOUR_MS
    await acceptAll(outbox, ["msg_1", "msg_2"])
    await acceptAll(outbox, ["msg_3"], { sendAt: NOON + HOUR_MS })
    const [first] = await claimDue(outbox, { limit: 1 })
    await outbox.release([{ ...(first ?? lost()), nextAt: NOON + 60_000 }])
    await outbox.clockJumped({ id: "turn_1", by: -2 * HOUR_MS, at })
    assert.deepEqual(idsOf(await claimDue(outbox, { now: at, leaseMs: 9 * HOUR_MS })).toSorted(), ["msg_1", "msg_2"])
    assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + HOUR_MS })), ["msg_3"])
  }),

  rule("when the clock was set back, a lane keeps its order", async ({ stores: { outbox } }) => {
    const at = NOON - 2 * HOUR_MS
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    await outbox.clockJumped({ id: "turn_1", by: -2 * HOUR_MS, at })
    await acceptAll(outbox, ["msg_3"], { orderKey: "k", acceptedAt: at + 1 })
    assert.equal((await claimOne(outbox, at + 1)).messageId, "msg_1")
  }),

  rule(
    "a turn back of the clock that is cut off anywhere is through after the next start, and counts once",
    async (store) => {
      const { outbox } = store.stores
      const at = NOON - 2 * HOUR_MS
      const ids = Array.from({ length: 450 }, (_, n) => `msg_${n}`)
      await Promise.all(ids.map((id) => acceptAll(outbox, [id])))
      await Promise.all([1, 2, 3].map((n) => acceptAll(outbox, [`lane_${n}`], { orderKey: "k" })))
      const [first] = await claimDue(outbox, { limit: 1 })
      const started = await begin(outbox, first ?? lost())
      await outbox.settle([busy(started, { result: "in_doubt", retryAt: NOON + 2000 })])
      const turn = { id: "turn_1", by: -2 * HOUR_MS, at }
      const turning = outbox.clockJumped(turn)
      for (let turns = 0; turns < 20; turns++) await nextTurn()
      await using after = await store.crash()
      await turning
      for (const { stores } of [after, store]) {
        await stores.outbox.clockJumped(turn)
        const due = await claimDue(stores.outbox, { now: at, limit: 1000 })
        assert.ok(due.length >= ids.length, `${due.length} are due`)
        assert.equal(
          idsOf(due)
            .filter((id) => id.startsWith("lane_"))
            .join(),
          "lane_1",
        )
        const [call] = await stores.outbox.openCalls(first?.messageId ?? "")
        assert.deepEqual([call?.firstTryAt, call?.retryAt], [at, at + 2000])
      }
    },
  ),

  rule("of a lane that becomes due all at once the first is handed out, however long it is", async (store) => {
    const { outbox } = store.stores
    const ids = Array.from({ length: 350 }, (_, n) => `msg_${String(n).padStart(3, "0")}`)
    for (const id of ids) await acceptAll(outbox, [id], { orderKey: "k", sendAt: NOON + 1000 })
    await acceptAll(outbox, ["msg_other"], { sendAt: NOON + 2000 })
    const due = await claimDue(outbox, { now: NOON + 2000, limit: 2 })
    assert.deepEqual(idsOf(due), ["msg_000", "msg_other"])
  }),

  rule("hurrying makes all due that wait, however many", async ({ stores: { outbox } }) => {
    const ids = Array.from({ length: 250 }, (_, n) => `msg_${n}`)
    await Promise.all(ids.map((id) => acceptAll(outbox, [id])))
    const waiting = await claimDue(outbox, { limit: 1000 })
    await outbox.release(waiting.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
    await outbox.hurry("alerts", NOON + 1)
    assert.equal((await claimDue(outbox, { now: NOON + 1, limit: 1000 })).length, ids.length)
  }),

  rule("hurrying an app makes due what waits, but nothing that is scheduled, and nothing of others", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    await acceptAll(outbox, ["msg_2"], { sendAt: NOON + HOUR_MS })
    await acceptAll(outbox, ["msg_3"], { app: "hr" })
    const waiting = [...(await claimDue(outbox)), ...(await claimDue(outbox, { app: "hr" }))]
    await outbox.release(waiting.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
    await outbox.hurry("alerts", NOON + 1)
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
      const woken: (Due | undefined)[] = []
      outbox.onWork((due) => woken.push(due))
      await outbox.makeDue(["msg_1", "msg_4", "msg_5", "msg_unknown"], NOON + 1)
      assert.deepEqual(woken.map((due) => due?.app ?? "any").toSorted(), ["alerts", "hr"])
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 1 })), ["msg_1"])
      assert.deepEqual(idsOf(await claimDue(outbox, { now: NOON + 1, app: "hr" })), ["msg_4"])
      await outbox.makeDue(["msg_1"], NOON + 1)
      assert.deepEqual(await claimDue(outbox, { now: NOON + 1 }), [], "somebody has it")
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

  rule("a claim ends with its lease, and a later one has a greater number", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [first] = await claimDue(outbox, { leaseMs: 1000 })
    assert.deepEqual(await claimDue(outbox, { now: NOON + 999 }), [])
    const [second] = await claimDue(outbox, { now: NOON + 1000 })
    assert.ok(first !== undefined && second !== undefined && second.claim > first.claim)
    assert.deepEqual(await outbox.renew([first, second], NOON + HOUR_MS), [false, true])
  }),

  rule("a renewed claim lasts longer", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const claims = await claimDue(outbox, { leaseMs: 1000 })
    assert.deepEqual(await outbox.renew(claims, NOON + 5000), [true])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 4999 }), [])
    assert.equal((await claimDue(outbox, { now: NOON + 5000 })).length, 1)
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

  rule("who has lost a claim cannot release the message of the next", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [first] = await claimDue(outbox, { leaseMs: 1000 })
    await claimDue(outbox, { now: NOON + 1000 })
    assert.ok(first !== undefined)
    await outbox.release([{ ...first, nextAt: NOON }])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 2000 }), [])
  }),

  rule("expired messages are found whatever they wait for", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { app: "hr", expiresAt: NOON + 2000, sendAt: NOON + 1000, priority: "bulk" })
    await acceptAll(outbox, ["msg_2"], { expiresAt: NOON + 1000, orderKey: "k" })
    await acceptAll(outbox, ["msg_3"], { expiresAt: NOON + 2000, orderKey: "k" })
    await acceptAll(outbox, ["msg_4"])
    const query = { limit: 9, leaseMs: HOUR_MS }
    assert.deepEqual(await outbox.claimExpired({ ...query, now: NOON + 999 }), [])
    assert.deepEqual(idsOf(await outbox.claimExpired({ ...query, now: NOON + 1000 })), ["msg_2"])
    assert.deepEqual(idsOf(await outbox.claimExpired({ ...query, now: NOON + 2000 })), ["msg_1", "msg_3"])
  }),

  rule("it tells what waits, and from when on", async (store) => {
    const { outbox } = store.stores
    assert.deepEqual([await outbox.unfinished(), await outbox.appsWithWork()], [0, []])
    await acceptAll(outbox, ["msg_1", "msg_2"], { sendAt: NOON + 1000 })
    await acceptAll(outbox, ["msg_3"], { app: "hr", priority: "bulk" })
    assert.deepEqual([await outbox.unfinished(), await outbox.appsWithWork()], [3, ["alerts", "hr"]])
    const alerts = [{ app: "alerts", priority: "normal", unfinished: 2, dueAt: NOON + 1000 }]
    const hr = { app: "hr", priority: "bulk", unfinished: 1, dueAt: NOON }
    assert.deepEqual(await outbox.waiting("alerts", NOON), alerts)
    assert.deepEqual(await outbox.waiting("hr", NOON), [hr])
    await claimDue(outbox, { app: "hr" })
    assert.deepEqual(await outbox.waiting("hr", NOON), [{ ...hr, dueAt: undefined }])
    await outbox.update({ messageId: "msg_3", at: NOON, updates: [updateOf("cancelled")] })
    assert.deepEqual(await outbox.waiting("hr", NOON), [])
    await using after = await store.crash()
    const again = after.stores.outbox
    assert.deepEqual([await again.unfinished(), await again.appsWithWork()], [2, ["alerts"]])
    assert.deepEqual(await again.waiting("alerts", NOON), alerts)
  }),

  rule("whoever waits for work is told of it, until it no longer listens", async ({ stores: { outbox } }) => {
    let told = 0
    const end = outbox.onWork(() => told++)
    await acceptAll(outbox, ["msg_1"])
    await nextTurn()
    assert.equal(told, 1)
    const claimed = await claimOne(outbox)
    await outbox.release([{ ...claimed, nextAt: NOON }])
    await nextTurn()
    assert.equal(told, 2)
    end()
    await acceptAll(outbox, ["msg_2"])
    await nextTurn()
    assert.equal(told, 2)
  }),

  rule(
    "whoever waits for work is told of what is scheduled, at once or with its time",
    async ({ stores: { outbox } }) => {
      const told: (Due | undefined)[] = []
      outbox.onWork((due) => told.push(due))
      await acceptAll(outbox, ["msg_1"], { sendAt: NOON + HOUR_MS })
      await nextTurn()
      assert.equal(told.length, 1)
      const { app, at } = told[0] ?? { app: "alerts" }
      assert.equal(app, "alerts")
      assert.ok(at === undefined || at === NOON + HOUR_MS)
    },
  ),
]
