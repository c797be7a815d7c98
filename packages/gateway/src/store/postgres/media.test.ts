import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { test } from "node:test"
import { sql } from "kysely"
import type { MediaStore, NewMedium } from "../../model/ports/media.ts"
import { NOON, WHOLE_TRAIL } from "../testing/build.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"

const MIB = 1024 * 1024
const medium: NewMedium = { id: "med_1", type: "file", filename: "a.bin", keyId: "key_1", apps: ["alerts"], at: NOON }
const cutoffs = { now: NOON, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 100 }

async function keep(
  media: MediaStore,
  bytes: Uint8Array,
  changes: Partial<NewMedium> = {},
): ReturnType<MediaStore["keep"]> {
  await using draft = await media.receive(inPieces(bytes), 20 * MIB)
  return await media.keep(draft, { ...medium, ...changes })
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

async function bytesOf(media: MediaStore, id: string): Promise<Buffer | undefined> {
  const found = await media.get(id)
  const blob = found && (await media.open(found))
  return blob && Buffer.from(await blob.arrayBuffer())
}

async function countPieces({ database }: TwoNodes): Promise<number | undefined> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from wecom_push.file_pieces`.execute(database)
  return rows[0]?.count
}

test("a file that two nodes get at once is stored once, whole, and both have it", async () => {
  await using nodes = await openTwoNodes()
  const bytes = randomBytes(2.5 * MIB)
  const kept = await Promise.all(nodes.both.map(({ media }) => keep(media, bytes)))
  assert.deepEqual(kept.toSorted(), ["known", "stored"])
  assert.equal(await countPieces(nodes), 3)
  for (const { media } of nodes.both) assert.ok((await bytesOf(media, "med_1"))?.equals(bytes))
})

// proves 28.D9: files of other keys
test("D9: another client's file is written once more, and discarded: the time does not show that it was there", async () => {
  await using nodes = await openTwoNodes()
  const bytes = randomBytes(2.5 * MIB)
  const written = async (id: string): Promise<number> => {
    const before = await walPosition(nodes)
    await keep(nodes.one.media, bytes, { id })
    return (await walPosition(nodes)) - before
  }
  assert.ok((await written("med_1")) > bytes.length)
  assert.ok((await written("med_of_another")) > bytes.length)
  assert.equal(await countPieces(nodes), 3)
  // Others write into the log of the server meanwhile.
  let least = Infinity
  for (let tries = 0; tries < 10 && least > bytes.length; tries++)
    least = Math.min(least, await written("med_of_another"))
  assert.ok(least < bytes.length, "what is one's own is not written again")
  assert.ok((await bytesOf(nodes.two.media, "med_of_another"))?.equals(bytes))
})

/** In bytes since the beginning of the database's log. */
async function walPosition({ database }: TwoNodes): Promise<number> {
  const at = sql`pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::text`
  const { rows } = await sql<{ at: string }>`select ${at} as at`.execute(database)
  return Number(rows[0]?.at)
}

test("a file of a whole number of pieces has no empty one", async () => {
  await using nodes = await openTwoNodes()
  const bytes = randomBytes(2 * MIB)
  await keep(nodes.one.media, bytes)
  assert.equal(await countPieces(nodes), 2)
  assert.ok((await bytesOf(nodes.two.media, "med_1"))?.equals(bytes))
})

test("a file that one node deletes while another gets it again is whole or gone", async () => {
  await using nodes = await openTwoNodes()
  for (let n = 0; n < 10; n++) {
    const bytes = randomBytes(1.5 * MIB)
    await keep(nodes.one.media, bytes, { id: `old_${n}` })
    const twin = `new_${n}`
    await Promise.all([
      nodes.one.upkeep.prune({ ...cutoffs, finishedBefore: NOON + 1 }),
      keep(nodes.two.media, bytes, { id: twin, at: NOON + 2 }),
      keep(nodes.two.media, bytes, { id: `old_${n}`, at: NOON + 2 }),
    ])
    for (const id of [twin, `old_${n}`]) assert.ok((await bytesOf(nodes.two.media, id))?.equals(bytes))
  }
  while ((await nodes.one.upkeep.prune({ ...cutoffs, finishedBefore: NOON + 3 })).more);
  assert.equal(await countPieces(nodes), 0)
})

test("a file whose record cannot be written leaves no bytes", async () => {
  await using nodes = await openTwoNodes()
  await assert.rejects(keep(nodes.one.media, randomBytes(MIB), { filename: "\0" }))
  assert.equal(await countPieces(nodes), 0)
})

test("old media are deleted, except those that a message names", async () => {
  await using nodes = await openTwoNodes()
  await keep(nodes.one.media, randomBytes(10))
  await keep(nodes.one.media, randomBytes(10), { id: "med_2" })
  await sql`insert into wecom_push.media_uses (message, medium) values (1, 'med_1')`.execute(nodes.database)
  await nodes.two.upkeep.prune({ ...cutoffs, finishedBefore: NOON + 1 })
  const found = await nodes.one.media.find(["med_1", "med_2"], "all")
  assert.deepEqual(
    found.map(({ id }) => id),
    ["med_1"],
  )
})
