import assert from "node:assert/strict"
import type { PruneCutoffs, Upkeep } from "../../../model/ports/upkeep.ts"
import {
  aCall,
  accepted,
  acceptAll,
  aRequest,
  begin,
  chunksOf,
  claimDue,
  claimOne,
  HOUR_MS,
  NOON,
  updateOf,
  WHOLE_TRAIL,
} from "../build.ts"
import { rule } from "./rule.ts"

const DAY_MS = 24 * HOUR_MS
const LATER = NOON + 30 * DAY_MS
const keepAll: PruneCutoffs = {
  now: NOON,
  finishedBefore: 0,
  eventsBefore: 0,
  lookupsBefore: 0,
  ...WHOLE_TRAIL,
  limit: 2,
}

async function pruneAll(upkeep: Upkeep, cutoffs: Partial<PruneCutoffs>): Promise<number> {
  let messages = 0
  for (let turn = 0; ; turn++) {
    assert.ok(turn < 100, "pruning never ends")
    const report = await upkeep.prune({ ...keepAll, ...cutoffs })
    messages += report.messages
    if (!report.more) return messages
  }
}

export const upkeepRules = [
  // proves 3.3: the store
  rule("messages finished long enough ago go, with all that belongs to them", async (store) => {
    const { outbox, reader, upkeep } = store.stores
    const to = ["a", "b", "c", "d", "e"]
    await acceptAll(outbox, ["msg_1"], { sendAt: LATER + DAY_MS })
    await acceptAll(outbox, ["msg_2", "msg_3", "msg_4"])
    await acceptAll(outbox, ["msg_5"], { to, chunks: chunksOf(to) })
    await acceptAll(outbox, ["msg_6"])
    const [second] = await claimDue(outbox, { limit: 1 })
    assert.ok(second !== undefined)
    await outbox.settle([accepted(await begin(outbox, second, { call: aCall() }))])
    for (const messageId of ["msg_3", "msg_5"]) {
      const updates = [0, 1].map((chunk) => updateOf("cancelled", { chunk, slots: "all" }))
      await outbox.update({ messageId, at: NOON + 100, updates })
    }
    await outbox.update({ messageId: "msg_4", at: NOON + 101, updates: [updateOf("failed")] })
    assert.equal(await pruneAll(upkeep, { finishedBefore: NOON + 100 }), 0)
    assert.equal(await pruneAll(upkeep, { finishedBefore: NOON + 101 }), 3)
    await using after = await store.crash()
    const { items } = await after.stores.reader.messages({ apps: "all", now: NOON, limit: 9 })
    assert.deepEqual(items.map(({ id }) => id).sort(), ["msg_1", "msg_4", "msg_6"])
    for (const messageId of ["msg_2", "msg_5"]) {
      assert.deepEqual(await after.stores.outbox.chunks({ messageId, from: 0, count: 9 }), [])
      assert.deepEqual((await reader.attempts({ messageId, limit: 9 })).items, [])
    }
    await acceptAll(after.stores.outbox, ["msg_2"])
    assert.equal((await after.stores.reader.message("msg_2", { apps: "all", now: NOON }))?.callCount, 0)
  }),

  // proves 30.pruned: the oldest that is kept, of a store
  rule("old events go, but for the newest, and no id is given again", async (store) => {
    const { outbox, events, upkeep } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
    const latest = await events.latest()
    const [first] = await events.since(0, { limit: 1, apps: "all" })
    assert.equal(await events.oldest(), first?.id)
    await pruneAll(upkeep, { eventsBefore: NOON + 1 })
    assert.equal(await events.oldest(), latest)
    const left = await events.since(0, { limit: 9, apps: "all" })
    assert.deepEqual(
      left.map(({ id }) => id),
      [latest],
    )
    await using after = await store.crash()
    assert.equal(await after.stores.events.latest(), latest)
    await acceptAll(after.stores.outbox, ["msg_4"])
    assert.equal((await after.stores.events.since(latest, { limit: 9, apps: "all" })).length, 1)
  }),

  rule("expired keys, old look-ups and old bodies go, others stay", async ({ stores }) => {
    const { outbox, lookups, upkeep } = stores
    const key = { client: "key_1", fingerprint: "f", expiresAt: NOON + DAY_MS }
    await outbox.accept(aRequest({ id: "msg_1", idempotency: { ...key, key: "old" } }))
    await outbox.accept(aRequest({ id: "msg_2", idempotency: { ...key, key: "young", expiresAt: LATER } }))
    const keys = ["a", "b", "c", "d", "e"]
    await lookups.set(keys.map((name, n) => [name, { userid: name, storedAt: NOON + n }]))
    const guard = { hash: "a".repeat(64), windowMs: 99 * DAY_MS }
    const [first, second] = await claimDue(outbox)
    assert.ok(first !== undefined && second !== undefined)
    await begin(outbox, first, { call: aCall({ guard }) })
    await pruneAll(upkeep, { now: NOON + 2 * DAY_MS, lookupsBefore: NOON + 3 })
    // Asked at a time when it would still be in force, so that only its absence can free it.
    const again = (id: string, name: string) =>
      outbox.accept(aRequest({ id, idempotency: { ...key, key: name, fingerprint: "other" } }))
    assert.deepEqual(
      [(await again("msg_3", "old")).kind, (await again("msg_4", "young")).kind],
      ["accepted", "key_reused"],
    )
    const left = await lookups.get(keys)
    assert.deepEqual(
      left.map((record) => record?.userid),
      [undefined, undefined, undefined, "d", "e"],
    )
    assert.equal((await begin(outbox, second, { call: aCall({ guard }) })).earlier, undefined)
  }),

  rule("a store that keeps what it is given is in health", async ({ stores: { outbox, upkeep } }) => {
    await acceptAll(outbox, ["msg_1"])
    await claimOne(outbox)
    const { trouble, synchronous, databaseBytes } = upkeep.health()
    assert.ok(synchronous === "full" || synchronous === "extra")
    assert.equal(trouble, undefined)
    assert.ok(databaseBytes > 0)
  }),
]
