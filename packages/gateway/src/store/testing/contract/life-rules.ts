import assert from "node:assert/strict"
import { acceptAll, HOUR_MS, NOON } from "../build.ts"
import type { StoreUnderTest } from "./rule.ts"
import { rule } from "./rule.ts"

/** A lifetime that is a length moves along when the clock is set; a given time stays. */
export const lifeRules = [
  rule(
    "when the clock was set, what lives so long moves along, once, and a time that was given holds",
    async (store) => {
      const { outbox, clockNotes } = store.stores
      assert.equal((await clockNotes.read()).setByMs, 0)
      await acceptAll(outbox, ["given"], { expiresAt: NOON + HOUR_MS, clockSetMs: 0 })
      await acceptAll(outbox, ["before"], { expiresAt: NOON + HOUR_MS, clockSetMs: 0, expiryMoves: true })
      for (const [index, hours] of [25, 23].entries()) {
        const by = index === 0 ? 25 * HOUR_MS : -2 * HOUR_MS
        const turn = { id: `turn_${index}`, by, at: NOON + hours * HOUR_MS, setByMs: hours * HOUR_MS }
        for (let tellings = 0; tellings < 2; tellings++) await outbox.clockJumped(turn)
        assert.equal(await expiryOf(store, "before"), NOON + (hours + 1) * HOUR_MS)
      }
      const setByMs = 23 * HOUR_MS
      await acceptAll(outbox, ["after"], { expiresAt: NOON + 24 * HOUR_MS, clockSetMs: setByMs, expiryMoves: true })
      await using crashed = await store.crash()
      assert.equal((await crashed.stores.clockNotes.read()).setByMs, setByMs)
      await crashed.stores.outbox.clockJumped({ id: "turn_3", by: 0, at: NOON + setByMs, setByMs })
      for (const [id, expected] of [
        ["given", NOON + HOUR_MS],
        ["before", NOON + 24 * HOUR_MS],
        ["after", NOON + 24 * HOUR_MS],
      ] as const) {
        assert.equal(await expiryOf(crashed, id), expected, id)
      }
    },
  ),

  rule("what moves along with the clock does not end by a time that has not moved yet", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["given"], { expiresAt: NOON - 1, clockSetMs: 0 })
    await acceptAll(outbox, ["moves"], { expiresAt: NOON - 1, clockSetMs: 0, expiryMoves: true })
    const { ended } = await outbox.endExpired({ at: NOON, expiredBy: NOON, setByMs: HOUR_MS, limit: 10 })
    assert.deepEqual(
      ended.map(({ messageId }) => messageId),
      ["given"],
    )
  }),

  rule("the time that was trusted last is there after a crash", async (store) => {
    const { clockNotes } = store.stores
    assert.equal((await clockNotes.read()).trustedAt, undefined)
    for (const at of [NOON, NOON + HOUR_MS, NOON - HOUR_MS]) await clockNotes.noteTrusted(at)
    await using crashed = await store.crash()
    assert.equal((await crashed.stores.clockNotes.read()).trustedAt, NOON - HOUR_MS)
  }),

  rule("a jump of unknown age moves no lifetime", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"], { expiresAt: NOON + HOUR_MS, clockSetMs: 0, expiryMoves: true })
    await outbox.clockJumped({ id: "turn_1", by: -25 * HOUR_MS, at: NOON - HOUR_MS })
    assert.equal(await expiryOf(store, "msg_1"), NOON + HOUR_MS)
  }),
]

async function expiryOf({ stores: { reader } }: StoreUnderTest, id: string): Promise<number | undefined> {
  return (await reader.message(id, { apps: "all", now: NOON }))?.expiresAt
}
