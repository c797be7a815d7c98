import assert from "node:assert/strict"
import { mkdir, mkdtempDisposable, readdir, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { filledOnce } from "./filled-once.ts"

async function fill(into: string): Promise<void> {
  await writeFile(join(into, "first"), "")
  await immediate()
  await writeFile(join(into, "last"), "")
}

// proves 10.4: tests that end
test("of many who fill a folder at once all find the whole, and nothing else is left", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "filled-"))
  const target = join(folder.path, "not", "yet", "there")
  const finders = Array.from({ length: 8 }, async () => readdir(await filledOnce(target, fill)))
  for (const found of await Promise.all(finders)) assert.deepEqual(found.toSorted(), ["first", "last"])
  assert.deepEqual(await readdir(join(target, "..")), ["there"])
})

test("what is filled is not filled again", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "filled-"))
  const target = join(folder.path, "there")
  await filledOnce(target, fill)
  await filledOnce(target, () => Promise.reject(new Error("filled again")))
})

test("where filling fails nothing is left, and the next one fills", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "filled-"))
  const target = join(folder.path, "there")
  const failing = filledOnce(target, async (into) => {
    await writeFile(join(into, "first"), "")
    throw new Error("no space is left")
  })
  await assert.rejects(failing, /no space is left/)
  assert.deepEqual(await readdir(folder.path), [])
  assert.deepEqual((await readdir(await filledOnce(target, fill))).toSorted(), ["first", "last"])
})

// proves 10.4: tests that end
test("what a killed process has left half filled is never used, and is removed when it is old", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "filled-"))
  const target = join(folder.path, "there")
  for (const left of [`${target}.young`, `${target}.old`]) {
    await mkdir(left)
    await writeFile(join(left, "first"), "")
  }
  const twoHoursAgo = new Date(Date.now() - 7_200_000)
  await utimes(`${target}.old`, twoHoursAgo, twoHoursAgo)
  await filledOnce(target, fill)
  assert.deepEqual((await readdir(folder.path)).toSorted(), ["there", "there.young"])
  assert.deepEqual((await readdir(target)).toSorted(), ["first", "last"])
})
