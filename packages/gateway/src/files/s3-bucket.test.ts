import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import { test } from "node:test"
import { httpAnswer, startRawServer } from "../../../sdk/src/testing/raw-server.ts"
import { makeTestCertificate } from "../../../sdk/src/testing/test-certificate.ts"
import { BucketError } from "./bucket.ts"
import type { BucketTrouble } from "./bucket.ts"
import { S3Bucket } from "./s3-bucket.ts"
import { newBucket, noCeph } from "./testing/object-server.ts"

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

for (const { server, which, skip } of [
  { server: "ceph", which: "Ceph's gateway", skip: noCeph },
  { server: "own", which: "the tests' own server", skip: false },
] as const) {
  test(`${which}: what is put comes back byte for byte, is listed with its size, and goes`, { skip }, async () => {
    await using under = await newBucket({}, server)
    const { bucket } = under
    const bytes = randomBytes(3 * 1024 * 1024 + 7)
    await bucket.put("a", new Blob([bytes]), digest(bytes))
    await bucket.put("b", new Blob(["x"]), digest(Buffer.from("x")))
    assert.ok(bytes.equals((await bucket.get("a", bytes.length)) ?? Buffer.alloc(0)))
    assert.deepEqual([await bucket.sizeOf("a"), await bucket.sizeOf("none")], [bytes.length, undefined])
    const listed = []
    for await (const objects of bucket.list()) listed.push(...objects)
    assert.deepEqual(listed, [
      { key: "a", sizeBytes: bytes.length },
      { key: "b", sizeBytes: 1 },
    ])
    await bucket.delete("a")
    await bucket.delete("a")
    assert.equal(await bucket.get("a", 1), undefined)
  })

  test(
    `${which}: what arrives as anything else than its digest says is refused, and is not there`,
    { skip },
    async () => {
      await using under = await newBucket({}, server)
      await assert.rejects(under.bucket.put("a", new Blob(["x"]), digest(Buffer.from("y"))), BucketError)
      assert.equal(await under.bucket.get("a", 1), undefined)
    },
  )

  test(`${which}: an object that is longer than it should be is not read to its end`, { skip }, async () => {
    await using under = await newBucket({}, server)
    const bytes = randomBytes(4 * 1024 * 1024)
    await under.bucket.put("a", new Blob([bytes]), digest(bytes))
    const read = await under.bucket.get("a", 10)
    assert.ok(read !== undefined && read.length > 10 && read.length < bytes.length)
  })

  test(`${which}: each thing that can be wrong with a bucket is distinguished`, { skip }, async () => {
    await using under = await newBucket({}, server)
    const { files, way } = under
    const credentials = { accessKeyId: files.credentials?.accessKeyId ?? "", secretAccessKey: "another" }
    const rows: readonly [BucketTrouble, Partial<typeof files>][] = [
      ["no_bucket", { bucket: "no-such-bucket" }],
      ["wrong_credentials", { credentials }],
      ["wrong_credentials", { credentials: { ...credentials, accessKeyId: "UNKNOWN" } }],
      ["unreachable", { endpoint: "http://127.0.0.1:9" }],
    ]
    for (const [trouble, changes] of rows) {
      const bucket = new S3Bucket({ ...files, ...changes })
      await assert.rejects(bucket.get("a", 1), { name: "BucketError", trouble })
      await assert.rejects(bucket.put("a", new Blob(["x"]), digest(Buffer.from("x"))), { name: "BucketError", trouble })
      bucket.close()
    }
    const bucket = new S3Bucket(files)
    way.turn("cut")
    await assert.rejects(bucket.get("a", 1), { trouble: "unreachable" })
    way.turn("open")
    assert.equal(await bucket.get("a", 1), undefined)
    bucket.close()
  })
}

test("a store that does not answer is not waited for beyond its time", { timeout: 60_000 }, async () => {
  await using under = await newBucket()
  const bucket = new S3Bucket(under.files)
  under.way.turn("silent")
  await assert.rejects(bucket.sizeOf("a"), { trouble: "unreachable" })
  bucket.close()
})

// proves 28.D7: TLS to others
test("D7: nothing goes to a store whose certificate is not trusted, whatever the environment says", async (t) => {
  t.mock.method(process, "emitWarning", () => undefined)
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0"
  t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"])
  await using server = await startRawServer({
    tls: await makeTestCertificate(),
    onRequest: (socket) => socket.write(httpAnswer("", "404 Not Found")),
  })
  const bucket = new S3Bucket({
    bucket: "files",
    prefix: "",
    endpoint: `https://127.0.0.1:${server.port}`,
    region: "us-east-1",
    pathStyle: true,
    credentials: { accessKeyId: "AKIAOFTHETESTS", secretAccessKey: "a-secret-of-the-tests" },
    inDatabaseBytes: 0,
  })
  await assert.rejects(bucket.sizeOf("a"), { name: "BucketError", trouble: "other", message: /self-signed/ })
  assert.deepEqual(server.requests, [])
  bucket.close()
})
