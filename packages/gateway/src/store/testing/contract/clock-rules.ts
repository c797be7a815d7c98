import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import {
  acceptAll,
  aCall,
  begin,
  busy,
  claimDue,
  claimOne,
  HOUR_MS,
  idsOf,
  NOON,
  openCall,
  updateOf,
} from "../build.ts"
import { rule } from "./rule.ts"

/** Rules for a store whose times are those of its process: when that clock is set, stored times move along. */
export const clockRules = [
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

  // proves 29.badday: its first finding on one file
  rule(
    "29.badday: what is accepted while the store follows a clock that was set back stays behind those before it in its lane",
    async ({ stores: { outbox } }) => {
      const by = -2 * HOUR_MS
      const before = Array.from({ length: 450 }, (_, n) => `msg_${n}`)
      await Promise.all(before.map((id) => acceptAll(outbox, [id], { orderKey: "k", clockSetMs: 0 })))
      await claimOne(outbox)
      const during: string[] = []
      const acceptNext = async (): Promise<void> => {
        const id = `later_${during.length}`
        during.push(id)
        const now = NOON + by + during.length
        await acceptAll(outbox, [id], { orderKey: "k", acceptedAt: now, clockSetMs: by })
        assert.deepEqual(idsOf(await claimDue(outbox, { now, leaseMs: 9 * HOUR_MS })), [])
      }
      // The process has noticed it, and the store does not know yet.
      await acceptNext()
      const progress = { isFollowing: true }
      const following = outbox.clockJumped({ id: "turn_1", by, at: NOON + by, setByMs: by }).finally(() => {
        progress.isFollowing = false
      })
      while (progress.isFollowing) await acceptNext()
      await following
      await acceptNext()
      assert.ok(during.length > 5, `${during.length} were accepted meanwhile`)
      const now = NOON + by + 60_000
      for (const [place, id] of [...before, ...during].entries()) {
        if (place > 0) assert.deepEqual(idsOf(await claimDue(outbox, { now, leaseMs: 9 * HOUR_MS })), [id])
        await outbox.update({ messageId: id, at: now, updates: [updateOf("cancelled")] })
      }
    },
  ),

  rule(
    "what was read by the clock before it was set back, and is stored after that, is due and has its place in its lane",
    async ({ stores: { outbox } }) => {
      const by = -2 * HOUR_MS
      const at = NOON + by
      await outbox.clockJumped({ id: "turn_1", by, at, setByMs: by })
      await acceptAll(outbox, ["msg_1"], { orderKey: "k", clockSetMs: 0 })
      await acceptAll(outbox, ["msg_2"], { orderKey: "k", acceptedAt: at + 1, clockSetMs: by })
      await acceptAll(outbox, ["msg_3"], { clockSetMs: 0 })
      assert.deepEqual(idsOf(await claimDue(outbox, { now: at + 1 })), ["msg_1", "msg_3"])
    },
  ),

  // proves 12.R14: long histories
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
      for (let turns = 0; turns < 20; turns++) await immediate()
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

  rule(
    "when the clock was set, an open call is as old as it was, and waits as long as it would have",
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"])
      const first = await begin(outbox, await claimOne(outbox))
      await outbox.settle([busy(first, { result: "in_doubt", retryAt: NOON + 2000 })])
      for (const by of [24 * HOUR_MS, -2 * HOUR_MS]) await outbox.clockJumped({ id: `turn_${by}`, by, at: NOON + by })
      await using after = await store.crash()
      const { firstTryAt, retryAt } = await openCall(after.stores.outbox)
      assert.deepEqual([firstTryAt, retryAt], [NOON + 22 * HOUR_MS, NOON + 22 * HOUR_MS + 2000])
    },
  ),

  rule("when the clock was set, what a call waits for moves along", async (store) => {
    const { outbox, reader } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const started = await begin(outbox, await claimOne(outbox))
    await outbox.settle([busy(started, { retryAt: NOON + 2000 })])
    const delayedUntil = async () => (await reader.recipients({ messageId: "msg_1", limit: 9 })).items[0]?.delayedUntil
    await outbox.clockJumped({ id: "turn_1", by: HOUR_MS, at: NOON + HOUR_MS })
    await outbox.delayCall(started, 1, { untilMs: NOON + HOUR_MS + 60_000, reason: "member_rate" })
    assert.equal(await delayedUntil(), NOON + HOUR_MS + 60_000)
    await outbox.clockJumped({ id: "turn_2", by: -2 * HOUR_MS, at: NOON - HOUR_MS })
    assert.equal(await delayedUntil(), NOON - HOUR_MS + 60_000)
    assert.deepEqual((await openCall(outbox)).delay, { untilMs: NOON - HOUR_MS + 60_000, reason: "member_rate" })
  }),

  // proves 29.badday: it finds what is broken on purpose
  rule(
    "29.badday: the times of a call count by the clock they were read by, before the store follows it and after",
    async ({ stores: { outbox } }) => {
      const by = 24 * HOUR_MS
      await acceptAll(outbox, ["msg_1", "msg_2"])
      const [first = lost(), second = lost()] = await claimDue(outbox, { leaseMs: 99 * HOUR_MS })
      const attempt = async ({ messageId, claim }: typeof first, clockSetMs: number): Promise<void> => {
        const startedAt = NOON + clockSetMs
        const [started] = await outbox.begin([{ messageId, claim, number: 1, startedAt, clockSetMs, frozen: aCall() }])
        const times = { finishedAt: startedAt + 100, retryAt: startedAt + 2000, clockSetMs }
        await outbox.settle([busy(started ?? lost(), { result: "in_doubt", ...times })])
      }
      await attempt(first, by)
      await outbox.clockJumped({ id: "turn_1", by, at: NOON + by, setByMs: by })
      await attempt(second, 0)
      for (const { messageId } of [first, second]) {
        const [call] = await outbox.openCalls(messageId)
        assert.deepEqual([call?.firstTryAt, call?.retryAt], [NOON + by, NOON + by + 2000], messageId)
      }
    },
  ),

  rule("a change of the clock that is reported again moves nothing again", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const first = await begin(outbox, await claimOne(outbox))
    await outbox.settle([busy(first, { result: "in_doubt", retryAt: NOON + 2000 })])
    const turn = { by: 24 * HOUR_MS, at: NOON + 24 * HOUR_MS }
    await outbox.clockJumped({ id: "turn_1", ...turn })
    await outbox.clockJumped({ id: "turn_1", ...turn })
    assert.equal((await openCall(outbox)).firstTryAt, NOON + 24 * HOUR_MS)
    await using after = await store.crash()
    await after.stores.outbox.clockJumped({ id: "turn_1", ...turn })
    assert.equal((await openCall(after.stores.outbox)).firstTryAt, NOON + 24 * HOUR_MS)
    await after.stores.outbox.clockJumped({ id: "turn_2", ...turn })
    assert.equal((await openCall(after.stores.outbox)).firstTryAt, NOON + 48 * HOUR_MS)
  }),
]

function lost(): never {
  assert.fail("a message is missing")
}
