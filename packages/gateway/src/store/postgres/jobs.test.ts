import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { Jobs } from "./jobs.ts"
import { newDatabase } from "./testing/cluster.ts"
import { newMigratedDatabase } from "./testing/migrated-database.ts"

test("jobs that cannot be started leave no connection and no timer behind, which would keep the process alive", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const options = { url, maxConnections: 2, onTrouble: () => {} }
  await (await Jobs.start(options))[Symbol.asyncDispose]()
  const connections = async (): Promise<number> => {
    const { rows } = await sql`select from pg_stat_activity where application_name = 'wecom-push jobs'
      and datname = current_database()`.execute(database)
    return rows.length
  }
  await sql`drop function wecom_push_jobs.create_queue`.execute(database)
  await connections()
  const timers = timerCount()
  await assert.rejects(Jobs.start(options), /create_queue/)
  // The server sees the end of a connection a moment later; a busy machine makes that long.
  for (let left = 200; left > 0 && (await connections()) > 0; left--) await sleep(100)
  assert.equal(await connections(), 0)
  assert.equal(timerCount(), timers)
})

test("in the queue that all priorities share the high ones are fetched first", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const jobs = resources.use(await Jobs.start({ url, maxConnections: 1, onTrouble: () => {} }))
  for (const priority of ["bulk", "normal", "high", "bulk", "high"] as const) {
    const turn = { queue: "robots", job: randomUUID(), message: priority, priority } as const
    await database.transaction().execute((tx) => jobs.addTurns(tx, [turn]))
  }
  const fetched = await jobs.fetchTurns("robots", 3)
  // Those of one fetch come in any order.
  assert.deepEqual(fetched.map(({ data }) => data.message).toSorted(), ["high", "high", "normal"])
})

// proves 31.jobs: what goes past pg-boss
test("31.jobs: a queue is due when a job of it is, and a tick removes later ones of its group unless it comes soon itself", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newMigratedDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const jobs = resources.use(await Jobs.start({ url, maxConnections: 1, onTrouble: () => {} }))
  const add = (at?: number) => {
    const turn = { queue: "normal", job: randomUUID(), message: "msg_1", priority: "normal" } as const
    return database.transaction().execute((tx) => jobs.addTurns(tx, [{ ...turn, ...(at !== undefined && { at }) }]))
  }
  const [now, minute] = [Date.now(), 60_000]
  await add(now + 60 * minute)
  assert.deepEqual(await jobs.due(database), [])
  await add()
  assert.deepEqual(await jobs.due(database), ["normal"])

  const ticksAfter = async (app: string, minutes: number): Promise<readonly string[]> => {
    const tick = { app, priority: "normal", at: now + minutes * minute, key: `${app} ${minutes}` } as const
    await database.transaction().execute((tx) => jobs.addTicks(tx, [tick]))
    const { rows } = await sql<{ key: string }>`select singleton_key as key from wecom_push_jobs.job
      where name = 'ticks' order by start_after, key`.execute(database)
    return rows.map(({ key }) => key)
  }
  assert.deepEqual(await ticksAfter("hr", 60), ["hr 60"])
  assert.deepEqual(await ticksAfter("alerts", 60), ["alerts 60", "hr 60"])
  assert.deepEqual(await ticksAfter("alerts", 30), ["alerts 30", "hr 60"])
  assert.deepEqual(await ticksAfter("alerts", 1), ["alerts 1", "alerts 30", "hr 60"])
})

test("of many jobs those that are still ours are named", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const troubles: unknown[] = []
  const onTrouble = (error: unknown): void => void troubles.push(error)
  const jobs = resources.use(await Jobs.start({ url, maxConnections: 2, onTrouble }))
  const added = Array.from({ length: 100 }, (_, n) => ({
    queue: "normal" as const,
    job: randomUUID(),
    message: `msg_${n}`,
    priority: "normal" as const,
  }))
  await database.transaction().execute((tx) => jobs.addTurns(tx, added))
  const fetched = await jobs.fetchTurns("normal", 100)
  assert.equal(fetched.length, 100)
  assert.equal((await jobs.touch(fetched)).ours.size, 100)
  const ended = new Set([0, 49, 50, 98, 99].flatMap((n) => fetched[n] ?? []))
  await database.transaction().execute((tx) => jobs.finish(tx, [...ended]))
  assert.deepEqual(
    [...(await jobs.touch(fetched)).touched],
    fetched.filter((job) => !ended.has(job)),
  )
  await database.transaction().execute((tx) => jobs.finish(tx, fetched))
  assert.equal((await jobs.touch(fetched)).ours.size, 0)
  assert.deepEqual(troubles, [])
})

test("until the end of a transaction that keeps jobs no other gets them, and none of their rows is written anew", async () => {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const database = resources.adopt(connect({ url, maxConnections: 2, onLost: () => {} }), (db) => db.destroy())
  const jobs = resources.use(await Jobs.start({ url, maxConnections: 2, onTrouble: () => {} }))
  const added = Array.from({ length: 3 }, (_, n) => ({
    queue: "normal" as const,
    job: randomUUID(),
    message: `msg_${n}`,
    priority: "normal" as const,
  }))
  await database.transaction().execute((tx) => jobs.addTurns(tx, added))
  const [first = assert.fail(), second = assert.fail(), third = assert.fail()] = await jobs.fetchTurns("normal", 3)
  const places = async (): Promise<readonly unknown[]> =>
    (await sql`select id, ctid from wecom_push_jobs.job where name = 'turns_normal' order by id`.execute(database)).rows
  const before = await places()
  const lost = { ...second, retryCount: second.retryCount + 1 }
  await database.transaction().execute((tx) => jobs.finish(tx, [third]))
  await database.transaction().execute(async (tx) => {
    assert.deepEqual([...(await jobs.keep(tx, [first, lost, third]))], [first])
    assert.deepEqual(await jobs.keep(tx, []), new Set())
    const { ours, touched } = await jobs.touch([first, second])
    assert.deepEqual([ours.size, [...touched]], [2, [second]], "it was taken from the one that keeps it")
  })
  const after = await places()
  assert.deepEqual(
    after.filter((row) => isOf(row, first)),
    before.filter((row) => isOf(row, first)),
  )
  const ended = await database.transaction().execute((tx) => jobs.finish(tx, [first, lost, third]))
  assert.deepEqual([...ended], [first])
  assert.equal((await places()).length, 1)
})

function isOf(row: unknown, { id }: { readonly id: string }): boolean {
  return (row as { readonly id: string }).id === id
}

// proves 29.badday: a clock that is set back
test(
  "29.badday: after the clock was set back jobs of the silent are still looked for, each few seconds",
  { timeout: 90_000 },
  async (t) => {
    await using resources = new AsyncDisposableStack()
    const { url } = resources.use(await newDatabase())
    const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
    const [now, monotonic, wait] = [Date.now, performance.now.bind(performance), globalThis.setTimeout]
    const passed = { wallMs: 0, ms: 0 }
    t.mock.method(Date, "now", () => now() + passed.wallMs + passed.ms)
    t.mock.method(performance, "now", () => monotonic() + passed.ms)
    const pass = (ms: number, effect: () => void): void => {
      passed.ms += ms
      effect()
    }
    // pg-boss's waits of seconds end at once, and the seconds have passed then by both clocks. Except the time that a
    // connection may take, and not before the clock is set: on a busy machine a start takes longer than those 50 ms.
    const isSet = Promise.withResolvers<void>()
    const sooner = (effect: () => void, ms = 0): NodeJS.Timeout =>
      ms > 2000 && ms < 10_000 && /pg-boss/.test(new Error("who waits").stack ?? "")
        ? wait(() => void isSet.promise.then(() => pass(ms, effect)), 50)
        : wait(effect, ms)
    t.mock.method(globalThis, "setTimeout", sooner)
    resources.use(await Jobs.start({ url, maxConnections: 2, onTrouble: () => {} }))
    passed.wallMs -= 3_600_000
    const hasLooked = async (): Promise<boolean> => {
      const { rows } = await sql`select from wecom_push_jobs.queue where maintain_on is not null`.execute(database)
      return rows.length > 0
    }
    assert.equal(await hasLooked(), false)
    isSet.resolve()
    for (const end = monotonic() + 60_000; monotonic() < end && !(await hasLooked());) await sleep(20)
    assert.ok(await hasLooked())
  },
)

function timerCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
}
