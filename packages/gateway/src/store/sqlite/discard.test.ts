import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { acceptAll, chunksOf, NOON, updateOf, WHOLE_TRAIL } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { integer } from "../row.ts"

const cutoffs = { now: NOON, finishedBefore: NOON + 1, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 20 }

function countsOf(file: string): Record<"messages" | "chunks" | "staging", number> {
  using db = new DatabaseSync(file, { readOnly: true })
  const count = (table: string): number => integer(db.prepare(`select count(*) as n from ${table}`).get() ?? {}, "n")
  return { messages: count("messages"), chunks: count("chunks"), staging: count("staging") }
}

// proves 12.R14: long histories
test("deleting that is cut short by a stop leaves nothing behind: the next start sweeps what was on its way", async () => {
  using folder = new TemporaryFolder()
  const file = folder.file()
  const ids = Array.from({ length: 20 }, (_, n) => `msg_${n}`)
  {
    const { stores } = await open(file)
    await using _ = stores
    const to = ["a", "b", "c", "d", "e"]
    await acceptAll(stores.outbox, ids, { to, chunks: chunksOf(to) })
    const updates = [0, 1].map((chunk) => updateOf("failed", { chunk, slots: "all" }))
    for (const messageId of ids) await stores.outbox.update({ messageId, at: NOON, updates })
    const stopping = new AbortController()
    const pruning = stores.upkeep.prune({ ...cutoffs, signal: stopping.signal })
    // Its first slice is under way.
    stopping.abort(new Error("stopped"))
    await assert.rejects(pruning, /stopped/)
  }
  const { messages, staging } = countsOf(file)
  assert.ok(messages < 20 && staging === 20 - messages, `${messages} messages, ${staging} staged`)
  const { stores } = await open(file)
  await stores[Symbol.asyncDispose]()
  assert.deepEqual(countsOf(file), { messages, chunks: 2 * messages, staging: 0 })
})

// proves 12.R14: long histories
test("a message that is opened again while old ones are deleted stays", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await using _ = stores
  const ids = Array.from({ length: 20 }, (_, n) => `msg_${n}`)
  await acceptAll(stores.outbox, ids)
  for (const messageId of ids) await stores.outbox.update({ messageId, at: NOON, updates: [updateOf("failed")] })
  const pruning = stores.upkeep.prune(cutoffs)
  // Its first slice, of four, is under way.
  await stores.outbox.update({
    messageId: "msg_19",
    at: NOON + 1,
    updates: [updateOf("pending", { slots: "all", from: ["failed"] })],
  })
  assert.equal((await pruning).messages, 19)
  const { items } = await stores.reader.messages({ apps: "all", now: NOON, limit: 99 })
  assert.deepEqual(
    items.map(({ id }) => id),
    ["msg_19"],
  )
})
