import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { promisify } from "node:util"
import { LockNotHad, readJson, withFileLock, writeJson } from "./shared-file.ts"

/** Where processes tell when they were started. */
const onLinux = { skip: process.platform !== "linux" }
const inside = () => Promise.resolve("in")

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

// proves 11.S6: locks left behind
test("the lock of a process that died is taken over at once though its number is used again", onLinux, async () => {
  await using folder = await aFolder()
  const [pid, nonce, place] = (await holderIn(folder)).split(" ")
  await writeFile(folder.path("lock"), [pid, nonce, place, "1"].join(" "))
  const startedAt = performance.now()
  assert.equal(await withFileLock(folder.path("lock"), inside), "in")
  // Were it taken for a living process's, this would be refused after ten seconds.
  assert.ok(performance.now() - startedAt < 9000)
})

test("a lock of this very process and others that live is waited for, as long as its caller says", async () => {
  await using folder = await aFolder()
  const held = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<string>()
  const holding = withFileLock(folder.path("lock"), async () => {
    entered.resolve(await readFile(folder.path("lock"), "utf8"))
    await held.promise
  })
  await writeFile(folder.path("other"), await entered.promise)
  await assert.rejects(withFileLock(folder.path("other"), inside, AbortSignal.abort()), LockNotHad)
  held.resolve()
  await holding
})

for (const [whose, holder] of Object.entries({
  "of another container": ["1", "0123456789abcdef", "5f8e-boot/pid:[1]", "100"],
  "of an older version, with a number that lives": [String(process.ppid), "0123456789abcdef"],
})) {
  // proves 11.S6: locks left behind
  test(`a lock ${whose} is waited for two seconds; then its work is done without`, onLinux, async () => {
    await using folder = await aFolder()
    await writeFile(folder.path("lock"), holder.join(" "))
    await assert.rejects(withFileLock(folder.path("lock"), inside), LockNotHad)
    const old = new Date(Date.now() - 11_000)
    await utimes(folder.path("lock"), old, old)
    assert.equal(await withFileLock(folder.path("lock"), inside), "in")
  })
}

// proves 11.S6: locks left behind
test("a lock from the future, since the clock was set back, is not waited for", async () => {
  await using folder = await aFolder()
  await writeFile(folder.path("lock"), `${process.pid} 0123456789abcdef`)
  const ahead = new Date(Date.now() + 3_600_000)
  await utimes(folder.path("lock"), ahead, ahead)
  assert.equal(await withFileLock(folder.path("lock"), inside), "in")
})

test("a lock that leads nowhere is not waited for without end", async () => {
  await using folder = await aFolder()
  await symlink(folder.path("nowhere"), folder.path("lock"))
  await assert.rejects(withFileLock(folder.path("lock"), inside, AbortSignal.abort()), LockNotHad)
})

// proves 11.S14: files given back
test("on a full disk no file stays open, and no side file stays", onLinux, async (t) => {
  await using folder = await aFolder()
  await using file = await open(folder.path("any"), "w")
  const full = Object.assign(new Error("no space left"), { code: "ENOSPC" })
  t.mock.method(Object.getPrototypeOf(file), "writeFile", () => Promise.reject(full))
  const before = (await readdir("/proc/self/fd")).length
  for (let times = 0; times < 5; times++) {
    await assert.rejects(withFileLock(folder.path("lock"), inside), { code: "ENOSPC" })
    await assert.rejects(writeJson(folder.path("a.json"), 1), { code: "ENOSPC" })
  }
  assert.equal((await readdir("/proc/self/fd")).length, before)
  assert.deepEqual(await readdir(folder.path(".")), ["any"])
})

// proves 11.S14: files given back
test("what killed processes have left beside is swept by the next one, and nothing else", async () => {
  await using folder = await aFolder()
  const left = ["a.json.0123456789ab.tmp", "a.json.lock.0123456789ab.tmp", "token-x.lock.0123456789ab"]
  const kept = ["a.json", "notes.tmp", "a.json.tmp", "a.json.0123456789ab.tmp.mine"]
  for (const name of [...left, ...kept]) await writeFile(folder.path(name), "{}")
  await writeJson(folder.path("b.json"), 1)
  assert.equal((await readdir(folder.path("."))).length, 8, "they may be in use")
  // Times of change cannot be set: the clock is what moves.
  const script = `
    import { writeJson } from ${JSON.stringify(new URL("shared-file.ts", import.meta.url))}
    const later = Date.now() + 601_000
    Date.now = () => later
    await writeJson(process.argv[1], 1)`
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script, folder.path("b.json")])
  assert.deepEqual((await readdir(folder.path("."))).toSorted(), [...kept, "b.json"].toSorted())
})

// proves 11.S18: a HOME where nothing can be made
test("a folder that cannot be made is an error at once", { ...onLinux, timeout: 20_000 }, async () => {
  const path = "/proc/1/cache/deep/a.json"
  await assert.rejects(writeJson(path, 1), { code: "ENOENT" })
  await assert.rejects(withFileLock(`${path}.lock`, inside), { code: "ENOENT" })
})

/** The mark that this process writes into its locks. */
async function holderIn(folder: Awaited<ReturnType<typeof aFolder>>): Promise<string> {
  return withFileLock(folder.path("mine"), () => readFile(folder.path("mine"), "utf8"))
}
