import assert from "node:assert/strict"
import { subscribe, unsubscribe } from "node:diagnostics_channel"
import { statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { setImmediate } from "node:timers/promises"
import { TemporaryFolder } from "../testing/open-store.ts"
import { openDatabase } from "./connection.ts"
import { GroupCommit } from "./group-commit.ts"
import { LogSync } from "./log-sync.ts"
import { ReserveFile } from "./reserve-file.ts"

/** A log whose syncs last until the test ends them, or makes them fail. */
class HeldLog extends LogSync {
  readonly held: PromiseWithResolvers<void>[] = []
  isHolding = false

  override async sync(): Promise<void> {
    if (this.isHolding) {
      const held = Promise.withResolvers<void>()
      this.held.push(held)
      await held.promise
    }
    await super.sync()
  }

  async nextHeld(): Promise<PromiseWithResolvers<void>> {
    for (;;) {
      const held = this.held.shift()
      if (held !== undefined) return held
      await setImmediate()
    }
  }
}

class Bench implements Disposable {
  readonly folder = new TemporaryFolder()
  readonly db = openDatabase(this.folder.file())
  readonly log: HeldLog
  readonly commit: GroupCommit
  readonly statements: string[] = []
  readonly troubles: (string | undefined)[] = []

  constructor() {
    this.db.exec("create table t (a integer primary key); create table meta (name, value)")
    this.log = new HeldLog(this.folder.file())
    const reserve = new ReserveFile(this.folder.file("reserve"))
    this.commit = new GroupCommit(this.db, reserve, this.log, undefined, (code) => void this.troubles.push(code))
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
    this.log[Symbol.dispose]()
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
  await Promise.all([good.then(() => order.push("answer")), assert.rejects(bad, /a mistake/)])
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

// proves 3.2: accept
test("nothing is answered before a sync that began after its commit; what arrives during one shares the next", async () => {
  using bench = new Bench()
  bench.log.isHolding = true
  const answered: number[] = []
  const insert = (a: number): Promise<unknown> => bench.insert(a).then(() => answered.push(a))
  const first = insert(1)
  const sync = await bench.log.nextHeld()
  const later = [insert(2), insert(3)]
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  later.push(insert(4))
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  assert.deepEqual(bench.rows(), [1, 2, 3, 4], "committed meanwhile")
  assert.deepEqual(answered, [])
  sync.resolve()
  await first
  const next = await bench.log.nextHeld()
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  assert.deepEqual(answered, [1])
  next.resolve()
  await Promise.all(later)
  assert.deepEqual(answered, [1, 2, 3, 4])
  assert.equal(bench.log.held.length, 0)
})

test("waiting changes go to the disk before earlier ones are answered", async () => {
  using bench = new Bench()
  bench.log.isHolding = true
  const first = bench.insert(1).then(() => bench.rows())
  const sync = await bench.log.nextHeld()
  const second = bench.insert(2)
  bench.log.isHolding = false
  sync.resolve()
  assert.deepEqual(await first, [1, 2])
  await second
})

test("an early effect comes with the commit and once, whether or not the sync succeeds", async () => {
  using bench = new Bench()
  const effects: string[] = []
  bench.log.isHolding = true
  const change = bench.commit.submit({
    kind: "inside",
    work: (after, meanwhile) => {
      meanwhile(() => effects.push("early"))
      after(() => effects.push("late"))
      bench.db.exec("insert into t values (1)")
    },
  })
  const refused = assert.rejects(change, { code: "storage_error" })
  const sync = await bench.log.nextHeld()
  assert.deepEqual(effects, ["early"])
  bench.log.isHolding = false
  sync.reject(new Error("EIO"))
  await refused
  await bench.commit.submit({ kind: "inside", work: () => {} })
  assert.deepEqual(effects, ["early", "late"])
})

test("a change that is rolled back has no early effect", async () => {
  using bench = new Bench()
  const effects: string[] = []
  const [good, bad] = await Promise.allSettled([
    bench.insert(1),
    bench.commit.submit({
      kind: "inside",
      work: (_after, meanwhile) => {
        meanwhile(() => effects.push("early"))
        bench.db.exec("insert into t values (1)")
      },
    }),
  ])
  assert.deepEqual([good.status, bad.status, effects], ["fulfilled", "rejected", []])
})

test("a read is answered once its state is on the disk, and later commits do not delay it", async () => {
  using bench = new Bench()
  assert.deepEqual(await bench.commit.durable(() => bench.rows()), [])
  assert.deepEqual(bench.statements, [], "nothing to wait for")
  bench.log.isHolding = true
  const first = bench.insert(1)
  const sync = await bench.log.nextHeld()
  const second = bench.insert(2)
  while (bench.rows().length < 2) await setImmediate()
  let isRead = false
  const read = bench.commit.durable(() => bench.rows()).finally(() => (isRead = true))
  sync.resolve()
  await first
  const next = await bench.log.nextHeld()
  const third = bench.insert(3)
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  assert.equal(isRead, false)
  bench.log.isHolding = false
  next.resolve()
  await second
  assert.deepEqual(await read, [1, 2])
  await third
})

test("a read of changes that a failed sync may have lost is answered once they are on the disk after all", async () => {
  using bench = new Bench()
  bench.log.isHolding = true
  const refused = assert.rejects(bench.insert(1), { code: "storage_error" })
  const sync = await bench.log.nextHeld()
  const read = bench.commit.durable(() => bench.rows())
  bench.log.isHolding = false
  bench.statements.length = 0
  sync.reject(new Error("EIO"))
  await refused
  assert.deepEqual(await read, [1])
  assert.deepEqual(bench.statements, ["begin immediate", "commit"], "behind a log begun anew")
})

test("when a sync fails, changes committed during it are refused as well: they follow changes that may be lost", async () => {
  using bench = new Bench()
  const effects: string[] = []
  const change = (a: number) =>
    bench.commit.submit({
      kind: "inside",
      work: (after) => {
        after(() => effects.push(`effect ${a}`))
        bench.db.exec(`insert into t values (${a})`)
      },
    })
  bench.log.isHolding = true
  const first = assert.rejects(change(1), { code: "storage_error" })
  const sync = await bench.log.nextHeld()
  const second = assert.rejects(change(2), { code: "storage_error" })
  while (bench.rows().length < 2) await setImmediate()
  bench.log.isHolding = false
  sync.reject(new Error("EIO"))
  await Promise.all([first, second])
  assert.deepEqual(effects, [])
  await change(3)
  assert.deepEqual(effects, ["effect 1", "effect 2", "effect 3"])
  assert.deepEqual(bench.rows(), [1, 2, 3])
})

test("closing during a sync answers the changes it covers and those committed since", async () => {
  using bench = new Bench()
  bench.log.isHolding = true
  const first = bench.insert(1)
  const sync = await bench.log.nextHeld()
  const second = bench.insert(2)
  while (bench.rows().length < 2) await setImmediate()
  const third = bench.insert(3)
  bench.commit.close()
  assert.deepEqual(await Promise.all([first, second, third]), [1, 2, 3])
  sync.resolve()
})

test("a failed sync: refused as unknown, effects deferred until the log has restarted, then all continues", async () => {
  using bench = new Bench()
  const effects: string[] = []
  bench.log.isHolding = true
  const doubtful = bench.commit.submit({
    kind: "inside",
    work: (after) => {
      after(() => effects.push("effect"))
      bench.db.exec("insert into t values (1)")
    },
  })
  const refused = assert.rejects(doubtful, { code: "storage_error" })
  const sync = await bench.log.nextHeld()
  bench.log.isHolding = false
  const logFile = `${bench.folder.file()}-wal`
  assert.ok(statSync(logFile).size > 0)
  sync.reject(new Error("EIO"))
  await refused
  assert.equal(bench.commit.trouble, "storage_error")
  assert.deepEqual(effects, [])
  await assert.rejects(bench.insert(2), { code: "storage_error" }, "new work waits for a probe")

  const reader = new DatabaseSync(bench.folder.file(), { readOnly: true })
  reader.exec("begin; select * from t")
  const inside = { kind: "inside", work: () => bench.db.exec("insert into t values (3)") } as const
  await assert.rejects(
    bench.commit.submit(inside),
    { code: "storage_error" },
    "a log that is read cannot be begun anew",
  )
  assert.deepEqual(effects, [])
  reader.close()

  bench.statements.length = 0
  await bench.commit.submit(inside)
  assert.deepEqual(effects, ["effect"])
  assert.deepEqual(bench.rows(), [1, 3])
})

// proves 12.R14: long histories
test("while it is held nothing is committed and earlier commits are answered; then waiting changes are committed at once", async () => {
  using bench = new Bench()
  bench.log.isHolding = true
  const first = bench.insert(1)
  const sync = await bench.log.nextHeld()
  bench.log.isHolding = false
  let later: Promise<unknown>
  {
    using _ = bench.commit.hold()
    later = Promise.all([bench.insert(2), bench.insert(3)])
    sync.resolve()
    assert.equal(await first, 1)
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    assert.deepEqual(bench.rows(), [1])
  }
  assert.deepEqual(bench.rows(), [1, 2, 3])
  assert.deepEqual(await later, [2, 3])
  assert.equal(bench.statements.filter((sql) => sql === "commit").length, 2)
})

test("closing while it is held commits waiting changes", async () => {
  using bench = new Bench()
  using _ = bench.commit.hold()
  const change = bench.insert(1)
  bench.commit.close()
  assert.equal(await change, 1)
})

test("closing commits waiting changes, and refuses later ones", async () => {
  using bench = new Bench()
  const before = bench.insert(1)
  bench.commit.close()
  await assert.rejects(bench.insert(2), { name: "StorageError", code: "storage_closed" })
  assert.equal(await before, 1)
  assert.deepEqual(bench.rows(), [1])
})

// proves S7: another program in the database
test("S7: another program that holds the database costs a quarter of a second and a storage_busy, no more", async () => {
  using bench = new Bench()
  using other = new DatabaseSync(bench.folder.file())
  other.exec("begin immediate")
  const tookMs: number[] = []
  for (let tries = 0; tries < 3; tries++) {
    const began = performance.now()
    await assert.rejects(bench.insert(1), { code: "storage_busy", retryAfterSeconds: 1 })
    tookMs.push(performance.now() - began)
  }
  // The shortest of them, because the machine may be busy with something else.
  assert.ok(Math.min(...tookMs) < 2000, tookMs.join())
  other.exec("rollback")
  assert.equal(await bench.insert(2), 2)
  assert.equal(bench.commit.trouble, undefined)
})

// proves S4: a full disk at the door
test("S4: a full disk refuses new work only, and the store recovers by itself once there is space", async (t) => {
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
  assert.deepEqual(bench.troubles, ["storage_full", undefined])
  await insert("door", 200_000)
})

test("a listener that throws leaves no caller without an answer, and is logged", async () => {
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

// proves 12.R1: 500 apps, 300 due each, 1 s
test("12.R1: however many changes arrive together, they share a commit, and each is answered", async () => {
  using bench = new Bench()
  const changes = Array.from({ length: 200_000 }, () => bench.commit.submit({ kind: "inside", work: () => 1 }))
  const answers = await Promise.all(changes)
  assert.equal(
    answers.reduce((sum, one) => sum + one, 0),
    200_000,
  )
  assert.equal(bench.statements.filter((sql) => sql === "commit").length, 1)
})
