import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { TemporaryFolder } from "../testing/open-store.ts"
import { openDatabase } from "./connection.ts"
import { GroupCommit } from "./group-commit.ts"
import { ReserveFile } from "./reserve-file.ts"

class Bench implements Disposable {
  readonly folder = new TemporaryFolder()
  readonly db = openDatabase(this.folder.file())
  readonly commit = new GroupCommit(this.db, new ReserveFile(this.folder.file("reserve")))
  readonly statements: string[] = []

  constructor() {
    this.db.exec("create table t (a integer primary key); create table meta (name, value)")
    const exec = this.db.exec.bind(this.db)
    this.db.exec = (sql) => {
      this.statements.push(sql)
      exec(sql)
    }
  }

  insert(a: number): Promise<number> {
    return this.commit.submit({
      kind: "door",
      work: () => Number(this.db.prepare("insert into t values (?)").run(a).lastInsertRowid),
    })
  }

  rows(): unknown[] {
    return this.db
      .prepare("select a from t order by a")
      .all()
      .map((row) => row["a"])
  }

  [Symbol.dispose](): void {
    this.db.close()
    this.folder[Symbol.dispose]()
  }
}

test("changes that arrive in one turn share one transaction", async () => {
  using bench = new Bench()
  assert.deepEqual(await Promise.all([1, 2, 3].map((a) => bench.insert(a))), [1, 2, 3])
  assert.deepEqual(bench.statements, ["begin immediate", "commit"])
  await bench.insert(4)
  assert.equal(bench.statements.filter((sql) => sql === "commit").length, 2)
})

test("a change that throws fails alone, and the others still share one transaction", async () => {
  using bench = new Bench()
  await bench.insert(1)
  bench.statements.length = 0
  const results = await Promise.allSettled([2, 1, 3].map((a) => bench.insert(a)))
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  )
  assert.deepEqual(bench.rows(), [1, 2, 3])
  assert.equal(bench.statements.filter((sql) => sql === "commit").length, 1)
})

test("effects wait for the commit, come once, and come before the answer", async () => {
  using bench = new Bench()
  const order: string[] = []
  const good = bench.commit.submit({
    kind: "door",
    work: (after) => {
      after(() => order.push(`effect, rows ${bench.rows().length}`))
      bench.db.exec("insert into t values (1)")
    },
  })
  const bad = bench.commit.submit({
    kind: "door",
    work: (after) => {
      after(() => order.push("never"))
      throw new Error("a mistake")
    },
  })
  await good.then(() => order.push("answer"))
  await assert.rejects(bad, /a mistake/)
  assert.deepEqual(order, ["effect, rows 1", "answer"])
})

test("points are published before and after the commit", async () => {
  using bench = new Bench()
  const seen: unknown[] = []
  const listener = (message: unknown): void => {
    seen.push([message, bench.db.isTransaction])
  }
  subscribe("wecom-push:point", listener)
  await bench.commit.submit({
    kind: "door",
    work: () => bench.db.exec("insert into t values (1)"),
    beforeCommit: "accept.before_commit",
    afterCommit: "accept.after_commit",
  })
  unsubscribe("wecom-push:point", listener)
  assert.deepEqual(seen, [
    [{ point: "accept.before_commit" }, true],
    [{ point: "accept.after_commit" }, false],
  ])
})

test("closing commits what has arrived, and refuses what comes later", async () => {
  using bench = new Bench()
  const before = bench.insert(1)
  bench.commit.close()
  await assert.rejects(bench.insert(2), { name: "StorageError", code: "storage_closed" })
  assert.equal(await before, 1)
  assert.deepEqual(bench.rows(), [1])
})

test("S7: another program that holds the database costs a quarter of a second and a storage_busy, no more", async () => {
  using bench = new Bench()
  using other = new DatabaseSync(bench.folder.file())
  other.exec("begin immediate")
  const began = performance.now()
  await assert.rejects(bench.insert(1), { code: "storage_busy", retryAfterSeconds: 1 })
  assert.ok(performance.now() - began < 450)
  other.exec("rollback")
  assert.equal(await bench.insert(2), 2)
  assert.equal(bench.commit.trouble, undefined)
})

test("S4: a full disk turns away new work only, and is over by itself once there is space", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  using bench = new Bench()
  bench.db.exec("pragma max_page_count = 20; insert into meta values ('probe', 0)")
  const insert = (kind: "door" | "inside", bytes: number): Promise<void> =>
    bench.commit.submit({ kind, work: () => bench.db.exec(`insert into meta values ('x', zeroblob(${bytes}))`) })
  const [large, small] = await Promise.allSettled([insert("door", 200_000), insert("inside", 10)])
  assert.deepEqual([large.status, small.status], ["rejected", "fulfilled"])
  assert.equal(bench.commit.trouble, "storage_full")
  await assert.rejects(insert("door", 10), { code: "storage_full", retryAfterSeconds: 30 })
  await insert("inside", 10)
  bench.db.exec("pragma max_page_count = 2000")
  t.mock.timers.tick(1000)
  assert.equal(bench.commit.trouble, undefined)
  await insert("door", 200_000)
})

test("a listener that throws leaves nobody without an answer, and is not passed over in silence", async () => {
  using bench = new Bench()
  const uncaught = Promise.withResolvers<unknown>()
  process.setUncaughtExceptionCaptureCallback((error) => uncaught.resolve(error))
  const answers = await Promise.all([
    bench.commit.submit({
      kind: "door",
      work: (after) => {
        after(() => {
          throw new Error("a mistake of a listener")
        })
        return 1
      },
    }),
    bench.insert(2),
  ])
  assert.deepEqual(answers, [1, 2])
  assert.match(String(await uncaught.promise), /a mistake of a listener/)
  process.setUncaughtExceptionCaptureCallback(null)
})
