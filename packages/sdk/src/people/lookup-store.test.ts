import assert from "node:assert/strict"
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { fileLookupStore } from "./file-lookup-store.ts"
import { lookupStoreContract } from "./lookup-store.contract.ts"
import { memoryLookupStore } from "./memory-lookup-store.ts"

lookupStoreContract("memory", () =>
  Promise.resolve({ store: memoryLookupStore(), [Symbol.asyncDispose]: () => Promise.resolve() }),
)

lookupStoreContract("file", async () => {
  const folder = await aFolder()
  return {
    store: fileLookupStore({ directory: folder.path }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
})

async function aFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "lookups-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test("the memory store lets its oldest records go once it is full", async () => {
  const store = memoryLookupStore({ maxRecords: 2 })
  for (const key of ["a", "b", "c"]) await store.set([[key, { userid: key, storedAt: 0 }]])
  assert.deepEqual(
    (await store.get(["a", "b", "c"])).map((record) => record?.userid),
    [undefined, "b", "c"],
  )
})

test("what one file store writes, another over the same folder reads", async () => {
  await using folder = await aFolder()
  await fileLookupStore({ directory: folder.path }).set([["a", { userid: "zhangsan", storedAt: Date.now() }]])
  const [record] = await fileLookupStore({ directory: folder.path }).get(["a"])
  assert.equal(record?.userid, "zhangsan")
})

test("the files of a store are readable by their owner alone", async () => {
  await using folder = await aFolder()
  const store = fileLookupStore({ directory: folder.path })
  await store.set([["a", { userid: "zhangsan", storedAt: Date.now() }]])
  await store.setPause("corp", { until: 1, step: 1 })
  for (const name of await readdir(folder.path)) {
    assert.equal((await stat(join(folder.path, name))).mode & 0o777, 0o600, name)
  }
})

test("a damaged file counts as empty and is replaced by the next write", async () => {
  await using folder = await aFolder()
  const store = fileLookupStore({ directory: folder.path })
  await store.set([["a", { userid: "zhangsan", storedAt: Date.now() }]])
  const [name = ""] = await readdir(folder.path)
  for (const damage of ['{"a":["zhang', '{"a":{"userid":1}}', "[]", "null", '"text"']) {
    await writeFile(join(folder.path, name), damage)
    assert.deepEqual(await store.get(["a"]), [undefined], damage)
  }
  await store.set([["a", { userid: "lisi", storedAt: Date.now() }]])
  assert.match(await readFile(join(folder.path, name), "utf8"), /lisi/)
})

test("records a month older than the newest leave the file at the next write", async () => {
  await using folder = await aFolder()
  const store = fileLookupStore({ directory: folder.path })
  await store.set([["a", { userid: "zhangsan", storedAt: Date.now() - 31 * 24 * 3600 * 1000 }]])
  await store.set([["a2", { userid: "lisi", storedAt: Date.now() }]])
  const [old, recent] = await store.get(["a", "a2"])
  assert.deepEqual([old, recent?.userid], [undefined, "lisi"])
})
