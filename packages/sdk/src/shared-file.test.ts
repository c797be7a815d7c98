import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { readJson, withFileLock, writeJson } from "./shared-file.ts"

async function aFolder(): Promise<AsyncDisposable & { path(name: string): string }> {
  const folder = await mkdtemp(join(tmpdir(), "shared-file-"))
  return {
    path: (name) => join(folder, name),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true })
    },
  }
}

test("what is written is read again, and is readable by its owner alone", async () => {
  await using folder = await aFolder()
  const path = folder.path("deep/cache.json")
  await writeJson(path, { a: 1 })
  assert.deepEqual(await readJson(path), { a: 1 })
  assert.equal((await stat(path)).mode & 0o777, 0o600)
  assert.equal((await stat(folder.path("deep"))).mode & 0o777, 0o700)
})

test("a missing file and a broken one are empty", async () => {
  await using folder = await aFolder()
  assert.equal(await readJson(folder.path("none.json")), undefined)
  await writeFile(folder.path("half.json"), '{"a":')
  assert.equal(await readJson(folder.path("half.json")), undefined)
})

test("tasks of one lock run one at a time, and a failing one does not block the next", async () => {
  await using folder = await aFolder()
  const log: string[] = []
  const enter = (name: string, fails: boolean) =>
    withFileLock(folder.path("lock"), async () => {
      log.push(`${name} in`)
      await Promise.resolve()
      log.push(`${name} out`)
      if (fails) throw new Error(name)
    })
  const [first, second] = await Promise.allSettled([enter("a", true), enter("b", false)])
  assert.deepEqual(log, ["a in", "a out", "b in", "b out"])
  assert.deepEqual([first.status, second.status], ["rejected", "fulfilled"])
  assert.deepEqual(await readdir(folder.path(".")), [])
})

test("several processes that count in one file lose no step", async () => {
  await using folder = await aFolder()
  const script = `
    import { readJson, withFileLock, writeJson } from ${JSON.stringify(new URL("shared-file.ts", import.meta.url))}
    const [lock, file] = process.argv.slice(1)
    for (let i = 0; i < 20; i++) {
      await withFileLock(lock, async () => writeJson(file, ((await readJson(file)) ?? 0) + 1))
    }`
  const run = () =>
    promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      script,
      folder.path("lock"),
      folder.path("n.json"),
    ])
  await Promise.all([run(), run(), run()])
  assert.equal(await readJson(folder.path("n.json")), 60)
})

test("the lock of a process that died is taken over at once", async () => {
  await using folder = await aFolder()
  const { stdout } = await promisify(execFile)(process.execPath, ["--print", "process.pid"])
  await writeFile(folder.path("lock"), `${stdout.trim()} 0123456789abcdef`)
  assert.equal(await withFileLock(folder.path("lock"), () => Promise.resolve("in")), "in")
})

test("a lock past its time is taken over though a process of that number lives", async () => {
  await using folder = await aFolder()
  await writeFile(folder.path("lock"), `${process.pid} 0123456789abcdef`)
  const longAgo = new Date(Date.now() - 61_000)
  await utimes(folder.path("lock"), longAgo, longAgo)
  assert.equal(await withFileLock(folder.path("lock"), () => Promise.resolve("in")), "in")
})
