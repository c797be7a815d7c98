import assert from "node:assert/strict"
import { readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { aFolder } from "../testing/a-folder.ts"
import { fileMediaStore } from "./file-media-store.ts"
import { mediaStoreContract } from "./media-store.contract.ts"
import { memoryMediaStore } from "./memory-media-store.ts"

const DAY_MS = 86_400_000

mediaStoreContract("memory", () =>
  Promise.resolve({ store: memoryMediaStore(), [Symbol.asyncDispose]: () => Promise.resolve() }),
)

mediaStoreContract("file", async () => {
  const folder = await aFolder()
  return {
    store: fileMediaStore({ directory: folder.path }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

test("the memory store lets its oldest records go once it is full", async () => {
  const store = memoryMediaStore({ maxRecords: 2 })
  for (const key of ["a", "b", "c"]) await store.set(key, { mediaId: key, uploadedAt: 0 })
  const records = await Promise.all(["a", "b", "c"].map((key) => store.get(key)))
  assert.deepEqual(
    records.map((record) => record?.mediaId),
    [undefined, "b", "c"],
  )
})

test("what one file store writes, another over the same folder reads, and only its owner", async () => {
  await using folder = await aFolder()
  await fileMediaStore({ directory: folder.path }).set("a", { mediaId: "M", uploadedAt: Date.now() })
  assert.equal((await fileMediaStore({ directory: folder.path }).get("a"))?.mediaId, "M")
  for (const name of await readdir(folder.path)) {
    assert.equal((await stat(join(folder.path, name))).mode & 0o777, 0o600, name)
  }
})

test("records of three days leave the file at the next write", async () => {
  await using folder = await aFolder()
  const store = fileMediaStore({ directory: folder.path })
  await store.set("old", { mediaId: "M1", uploadedAt: Date.now() - 3 * DAY_MS })
  await store.set("young", { mediaId: "M2", uploadedAt: Date.now() })
  assert.doesNotMatch(await readFile(join(folder.path, "media.json"), "utf8"), /M1/)
})

test("a damaged file counts as empty and is replaced by the next write", async () => {
  await using folder = await aFolder()
  const store = fileMediaStore({ directory: folder.path })
  for (const damage of ['{"a":', "[]", "null", '{"a":{"mediaId":1,"uploadedAt":2}}', '{"a":{"mediaId":"M"}}']) {
    await writeFile(join(folder.path, "media.json"), damage)
    assert.equal(await store.get("a"), undefined, damage)
  }
  await store.set("a", { mediaId: "M", uploadedAt: Date.now() })
  assert.equal((await store.get("a"))?.mediaId, "M")
})
