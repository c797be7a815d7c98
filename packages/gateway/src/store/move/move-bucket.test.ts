import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import { suite, test } from "node:test"
import { sql } from "kysely"
import { BucketError } from "../../files/bucket.ts"
import { newBucket } from "../../files/testing/object-server.ts"
import type { MediaStore } from "../../model/ports/media.ts"
import type { Stores } from "../../model/ports/stores.ts"
import { connect } from "../postgres/connection.ts"
import { newDatabase } from "../postgres/testing/cluster.ts"
import { filesIn, openNode } from "../postgres/testing/open-store.ts"
import { NOON, WHOLE_TRAIL } from "../testing/build.ts"
import { MASTER_KEY, open, TemporaryFolder } from "../testing/open-store.ts"
import { PostgresSide } from "./postgres-side.ts"
import { moveDatabase } from "./move-database.ts"
import type { MoveOptions } from "./move-database.ts"

const move = (options: Pick<MoveOptions, "from" | "to" | "files"> & Partial<MoveOptions>) =>
  moveDatabase({
    masterKey: MASTER_KEY,
    now: NOON,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  })

const FILES = [randomBytes(500), randomBytes(2_500_000), randomBytes(1_200_000)]

async function keepAll(media: MediaStore): Promise<void> {
  for (const [n, bytes] of FILES.entries()) {
    const pieces = async function* () {
      yield bytes
    }
    await using draft = await media.receive(pieces(), 20e6)
    await media.keep(draft, {
      id: `med_${n}`,
      type: "file",
      filename: `${n}.bin`,
      keyId: "key_1",
      apps: "all",
      at: NOON,
    })
  }
}

async function checkAll({ media }: Stores): Promise<void> {
  for (const [n, bytes] of FILES.entries()) {
    const blob = (await media.open((await media.get(`med_${n}`)) ?? assert.fail())) ?? assert.fail()
    assert.ok(bytes.equals(Buffer.from(await blob.arrayBuffer())), `file ${n}`)
  }
}

/** Sweeps after all uploads that were under way have ended. */
async function sweep(url: string, { upkeep }: Stores): Promise<void> {
  const db = connect({ url, maxConnections: 1, onLost: () => undefined })
  await sql`update wecom_push.stray_objects set due_at = 0`.execute(db)
  await db.destroy()
  const cutoffs = { now: NOON, finishedBefore: 0, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 100 }
  await upkeep.prune(cutoffs)
}

suite("a move with a bucket", () => {
  test("carries files into the bucket and out of it, and compares them", async () => {
    using folder = new TemporaryFolder()
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const { files } = bucket
    const [first, second] = [folder.file("first.db"), folder.file("second.db")]
    const postgres = { kind: "postgres", url: database.url } as const
    {
      await using stores = (await open(first)).stores
      await keepAll(stores.media)
    }
    const there = await move({ from: { kind: "sqlite", file: first }, to: postgres, files })
    const { rows, digests } = there.counts.find(({ name }) => name === "files") ?? assert.fail()
    assert.deepEqual([rows, digests[0]], [[3, 3], digests[1]])
    assert.equal((await bucket.objects()).length, 2)
    {
      await using stores = (await openNode(database.url, { files: filesIn(bucket) })).stores
      await checkAll(stores)
    }
    await assert.rejects(move({ from: postgres, to: { kind: "sqlite", file: second }, files: undefined }), {
      code: "files_elsewhere",
    })
    await move({ from: postgres, to: { kind: "sqlite", file: second }, files })
    await using stores = (await open(second)).stores
    await checkAll(stores)
  })

  // proves 13.L6: files in a bucket
  test("that was cut off continues, and leaves no orphaned object", async () => {
    using folder = new TemporaryFolder()
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const { files } = bucket
    const from = { kind: "sqlite", file: folder.file() } as const
    const to = { kind: "postgres", url: database.url } as const
    {
      await using stores = (await open(from.file)).stores
      await keepAll(stores.media)
    }
    // Stops the move in the middle of the files, and then while it uses the bucket.
    const stop = new AbortController()
    const onProgress: MoveOptions["onProgress"] = ({ table, rows }) => {
      if (table === "files" && rows === 2) stop.abort()
    }
    await assert.rejects(move({ from, to, files, signal: stop.signal, onProgress }), { name: "AbortError" })
    bucket.way.turn("cut")
    await assert.rejects(move({ from, to, files }), { code: "files_unreachable" })
    bucket.way.turn("open")
    await move({ from, to, files })
    await using stores = (await openNode(database.url, { files: filesIn(bucket) })).stores
    await checkAll(stores)
    await sweep(database.url, stores)
    assert.equal((await bucket.objects()).length, 2)
    await checkAll(stores)
  })

  test("that dies after an object or after its record leaves no orphaned one", async () => {
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const [data = Buffer.alloc(0)] = FILES
    const sha256 = createHash("sha256").update(data).digest("hex")
    const file = { sha256, bytes: data.byteLength }
    await (await openNode(database.url, { files: filesIn(bucket) })).stores[Symbol.asyncDispose]()
    const files = filesIn(bucket, { inDatabaseBytes: 0 })
    {
      await using side = await PostgresSide.open(database.url, files)
      const put = files.bucket.put.bind(files.bucket)
      files.bucket.put = async (...of) => {
        await put(...of)
        throw new BucketError("unreachable", "the answer was lost")
      }
      await assert.rejects(side.writeFile(file, data), { code: "files_unreachable" })
      files.bucket.put = put
      // The move had not stored its progress after the first file.
      await side.writeFile(file, data)
      await side.writeFile(file, data)
      assert.equal((await bucket.objects()).length, 3)
      assert.ok(data.equals((await side.readFile(file)) ?? Buffer.alloc(0)))
    }
    await using stores = (await openNode(database.url, { files: filesIn(bucket) })).stores
    await sweep(database.url, stores)
    assert.equal((await bucket.objects()).length, 1)
    const blob = (await stores.media.open({ sha256, sizeBytes: data.byteLength })) ?? assert.fail()
    assert.ok(data.equals(Buffer.from(await blob.arrayBuffer())))
  })

  test("takes an object that has been changed for a file that is gone, and carries no other bytes", async () => {
    using folder = new TemporaryFolder()
    await using database = await newDatabase()
    await using bucket = await newBucket()
    {
      await using stores = (await openNode(database.url, { files: filesIn(bucket) })).stores
      await keepAll(stores.media)
    }
    const [key = ""] = await bucket.objects()
    const size = (await bucket.bucket.sizeOf(key)) ?? assert.fail()
    const other = new Blob([randomBytes(size)])
    const digest = createHash("sha256")
      .update(Buffer.from(await other.arrayBuffer()))
      .digest("hex")
    await bucket.bucket.put(key, other, digest)
    const to = { kind: "sqlite", file: folder.file() } as const
    const { counts } = await move({ from: { kind: "postgres", url: database.url }, to, files: bucket.files })
    assert.deepEqual(counts.find(({ name }) => name === "files")?.rows, [2, 2])
  })
})
