import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { test } from "node:test"
import { runChild, shell } from "../store/testing/run-child.ts"
import { TemporaryFolder } from "../store/testing/open-store.ts"
import { MediaFolder } from "./media-folder.ts"

const BYTES = Buffer.from("the bytes of a file")
const HASH = createHash("sha256").update(BYTES).digest("hex")

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

test("files are named by their hash, and no other user of the machine can read them", async () => {
  using folder = new TemporaryFolder()
  const path = folder.file("gateway.db.media")
  const media = new MediaFolder(path)
  assert.equal(existsSync(path), false)
  await using draft = await media.draft(once(BYTES), 100)
  assert.equal(draft.sha256, HASH)
  await media.keep(draft)
  assert.deepEqual(readdirSync(path), [HASH])
  assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.equal(statSync(join(path, HASH)).mode & 0o777, 0o600)
})

test("an upload that breaks off, and a draft that is discarded, leave no file", async () => {
  using folder = new TemporaryFolder()
  const path = folder.file("media")
  const media = new MediaFolder(path)
  const broken = async function* () {
    yield BYTES
    throw new Error("the line was cut")
  }
  await assert.rejects(media.draft(broken(), 100), /the line was cut/)
  await (await media.draft(once(BYTES), 100))[Symbol.asyncDispose]()
  await (await media.draft(once(BYTES), 3))[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(path), [])
})

test("a file whose length has changed counts as missing, and handing it in again repairs it", async () => {
  using folder = new TemporaryFolder()
  const path = folder.file("media")
  const media = new MediaFolder(path)
  mkdirSync(path)
  writeFileSync(join(path, HASH), "the by")
  assert.equal(await media.open(HASH, BYTES.length), undefined)
  await using draft = await media.draft(once(BYTES), 100)
  await media.keep(draft)
  const mended = (await media.open(HASH, BYTES.length)) ?? assert.fail()
  assert.deepEqual(Buffer.from(await mended.arrayBuffer()), BYTES)
})

test("a file whose bytes were damaged on the disk is repaired by handing it in again", async () => {
  using folder = new TemporaryFolder()
  const path = folder.file("media")
  const media = new MediaFolder(path)
  mkdirSync(path)
  writeFileSync(join(path, HASH), Buffer.from(BYTES).fill(0, 4, 8))
  await using draft = await media.draft(once(BYTES), 100)
  await media.keep(draft)
  const mended = (await media.open(HASH, BYTES.length)) ?? assert.fail()
  assert.deepEqual(Buffer.from(await mended.arrayBuffer()), BYTES)
  assert.deepEqual(readdirSync(path), [HASH])
})

test("a sweep removes leftovers, and needs no folder", async () => {
  using folder = new TemporaryFolder()
  const path = folder.file("media")
  const media = new MediaFolder(path)
  await media.sweep(() => true)
  assert.equal(existsSync(path), false)
  await media.keep(await media.draft(once(BYTES), 100))
  await media.draft(once(Buffer.from("another")), 100)
  assert.equal(readdirSync(path).length, 2)
  await media.sweep((name) => name === HASH)
  assert.deepEqual(readdirSync(path), [HASH])
})

// proves row 26: paths in names
test("nothing but a hash is ever a path", async () => {
  using folder = new TemporaryFolder()
  const media = new MediaFolder(folder.file("media"))
  for (const name of ["../gateway.db", "/etc/passwd", "", HASH.slice(1), `${HASH}\0`]) {
    await assert.rejects(media.open(name, 1), /not a hash/)
  }
})

test(
  "a disk without space for the file: storage_full, and nothing half kept",
  { skip: process.platform === "win32" && "Windows limits the size of no files" },
  async () => {
    using folder = new TemporaryFolder()
    const under = shell('ulimit -f 256; trap "" XFSZ; exec "$@"')
    const printed = await runChild("keep-large-file.ts", [folder.file()], under)
    assert.deepEqual(printed, { code: "storage_full", files: [] })
  },
)
