import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { newBucket } from "../../files/testing/object-server.ts"
import type { MediaStore } from "../../model/ports/media.ts"
import { S3Bucket } from "../../files/s3-bucket.ts"
import { NOON } from "../testing/build.ts"
import { MASTER_KEY } from "../testing/open-store.ts"
import { examinePostgres } from "./examine.ts"
import type { BucketFiles } from "./file-objects.ts"
import { newDatabase } from "./testing/cluster.ts"
import { filesIn, openNode } from "./testing/open-store.ts"

async function keep(media: MediaStore, bytes: Uint8Array, id: string): Promise<void> {
  const pieces = async function* () {
    yield bytes
  }
  await using draft = await media.receive(pieces(), 1e6)
  await media.keep(draft, { id, type: "file", filename: "a.bin", keyId: "key_1", apps: "all", at: NOON })
}

/** The doctor's finding about the bucket. */
async function findingOf(url: string, files: BucketFiles | undefined): Promise<string> {
  for await (const { step, state, detail, hint } of examinePostgres({
    url,
    files,
    masterKey: MASTER_KEY,
    maxConnections: 2,
  })) {
    if (step === "files") return `${state}: ${detail.en} ${hint?.en ?? ""}`
  }
  return "none"
}

suite("at the start", () => {
  test("a store that does not answer is waited for, and named when it does not come", async () => {
    await using database = await newDatabase()
    await using bucket = await newBucket()
    bucket.way.turn("cut")
    const refused = { code: "files_unreachable", message: /s3:\/\/files-\w+\/media at http.*WECOM_PUSH_FILES_ENDPOINT/ }
    await assert.rejects(openNode(database.url, { files: filesIn(bucket) }), refused)
    const waits: string[] = []
    const opening = openNode(database.url, {
      files: filesIn(bucket),
      waitMs: 30_000,
      onWaitingForBucket: (why) => waits.push(why),
    })
    while (waits.length === 0) await sleep(10)
    bucket.way.turn("open")
    await using stores = (await opening).stores
    await keep(stores.media, randomBytes(10), "med_1")
  })

  test("an error that waiting does not correct is refused at once, with a hint", async () => {
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const { files } = bucket
    const wrong = { accessKeyId: files.credentials?.accessKeyId ?? "", secretAccessKey: "another" }
    for (const [changes, message] of [
      [{ credentials: wrong }, /does not accept these credentials.*SignatureDoesNotMatch.*AWS_SECRET_ACCESS_KEY/],
      [{ bucket: "no-such-bucket" }, /no-such-bucket\S* at \S+ does not exist.*WECOM_PUSH_FILES_URL/],
    ] as const) {
      const opening = openNode(database.url, {
        files: { bucket: new S3Bucket({ ...files, ...changes }), inDatabaseBytes: 0 },
        waitMs: 60_000,
      })
      await assert.rejects(opening, (error: Error) => {
        assert.match(error.message, message)
        assert.ok("code" in error && error.code === "files_refused")
        assert.doesNotMatch(error.message, /a-secret-of-the-tests|another(?! )/)
        return true
      })
    }
  })

  test("without the bucket that has files, or with another one, no gateway starts; with none in it, any will do", async () => {
    await using database = await newDatabase()
    await using bucket = await newBucket()
    await using other = await newBucket()
    const inBucket = { files: filesIn(bucket, { inDatabaseBytes: 0 }) }
    await (await openNode(database.url, { files: filesIn(other) })).stores[Symbol.asyncDispose]()
    {
      await using stores = (await openNode(database.url, inBucket)).stores
      await keep(stores.media, randomBytes(10), "med_1")
    }
    const elsewhere = { code: "files_elsewhere" }
    await assert.rejects(openNode(database.url), elsewhere)
    await using third = await newBucket()
    await assert.rejects(openNode(database.url, { files: filesIn(third) }), elsewhere)
    await using again = (await openNode(database.url, { files: filesIn(bucket) })).stores
    assert.notEqual(await again.media.get("med_1"), undefined)
  })

  // proves 13.L6: files in a bucket
  test("after a restore the number of missing files is reported, and handed in again they are there", async () => {
    await using database = await newDatabase()
    await using bucket = await newBucket()
    const files = [randomBytes(1000), randomBytes(1000), randomBytes(1000)]
    {
      const { stores, lostFiles } = await openNode(database.url, { files: filesIn(bucket, { inDatabaseBytes: 0 }) })
      assert.equal(lostFiles, 0)
      for (const [n, bytes] of files.entries()) await keep(stores.media, bytes, `med_${n}`)
      await stores[Symbol.asyncDispose]()
    }
    const [first = "", second = ""] = await bucket.objects()
    await bucket.bucket.delete(first)
    await bucket.bucket.delete(second)
    await using other = await newBucket()
    for (const [where, lost] of [
      [bucket, 2],
      [other, 3],
    ] as const) {
      const restored = await openNode(database.url, {
        files: filesIn(where, { inDatabaseBytes: 0 }),
        afterRestore: true,
      })
      assert.equal(restored.lostFiles, lost)
      await restored.stores[Symbol.asyncDispose]()
    }
    await using stores = (await openNode(database.url, { files: filesIn(other, { inDatabaseBytes: 0 }) })).stores
    for (const [n, bytes] of files.entries()) {
      await keep(stores.media, bytes, `med_${n}`)
      const medium = (await stores.media.get(`med_${n}`)) ?? assert.fail()
      const blob = (await stores.media.open(medium)) ?? assert.fail()
      assert.ok(bytes.equals(Buffer.from(await blob.arrayBuffer())))
    }
    assert.equal((await other.objects()).length, 3)
  })
})

test("the doctor writes, reads and deletes in the bucket, leaves nothing, and tells what is wrong", async () => {
  await using database = await newDatabase()
  await using bucket = await newBucket()
  const files = filesIn(bucket, { inDatabaseBytes: 0 })
  assert.match(await findingOf(database.url, files), /^ok: an object was written, read and deleted in s3:/)
  assert.deepEqual(await bucket.objects(), [])
  {
    await using stores = (await openNode(database.url, { files: filesIn(bucket, { inDatabaseBytes: 0 }) })).stores
    await keep(stores.media, randomBytes(10), "med_1")
  }
  assert.match(await findingOf(database.url, files), /^ok/)
  assert.equal((await bucket.objects()).length, 1)
  assert.match(await findingOf(database.url, undefined), /^failed: Files of .* are in a bucket.*WECOM_PUSH_FILES_URL/)
  await using other = await newBucket()
  assert.match(await findingOf(database.url, filesIn(other)), /^failed: .* is not where the files of/)
  bucket.way.turn("cut")
  assert.match(await findingOf(database.url, files), /^failed: .*cannot be reached.*WECOM_PUSH_FILES_ENDPOINT/)
  files.bucket.close()
})
