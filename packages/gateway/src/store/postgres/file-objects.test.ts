import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { createHash, randomBytes } from "node:crypto"
import { join } from "node:path"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { sql } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import type { FilesConfig } from "../../files/files-config.ts"
import type { Bucket } from "../../files/bucket.ts"
import { S3Bucket } from "../../files/s3-bucket.ts"
import { newBucket } from "../../files/testing/object-server.ts"
import type { TestBucket } from "../../files/testing/object-server.ts"
import type { MediaStore, NewMedium } from "../../model/ports/media.ts"
import type { Stores } from "../../model/ports/stores.ts"
import { NOON, WHOLE_TRAIL } from "../testing/build.ts"
import type { BucketFiles } from "./file-objects.ts"
import { filesIn, openNode } from "./testing/open-store.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"

const LIMIT = 1000
const LARGE = LIMIT + 1
const medium: NewMedium = {
  id: "med_1",
  type: "file",
  filename: "secret plans.pdf",
  keyId: "key_1",
  apps: ["alerts"],
  at: NOON,
}
const cutoffs = { now: NOON, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL, limit: 100 }

interface World extends TwoNodes {
  readonly bucket: TestBucket
}

/** Two nodes that share a bucket. */
async function open(changes: Partial<BucketFiles> = {}): Promise<World> {
  await using resources = new AsyncDisposableStack()
  const bucket = resources.use(await newBucket())
  const nodes = resources.use(
    await openTwoNodes(undefined, () => ({ files: filesIn(bucket, { inDatabaseBytes: LIMIT, ...changes }) })),
  )
  const kept = resources.move()
  return { ...nodes, bucket, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function keep(
  media: MediaStore,
  bytes: Uint8Array,
  changes: Partial<NewMedium> = {},
): ReturnType<MediaStore["keep"]> {
  const pieces = async function* () {
    yield bytes
  }
  await using draft = await media.receive(pieces(), 20 * 1024 * 1024)
  return await media.keep(draft, { ...medium, ...changes })
}

async function bytesOf(media: MediaStore, id = "med_1"): Promise<Buffer | undefined> {
  const found = await media.get(id)
  const blob = found && (await media.open(found))
  return blob && Buffer.from(await blob.arrayBuffer())
}

/** Prunes while no message names a file: all files that were handed in before are deleted. */
const pruneAll = (stores: Stores, before = NOON + 1): Promise<unknown> =>
  stores.upkeep.prune({ ...cutoffs, finishedBefore: before })

const strays = async ({ database }: TwoNodes): Promise<readonly { key: string; deleting: boolean }[]> =>
  (await sql<{ key: string; deleting: boolean }>`select key, deleting from wecom_push.stray_objects`.execute(database))
    .rows

/** Makes uploads that were recorded count as ended. */
const timePasses = ({ database }: TwoNodes): Promise<unknown> =>
  sql`update wecom_push.stray_objects set due_at = 0`.execute(database)

suite("files in a bucket", () => {
  test("a file over the limit is in the bucket, and a smaller one in the database; both nodes have both", async () => {
    await using world = await open()
    const [small, large] = [randomBytes(LIMIT), randomBytes(2.5 * 1024 * 1024)]
    assert.equal(await keep(world.one.media, small), "stored")
    assert.deepEqual(await world.bucket.objects(), [])
    assert.equal(await keep(world.one.media, large, { id: "med_2" }), "stored")
    const [key = "", ...others] = await world.bucket.objects()
    assert.deepEqual(others, [])
    assert.ok(large.equals((await world.bucket.bucket.get(key, large.length)) ?? Buffer.alloc(0)))
    for (const { media } of world.both) {
      assert.ok((await bytesOf(media))?.equals(small))
      assert.ok((await bytesOf(media, "med_2"))?.equals(large))
    }
    const { rows } = await sql<{ count: number }>`select count(*) as count from wecom_push.file_pieces`.execute(
      world.database,
    )
    assert.equal(rows[0]?.count, 1)
    assert.deepEqual(await strays(world), [])
  })

  test("a key cannot be guessed from the file, and differs each time", async () => {
    await using world = await open()
    const bytes = randomBytes(LARGE)
    await keep(world.one.media, bytes)
    const [first = ""] = await world.bucket.objects()
    await pruneAll(world.one)
    await keep(world.one.media, bytes)
    const [second = ""] = await world.bucket.objects()
    assert.match(first, /^[0-9a-f]{40}$/)
    assert.notEqual(first, second)
    for (const algorithm of ["sha256", "sha1", "md5"]) {
      const digest = createHash(algorithm).update(bytes).digest("hex")
      assert.ok(!digest.startsWith(first) && !first.startsWith(digest))
    }
  })

  // proves 28.D9: files of other keys
  test("D9: another client's file is uploaded once more, and discarded: the time does not show that it was there", async () => {
    await using bucket = await newBucket()
    const inner = new S3Bucket(bucket.files)
    const puts: string[] = []
    const watched = changed(inner, {
      async put(key, content, sha256) {
        if (!key.startsWith("database-")) puts.push(key)
        await inner.put(key, content, sha256)
      },
    })
    await using nodes = await openTwoNodes(undefined, () => ({
      files: filesIn(bucket, { bucket: watched, inDatabaseBytes: LIMIT }),
    }))
    const bytes = randomBytes(LARGE)
    assert.equal(await keep(nodes.one.media, bytes), "stored")
    assert.equal(await keep(nodes.one.media, bytes, { id: "med_of_another" }), "stored")
    assert.equal(puts.length, 2)
    assert.equal(await keep(nodes.one.media, bytes, { id: "med_of_another" }), "known")
    assert.equal(puts.length, 2)
    await pruneAll(nodes.two, NOON)
    assert.deepEqual(await bucket.objects(), puts.slice(0, 1))
    assert.ok((await bytesOf(nodes.two.media, "med_of_another"))?.equals(bytes))
  })

  test("a file that two nodes get at once is whole at both, and the later object is deleted", async () => {
    await using world = await open()
    const bytes = randomBytes(LARGE)
    const kept = await Promise.all(world.both.map(({ media }) => keep(media, bytes)))
    assert.deepEqual(kept.toSorted(), ["known", "stored"])
    await timePasses(world)
    await pruneAll(world.two, NOON)
    assert.equal((await world.bucket.objects()).length, 1)
    assert.deepEqual(await strays(world), [])
    for (const { media } of world.both) assert.ok((await bytesOf(media))?.equals(bytes))
  })

  // proves 13.L6: files in a bucket
  test("the object is deleted after its file, also when the bucket cannot be reached at the time", async () => {
    const troubles: string[] = []
    await using world = await open({ onTrouble: ({ trouble }) => troubles.push(trouble) })
    await keep(world.one.media, randomBytes(LARGE))
    world.bucket.way.turn("cut")
    await pruneAll(world.one)
    assert.equal(await world.one.media.get("med_1"), undefined)
    assert.equal((await world.bucket.objects()).length, 1)
    assert.deepEqual(troubles, ["unreachable"])
    world.bucket.way.turn("open")
    // The object is not deleted before it is due again.
    await pruneAll(world.two)
    assert.equal((await world.bucket.objects()).length, 1)
    await timePasses(world)
    // This node has not met the outage.
    await pruneAll(world.two)
    assert.deepEqual([await world.bucket.objects(), await strays(world)], [[], []])
  })

  test("a bucket that cannot be used stores nothing, reports why, and stops nothing else", async () => {
    const troubles: string[] = []
    await using world = await open({ onTrouble: ({ trouble }) => troubles.push(trouble) })
    const large = randomBytes(LARGE)
    world.bucket.way.turn("cut")
    await assert.rejects(keep(world.one.media, large), {
      name: "StorageError",
      code: "files_unavailable",
      retryAfterSeconds: 5,
    })
    assert.equal(await world.one.media.get("med_1"), undefined)
    assert.deepEqual(troubles, ["unreachable"])
    await keep(world.one.media, randomBytes(LIMIT), { id: "med_2" })
    world.bucket.way.turn("open")
    assert.equal(await keep(world.two.media, large), "stored")
    world.bucket.way.turn("cut")
    await assert.rejects(bytesOf(world.two.media), { code: "files_unavailable" })
    assert.notEqual(await bytesOf(world.two.media, "med_2"), undefined)
  })

  test("while the bucket does not answer one caller waits for it, and the others are refused at once; then it is asked again", async () => {
    await using world = await open()
    const { media } = world.one
    for (const id of ["med_1", "med_2"]) await keep(media, randomBytes(LARGE), { id })
    world.bucket.way.turn("cut")
    await assert.rejects(bytesOf(media), { code: "files_unavailable" })
    const { turnedAway } = world.bucket.way
    for (const id of ["med_1", "med_2", "med_1"])
      await assert.rejects(bytesOf(media, id), { code: "files_unavailable" })
    assert.equal(world.bucket.way.turnedAway, turnedAway)
    world.bucket.way.turn("open")
    for (;;) {
      try {
        assert.notEqual(await bytesOf(media, "med_2"), undefined)
        break
      } catch (error) {
        assert.ok(error instanceof StorageError)
        await sleep(50)
      }
    }
    assert.notEqual(await bytesOf(media), undefined)
  })

  // proves 13.L6: files in a bucket
  test("an upload that took so long that its object is being deleted is made again", async () => {
    await using bucket = await newBucket()
    const inner = new S3Bucket(bucket.files)
    let puts = 0
    const slow = changed(inner, {
      async put(key, content, sha256) {
        await inner.put(key, content, sha256)
        if (key.startsWith("database-") || ++puts > 1) return
        await timePasses(nodes)
        await pruneAll(nodes.two, NOON)
      },
    })
    await using nodes = await openTwoNodes(undefined, () => ({
      files: filesIn(bucket, { bucket: slow, inDatabaseBytes: LIMIT }),
    }))
    const bytes = randomBytes(LARGE)
    assert.equal(await keep(nodes.one.media, bytes), "stored")
    assert.equal(puts, 2)
    assert.ok((await bytesOf(nodes.two.media))?.equals(bytes))
    assert.deepEqual(await strays(nodes), [])
  })

  test("so is an upload whose object is deleted at this very moment: it is marked before that", async () => {
    await using bucket = await newBucket()
    const inner = new S3Bucket(bucket.files)
    const [deleted, kept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let pruning: Promise<unknown> = Promise.resolve()
    let puts = 0
    const slow = changed(inner, {
      async put(key, content, sha256) {
        await inner.put(key, content, sha256)
        if (key.startsWith("database-") || ++puts > 1) return
        await timePasses(nodes)
        pruning = pruneAll(nodes.two, NOON)
        await deleted.promise
      },
      async delete(key) {
        await inner.delete(key)
        deleted.resolve()
        await kept.promise
      },
    })
    await using nodes = await openTwoNodes(undefined, () => ({
      files: filesIn(bucket, { bucket: slow, inDatabaseBytes: LIMIT }),
    }))
    const bytes = randomBytes(LARGE)
    assert.equal(await keep(nodes.one.media, bytes), "stored")
    kept.resolve()
    await pruning
    assert.ok((await bytesOf(nodes.two.media))?.equals(bytes))
    assert.equal(puts, 2)
  })

  test("a file that one node deletes while another gets it again is whole or gone", async () => {
    await using world = await open()
    for (let n = 0; n < 10; n++) {
      const bytes = randomBytes(LARGE)
      await keep(world.one.media, bytes, { id: `old_${n}` })
      await Promise.all([
        pruneAll(world.one),
        keep(world.two.media, bytes, { id: `new_${n}`, at: NOON + 2 }),
        keep(world.two.media, bytes, { id: `old_${n}`, at: NOON + 2 }),
      ])
      for (const id of [`new_${n}`, `old_${n}`]) assert.ok((await bytesOf(world.two.media, id))?.equals(bytes), id)
    }
    await timePasses(world)
    await pruneAll(world.one, NOON + 3)
    assert.deepEqual([await world.bucket.objects(), await strays(world)], [[], []])
  })

  for (const [what, spoil, expected] of [
    ["missing", (bucket: S3Bucket, key: string) => bucket.delete(key), /it is missing/],
    ["shorter", (bucket: S3Bucket, key: string) => put(bucket, key, randomBytes(5)), /it has 5 bytes instead of 1001/],
    ["longer", (bucket: S3Bucket, key: string) => put(bucket, key, randomBytes(9999)), /it has more bytes instead of/],
    ["another", (bucket: S3Bucket, key: string) => put(bucket, key, randomBytes(LARGE)), /its content has been chang/],
  ] as const) {
    test(`an object that is ${what} is named and not taken for the file, which is repaired by handing it in again`, async () => {
      await using world = await open()
      const bytes = randomBytes(LARGE)
      await keep(world.one.media, bytes)
      const [key = ""] = await world.bucket.objects()
      await spoil(world.bucket.bucket, key)
      await assert.rejects(bytesOf(world.two.media), (error: Error) => {
        assert.equal(error.name, "LostFileError")
        assert.match(error.message, expected)
        assert.ok(error.message.includes(key) && error.message.includes(world.bucket.files.bucket), error.message)
        return true
      })
      assert.equal(await keep(world.one.media, bytes), "known")
      assert.ok((await bytesOf(world.two.media))?.equals(bytes))
      await timePasses(world)
      await pruneAll(world.one, NOON)
      assert.equal((await world.bucket.objects()).length, 1)
    })
  }

  test("an object that was deleted is noticed when the file is handed in again", async () => {
    await using world = await open()
    const bytes = randomBytes(LARGE)
    await keep(world.one.media, bytes)
    const [key = ""] = await world.bucket.objects()
    await world.bucket.bucket.delete(key)
    assert.equal(await keep(world.two.media, bytes), "known")
    assert.ok((await bytesOf(world.one.media))?.equals(bytes))
  })

  test("a file from before the bucket stays where it is, and one in the bucket where the limit goes up", async () => {
    await using bucket = await newBucket()
    await using nodes = await openTwoNodes()
    const [before, after] = [randomBytes(LARGE), randomBytes(LARGE)]
    await keep(nodes.one.media, before)
    await using third = (await openNode(nodes.url, { files: filesIn(bucket, { inDatabaseBytes: LIMIT }) })).stores
    assert.equal(await keep(third.media, before), "known")
    await keep(third.media, after, { id: "med_2" })
    assert.equal((await bucket.objects()).length, 1)
    await using fourth = (await openNode(nodes.url, { files: filesIn(bucket, { inDatabaseBytes: LARGE }) })).stores
    assert.equal(await keep(fourth.media, after, { id: "med_2" }), "known")
    assert.ok((await bytesOf(fourth.media))?.equals(before))
    assert.ok((await bytesOf(fourth.media, "med_2"))?.equals(after))
    // A node that does not have the bucket yet does not report the file as lost.
    await assert.rejects(bytesOf(nodes.one.media, "med_2"), { code: "files_unavailable" })
  })

  /** How many objects there are when the process is dead and its time has passed, and whether the file is known. */
  for (const [point, objects, isKnown] of [
    ["media.uploaded", 0, false],
    ["media.before_commit", 0, false],
    ["media.after_commit", 1, true],
  ] as const) {
    test(`killed at ${point}: the file is ${isKnown ? "kept" : "gone, and so is its object after a while"}`, async () => {
      await using world = await open()
      const config: FilesConfig = { ...world.bucket.files, inDatabaseBytes: 0 }
      const script = join(import.meta.dirname, "../../files/testing/children/die-with-object.ts")
      const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
      const parameters = [...flags, script, world.url, JSON.stringify(config), point]
      // Waits without blocking: the proxy to the bucket is in this process.
      await assert.rejects(promisify(execFile)(process.execPath, parameters), { signal: "SIGKILL" })
      assert.equal((await world.one.media.get("med_1")) !== undefined, isKnown)
      assert.equal((await world.bucket.objects()).length, 1)
      // The upload might still be under way.
      await pruneAll(world.one, 0)
      assert.equal((await world.bucket.objects()).length, 1)
      await timePasses(world)
      await pruneAll(world.one, 0)
      assert.equal((await world.bucket.objects()).length, objects)
      assert.equal((await bytesOf(world.two.media))?.toString(), isKnown ? "the bytes of a file" : undefined)
    })
  }
})

function put(bucket: Bucket, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  return bucket.put(key, new Blob([bytes]), createHash("sha256").update(bytes).digest("hex"))
}

function changed(bucket: Bucket, changes: Partial<Bucket>): Bucket {
  return {
    shown: bucket.shown,
    put: (key, content, sha256) => bucket.put(key, content, sha256),
    get: (key, sizeBytes) => bucket.get(key, sizeBytes),
    sizeOf: (key) => bucket.sizeOf(key),
    delete: (key) => bucket.delete(key),
    list: () => bucket.list(),
    close: () => bucket.close(),
    ...changes,
  }
}
