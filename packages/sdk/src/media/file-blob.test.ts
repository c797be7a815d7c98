import assert from "node:assert/strict"
import { appendFile, rename, rm, truncate, writeFile } from "node:fs/promises"
import { test } from "node:test"
import { chunksIn } from "../blob-chunks.ts"
import { aFolder } from "../testing/a-folder.ts"
import { openFileBlob } from "./file-blob.ts"

const BYTES = Buffer.from(Array.from({ length: 700_000 }, (_, index) => index % 251))

async function bytesIn(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const chunk of chunks) pieces.push(chunk)
  return Buffer.concat(pieces)
}

test("gives the bytes of the file, whichever way they are read, as often as it takes", async () => {
  await using folder = await aFolder()
  for (const bytes of [BYTES, BYTES.subarray(0, 256 * 1024), Buffer.alloc(0)]) {
    const blob = await openFileBlob(await folder.file("a", bytes))
    assert.equal(blob.size, bytes.length)
    for (let time = 0; time < 2; time++) assert.deepEqual(await bytesIn(chunksIn(blob)), bytes)
    assert.deepEqual(Buffer.from(await blob.arrayBuffer()), bytes)
  }
})

const changes: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "grew longer": (path) => appendFile(path, "more"),
  "grew shorter": (path) => truncate(path, 10),
  "was written anew": (path) => writeFile(path, BYTES.toReversed()),
  "was removed": (path) => rm(path),
  "became another file of the same size": async (path) => {
    await writeFile(`${path}.new`, BYTES)
    await rename(`${path}.new`, path)
  },
}

for (const [what, change] of Object.entries(changes)) {
  test(`a file that ${what} can no longer be read`, async () => {
    await using folder = await aFolder()
    const path = await folder.file("a", BYTES)
    const blob = await openFileBlob(path)
    await change(path)
    await assert.rejects(bytesIn(chunksIn(blob)), { name: "NotReadableError" })
  })
}

test("a file that changes in the middle of reading is not read to its end", async () => {
  await using folder = await aFolder()
  const path = await folder.file("a", BYTES)
  const chunks = chunksIn(await openFileBlob(path))[Symbol.asyncIterator]()
  assert.equal((await chunks.next()).done, false)
  await appendFile(path, "more")
  await assert.rejects(
    async () => {
      while ((await chunks.next()).done !== true);
    },
    { name: "NotReadableError" },
  )
})
