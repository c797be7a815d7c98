import assert from "node:assert/strict"
import { existsSync, statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import type { Worker } from "node:worker_threads"
import { acceptAll, aRequest, NOON } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { runChild } from "../testing/run-child.ts"
import { Checkpoints } from "./checkpoints.ts"
import { openDatabase } from "./connection.ts"
import { GroupCommit } from "./group-commit.ts"
import { LogSync } from "./log-sync.ts"
import { ReserveFile } from "./reserve-file.ts"
import { integer } from "../row.ts"

/** Twenty-five pages of the log each. */
const CHANGE_BYTES = 100_000

class Bench implements AsyncDisposable {
  readonly folder = new TemporaryFolder()
  readonly file = this.folder.file()
  readonly db = openDatabase(this.file)
  readonly failures: string[] = []
  readonly checkpoints: Checkpoints
  readonly log: LogSync
  readonly commit: GroupCommit
  longestLog = 0
  begunAnew = 0
  #pagesBefore = 0

  constructor() {
    this.db.exec("create table t (a); create table meta (name, value); insert into meta values ('probe', 0)")
    const onThreadFailure = (error: unknown): unknown => this.failures.push(String(error))
    this.checkpoints = new Checkpoints({ db: this.db, file: this.file, onThreadFailure })
    this.log = new LogSync(this.file)
    this.commit = new GroupCommit(this.db, new ReserveFile(this.folder.file("reserve")), this.log, this.checkpoints)
  }

  async change(bytes = CHANGE_BYTES): Promise<void> {
    await this.commit.submit({ kind: "door", work: () => this.db.exec(`insert into t values (zeroblob(${bytes}))`) })
    const pages = this.pages()
    if (pages < this.#pagesBefore) this.begunAnew++
    this.#pagesBefore = pages
    this.longestLog = Math.max(this.longestLog, pages)
  }

  async changeMany(megabytes: number): Promise<void> {
    for (let written = 0; written < megabytes * 1_000_000; written += CHANGE_BYTES) await this.change()
  }

  /** Writes small changes until the condition holds. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await this.change(10)
      await setImmediate()
    }
  }

  pages(): number {
    return integer(this.db.prepare("pragma wal_checkpoint(noop)").get() ?? {}, "log")
  }

  isLeftToSqlite(): boolean {
    return integer(this.db.prepare("pragma wal_autocheckpoint").get() ?? {}, "wal_autocheckpoint") > 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.checkpoints[Symbol.asyncDispose]()
    this.commit.close()
    this.log[Symbol.dispose]()
    this.db.close()
    this.folder[Symbol.dispose]()
  }
}

/** Passes each thread that starts meanwhile to `use`. */
function watchThreads(use: (thread: Worker) => void): Disposable {
  process.on("worker", use)
  return { [Symbol.dispose]: () => void process.off("worker", use) }
}

// proves 12.R14: long histories
test("12.R14: a thread copies the log, which stays short however much is written, and the writer never does", async () => {
  const threads: Worker[] = []
  using _ = watchThreads((thread) => threads.push(thread))
  await using bench = new Bench()
  await bench.changeMany(3)
  assert.equal(threads.length, 0, "a short log starts no thread")
  await bench.changeMany(50)
  await bench.until(() => bench.pages() < 1000)
  assert.equal(bench.isLeftToSqlite(), false)
  assert.equal(threads.length, 1)
  assert.ok(bench.begunAnew > 0)
  assert.ok(bench.longestLog < 8100, `${bench.longestLog} pages`)
  assert.ok(statSync(bench.file).size > 40_000_000, "before it is closed")
  assert.deepEqual(bench.failures, [])
})

// proves 12.R14: long histories
test("12.R14: a log that was left by a killed process starts no thread before it has grown", async () => {
  using folder = new TemporaryFolder()
  const file = folder.file()
  using left = openDatabase(file)
  left.exec("pragma wal_autocheckpoint = 0; create table t (a); insert into t values (zeroblob(8000000))")
  const threads: Worker[] = []
  using _ = watchThreads((thread) => threads.push(thread))
  using db = openDatabase(file)
  await using checkpoints = new Checkpoints({ db, file, onThreadFailure: (error) => assert.fail(String(error)) })
  checkpoints.grown({ hold: () => assert.fail("no writer has to wait") })
  assert.equal(threads.length, 0)
})

test("12.R14: a commit beside a statement that is still being read is a commit like any other", async () => {
  await using bench = new Bench()
  await bench.change()
  const reading = bench.db.prepare("select a from t").iterate()
  reading.next()
  await bench.commit.submit({ kind: "door", work: () => bench.db.exec("insert into t values (1)") })
  reading.return?.()
  await bench.changeMany(5)
  await bench.until(() => bench.begunAnew > 0)
})

// proves 12.R14: long histories
test("12.R14: during a read the log grows and nothing waits for it; after that it restarts", async () => {
  await using bench = new Bench()
  const reader = new DatabaseSync(bench.file, { readOnly: true })
  reader.exec("begin; select * from t")
  await bench.changeMany(40)
  assert.ok(bench.longestLog > 9500, `${bench.longestLog} pages`)
  reader.close()
  await bench.changeMany(5)
  await bench.until(() => bench.begunAnew > 0)
})

// proves 12.R14: long histories
test("12.R14: without a thread SQLite copies within commits, which is logged, and another thread takes its place later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  await using bench = new Bench()
  {
    using _ = watchThreads((thread) => void thread.terminate())
    await bench.changeMany(5)
    await bench.until(() => bench.failures.length === 1)
    assert.equal(bench.isLeftToSqlite(), true)
    await bench.until(() => bench.begunAnew > 0)
    bench.longestLog = 0
    await bench.changeMany(20)
    assert.ok(bench.longestLog < 1100, `${bench.longestLog} pages`)
    assert.equal(bench.failures.length, 1)
    assert.match(bench.failures[0] ?? "", /the thread ended with exit code/)
  }
  t.mock.timers.tick(10_000)
  const begunBefore = bench.begunAnew
  await bench.changeMany(5)
  await bench.until(() => !bench.isLeftToSqlite() && bench.begunAnew > begunBefore)
  assert.equal(bench.failures.length, 1)
})

// proves 12.R14: long histories
test("12.R14: a thread that dies while changes wait for it delays none", async () => {
  await using bench = new Bench()
  using _ = watchThreads((thread) => {
    const post = thread.postMessage.bind(thread)
    thread.postMessage = (order: unknown) => (order === "begin anew" ? void thread.terminate() : post(order))
  })
  await bench.changeMany(5)
  await bench.until(() => bench.failures.length === 1)
  await bench.until(() => bench.begunAnew > 0)
})

test("12.R14: a thread that is idle for a minute ends, and another one starts when it is needed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  const threads: Worker[] = []
  const ended: number[] = []
  using _ = watchThreads((thread) => {
    threads.push(thread)
    thread.once("exit", (code) => ended.push(code))
  })
  await using bench = new Bench()
  await bench.changeMany(5)
  await bench.until(() => bench.begunAnew > 0)
  while (ended.length === 0) {
    await setImmediate()
    t.mock.timers.tick(60_000)
  }
  await bench.changeMany(5)
  await bench.until(() => bench.begunAnew > 1)
  assert.equal(threads.length, 2)
  assert.deepEqual(bench.failures, [])
})

// proves 12.R14: long histories
test("12.R14: a store that is closed while its log is copied closes in good order", async () => {
  using folder = new TemporaryFolder()
  const file = folder.file()
  const ids = Array.from({ length: 40 }, (_, n) => `msg_${n}`)
  {
    const { stores } = await open(file)
    await using _ = stores
    const copying = Promise.withResolvers<void>()
    using __ = watchThreads((thread) => thread.once("message", () => copying.resolve()))
    for (const id of ids) await stores.outbox.accept(aRequest({ id, parts: ["x".repeat(200_000)] }))
    await copying.promise
    await acceptAll(stores.outbox, ["msg_last"])
  }
  assert.equal(existsSync(`${file}-wal`), false)
  const { stores } = await open(file)
  await using _ = stores
  for (const id of [...ids, "msg_last"]) {
    assert.ok((await stores.reader.message(id, { apps: "all", now: NOON })) !== undefined, id)
  }
})

// proves 12.R14: long histories
test("12.R14: a process that only waits for a change does not end while the change waits for the thread", async () => {
  using folder = new TemporaryFolder()
  assert.deepEqual(await runChild("write-much.ts", [folder.file()]), { kept: 200 })
})
