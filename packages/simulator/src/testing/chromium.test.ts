import assert from "node:assert/strict"
import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { test } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { findChromium, unpackedOnce } from "./chromium.ts"

async function aFolder() {
  const path = await mkdtemp(join(tmpdir(), "unpacked-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function unpack(into: string): Promise<void> {
  await writeFile(join(into, "first"), "")
  await nextTurn()
  await writeFile(join(into, "last"), "")
}

test("of many who unpack at once all find the whole, and nothing else is left", async () => {
  await using folder = await aFolder()
  const target = join(folder.path, "not", "yet", "there")
  const finders = Array.from({ length: 8 }, async () => readdir(await unpackedOnce(target, unpack)))
  for (const found of await Promise.all(finders)) assert.deepEqual(found.toSorted(), ["first", "last"])
  assert.deepEqual(await readdir(join(target, "..")), ["there"])
})

test("what is unpacked is not unpacked again", async () => {
  await using folder = await aFolder()
  const target = join(folder.path, "there")
  await unpackedOnce(target, unpack)
  await unpackedOnce(target, () => Promise.reject(new Error("unpacked again")))
})

test("where unpacking fails nothing is left, and the next one unpacks", async () => {
  await using folder = await aFolder()
  const target = join(folder.path, "there")
  const failing = unpackedOnce(target, async (into) => {
    await writeFile(join(into, "first"), "")
    throw new Error("no space is left")
  })
  await assert.rejects(failing, /no space is left/)
  assert.deepEqual(await readdir(folder.path), [])
  assert.deepEqual((await readdir(await unpackedOnce(target, unpack))).toSorted(), ["first", "last"])
})

test("what a killed process has left half unpacked is never used, and is removed when it is old", async () => {
  await using folder = await aFolder()
  const target = join(folder.path, "there")
  for (const left of [`${target}.young`, `${target}.old`]) {
    await mkdir(left)
    await writeFile(join(left, "first"), "")
  }
  const twoHoursAgo = new Date(Date.now() - 7_200_000)
  await utimes(`${target}.old`, twoHoursAgo, twoHoursAgo)
  await unpackedOnce(target, unpack)
  assert.deepEqual((await readdir(folder.path)).toSorted(), ["there", "there.young"])
  assert.deepEqual((await readdir(target)).toSorted(), ["first", "last"])
})

test("the Chromium in PATH is used, unless it cannot be run", async (t) => {
  await using folder = await aFolder()
  const installed = join(folder.path, "chromium-browser")
  await writeFile(installed, "")
  await chmod(installed, 0o755)
  await writeFile(join(folder.path, "chromium"), "no program")
  const before = process.env["PATH"]
  process.env["PATH"] = ["/nowhere", folder.path].join(delimiter)
  t.after(() => (process.env["PATH"] = before))
  assert.equal((await findChromium()).executablePath, installed)
})
