import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { acceptAll, aRequest, HOUR_MS, updateOf } from "../testing/build.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { SetClock } from "./testing/set-clock.ts"
import { TakeTurns } from "./testing/take-turns.ts"
import { testConnection } from "./testing/test-connection.ts"

// proves 29.P3: a snapshot held open
test("29.P3: due messages are found without the entries of finished ones, which a held snapshot keeps", async () => {
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  const holding = testConnection({ connectionString: database.url })
  const admin = testConnection({ connectionString: database.url })
  const entriesRead = async (): Promise<number> => {
    const { rows } = await admin.query<{ read: string }>(`select sum(idx_tup_read) as read from pg_stat_user_indexes
      where indexrelname in ('messages_waiting', 'messages_with_job')`)
    return Number(rows[0]?.read)
  }
  await holding.query("begin isolation level repeatable read; select from wecom_push.messages limit 1")
  const at = Date.now() - HOUR_MS
  // Each has waited, had a job, and is finished.
  await admin.query(`insert into wecom_push.messages (id, app, state, priority, due_at, accepted_at, send_at, expires_at,
      recipients, chunk_count, counts, key_id, msgtype, parts)
    select 'done_' || n, 'alerts', 'open', 1, ${at}, 1, 1, 9000000000000, 1, 1, '{}', 'key_1', 'text', '[]'
    from generate_series(1, ${DEAD}) as n`)
  await admin.query("update wecom_push.messages set job = gen_random_uuid() where id like 'done_%'")
  await admin.query("update wecom_push.messages set job = null, due_at = null, state = 'sent' where id like 'done_%'")
  await admin.query("analyze wecom_push.messages")

  const read: number[] = []
  // The first look begins at the beginning, and each message has left three entries. While another database of this server has a
  // transaction open that writes, as one of another test may for seconds, each look has to.
  while (read.length < 5 && !read.some((entries) => entries < 12 * DEAD)) {
    const before = await entriesRead()
    await work(database.url, `msg_${read.length}`)
    read.push((await entriesRead()) - before)
  }
  assert.ok(Math.min(...read) < 12 * DEAD, `${read.join(", ")} entries, beside ${DEAD} finished messages`)
  await holding.end()
  await admin.end()
})

// proves 29.P3: a snapshot held open
test("29.P3: a long write is found when it is committed, however far windows have been read", async () => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  const { outbox } = opened.stores
  const start = Date.now()
  const clock = await SetClock.stop(database.url, start)
  const writing = testConnection({ connectionString: database.url, max: 1 })
  const acceptAt = async (id: string, now: number): Promise<void> => {
    await clock.set(now)
    await acceptAll(outbox, [id], { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
    await outbox.update({ messageId: id, at: now, updates: [updateOf("cancelled")] })
  }
  await acceptAt("msg_1", start)
  // As another node may write it.
  await writing.query("begin")
  await writing.query(`insert into wecom_push.messages (id, app, state, priority, due_at, accepted_at, send_at, expires_at,
      recipients, chunk_count, counts, key_id, msgtype, parts)
    select 'late', app, 'open', 1, ${start}, accepted_at, send_at, expires_at, 1, 1, counts, key_id, msgtype, parts
    from wecom_push.messages limit 1`)
  for (let second = 1; second < 10; second++) await acceptAt(`meanwhile_${second}`, start + second * 1000)
  await writing.query("commit")
  await acceptAt("msg_2", start + 11_000)
  const { rows } = await writing.query("select from wecom_push.messages where id = 'late' and job is not null")
  assert.equal(rows.length, 1)
  await writing.end()
})

// proves 13.M6: no message is passed over
test("13.M6: what becomes due between the two looks at a window gets a tick: a message, and an app that was held until then", async (t) => {
  const start = Date.now()
  for (const what of ["a message", "a held app"] as const) {
    await using database = await newDatabase()
    const opened = await openNode(database.url)
    await using _ = opened.stores
    const clock = await SetClock.stop(database.url, start)
    const admin = testConnection({ connectionString: database.url, max: 1 })
    if (what === "a held app")
      await admin.query(`insert into wecom_push.held_apps (app, until) values ('alerts', ${start + 1000})`)
    // oxlint-disable-next-line typescript/unbound-method -- it is called with a client
    const { query } = Client.prototype
    let hasPassed = false
    const passing = t.mock.method(Client.prototype, "query", async function (this: Client, ...given: unknown[]) {
      const [statement] = given
      if (typeof statement === "string" && statement.includes("greatest(due_at, held.until)")) {
        passing.mock.restore()
        hasPassed = true
        await clock.pass(2000)
      }
      return Reflect.apply(query, this, given)
    })
    const sendAt = what === "a message" ? start + 1000 : start
    await acceptAll(opened.stores.outbox, ["msg_1"], { acceptedAt: start, sendAt, expiresAt: start + HOUR_MS })
    const { rows } = await admin.query("select from wecom_push_jobs.job where start_after <= wecom_push_jobs.job_now()")
    assert.ok(hasPassed)
    assert.equal(rows.length, 1, what)
    await admin.end()
  }
})

// proves 13.M6: no message is passed over
test("13.M6: messages whose lifetimes are being moved when their app may send again get their jobs after it", async () => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  const { outbox } = opened.stores
  const start = Date.now()
  const admin = testConnection({ connectionString: database.url })
  await admin.query(`insert into wecom_push.held_apps (app, until) values ('alerts', ${start + HOUR_MS})`)
  const life = {
    acceptedAt: start,
    sendAt: start,
    expiresAt: start + HOUR_MS,
    clockSetMs: 0,
    expiryMoves: true,
  } as const
  await acceptAll(outbox, ["msg_1", "msg_2"], life)
  await admin.query(`create function wecom_push.wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(77); return new; end $$;
    create trigger waits before update on wecom_push.messages for each row
      when (old.clock_set <> new.clock_set) execute function wecom_push.wait()`)
  const holder = testConnection({ connectionString: database.url })
  await holder.query("select pg_advisory_lock(77)")
  const moving = outbox.clockJumped({ id: "jump_1", by: HOUR_MS, at: start, setByMs: HOUR_MS })
  const isWaiting = async (): Promise<boolean> =>
    (await admin.query("select from pg_locks where locktype = 'advisory' and objid = 77 and not granted")).rows.length >
    0
  while (!(await isWaiting())) await sleep(5)
  await outbox.makeAppDue("alerts", start)
  await holder.query("select pg_advisory_unlock(77)")
  await moving
  const { rows } = await admin.query("select from wecom_push.messages where job is not null")
  assert.equal(rows.length, 2)
  await Promise.all([admin.end(), holder.end()])
})

// proves 31.turns: many apps share one window of jobs
test("31.turns: hundreds of apps with a backlog have together no more jobs than a node works on, and a new app waits behind no more", async () => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  const { outbox } = opened.stores
  const admin = testConnection({ connectionString: database.url, max: 1 })
  const withJob = async (app: string): Promise<number> => {
    const { rows } = await admin.query<{ count: number }>(
      "select count(*)::integer as count from wecom_push.messages where job is not null and app like $1",
      [app],
    )
    return rows[0]?.count ?? 0
  }
  const accept = (app: string, count: number) =>
    Promise.all(Array.from({ length: count }, (__, n) => outbox.accept(aRequest({ id: `${app}_${n}`, app }))))
  for (let n = 0; n < 30; n++) await accept(`app${n}`, 100)
  const jobs = await withJob("app%")
  assert.ok(jobs >= 1000 && jobs <= 1500, `${jobs} jobs for 3,000 messages`)
  await accept("new", 1)
  assert.equal(await withJob("new"), 1)
  // A message without a job gets one as others of its app end, until none is left.
  for (let n = 99; n >= 0; n--) {
    const messageId = `app29_${n}`
    await outbox.update({ messageId, at: Date.now(), updates: [updateOf("cancelled")] })
    assert.ok(n === 0 || (await withJob("app29")) > 0, `${n} wait, and none has a job`)
  }
  await admin.end()
})

// proves 31.turns: many apps share one window of jobs
test("31.turns: a group whose last two jobs end at the same moment, neither seeing the other's end, gets another", async (t) => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  const { outbox } = opened.stores
  const admin = testConnection({ connectionString: database.url, max: 1 })
  const withJob = async (app: string): Promise<readonly string[]> => {
    const { rows } = await admin.query<{ id: string }>(
      "select id from wecom_push.messages where job is not null and app = $1 order by seq",
      [app],
    )
    return rows.map(({ id }) => id)
  }
  const accept = (app: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (__, n) =>
        outbox.accept(aRequest({ id: `${app}_${n}`, app, priority: "bulk" as const })),
      ),
    )
  const end = (messageId: string) => outbox.update({ messageId, at: Date.now(), updates: [updateOf("cancelled")] })
  await accept("two", 2)
  // Together they have all the jobs that there are of this priority: from now on an app gets one.
  for (let n = 0; n < 130; n++) await accept(`other${n}`, 1)
  await Promise.all(["two_2", "two_3"].map((id) => outbox.accept(aRequest({ id, app: "two", priority: "bulk" }))))
  assert.deepEqual(await withJob("two"), ["two_0", "two_1"])

  // oxlint-disable-next-line typescript/unbound-method -- it is called with a client
  const { query } = Client.prototype
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holding = t.mock.method(Client.prototype, "query", async function (this: Client, ...given: unknown[]) {
    const [statement] = given
    if (typeof statement === "string" && statement.includes("commit and chain") && statement.includes("two_0")) {
      holding.mock.restore()
      held.resolve()
      await released.promise
    }
    return Reflect.apply(query, this, given)
  })
  const first = end("two_0")
  await held.promise
  const second = end("two_1")
  // It ends meanwhile, or waits for the other.
  await Promise.race([second, sleep(500)])
  released.resolve()
  await Promise.all([first, second])
  assert.notDeepEqual(await withJob("two"), [], "two wait, and none has a job")
  await admin.end()
})

// proves 31.turns: many apps share one window of jobs
test("31.turns: of a group robot, whose messages wait for one room, no more have jobs than its window holds, those that wait included", async () => {
  await using database = await newDatabase()
  const opened = await openNode(database.url)
  await using _ = opened.stores
  await using turns = new TakeTurns(opened)
  const { outbox, apps } = opened.stores
  const admin = testConnection({ connectionString: database.url, max: 1 })
  const withJob = async (app: string): Promise<number> => {
    const { rows } = await admin.query("select from wecom_push.messages where job is not null and app = $1", [app])
    return rows.length
  }
  const accept = (app: string, n: number) =>
    outbox.accept(aRequest({ id: `${app}_${n}`, app, priority: "bulk", acceptedAt: now, sendAt: now }))
  const now = Date.now()
  for (const [name, kind] of [
    ["robot", "robot"],
    ["people", "app"],
  ] as const) {
    await apps.put({ name, kind, corpId: name, agentId: 0, settings: {}, secrets: { secret: "x" } }, now)
  }
  // Together they have all the jobs that there are of this priority: from now on an app gets one.
  for (let n = 0; n < 119; n++) await accept(`other${n}`, 0)
  for (const app of ["robot", "people"]) for (let n = 0; n < 3; n++) await accept(app, n)
  for (const [app, jobs] of [
    ["robot", 1],
    ["people", 2],
  ] as const) {
    const claimed = await turns.claim({ app, priority: "bulk", limit: 1, now, leaseMs: HOUR_MS })
    assert.equal(claimed.length, 1)
    for (const { messageId } of claimed) {
      const detail = { delayedUntil: now + HOUR_MS, reason: app === "robot" ? "target_rate" : "member_rate" }
      await outbox.update({ messageId, at: now, updates: [updateOf("pending", { detail })] })
    }
    await turns.release(claimed.map((held) => ({ ...held, nextAt: now + HOUR_MS })))
    assert.equal(await withJob(app), jobs, app)
  }
  await outbox.update({ messageId: "robot_0", at: now, updates: [updateOf("cancelled")] })
  assert.equal(await withJob("robot"), 1)
  await admin.end()
})

/** A node accepts messages in many steps, hands them out, and sees them end. */
async function work(url: string, name: string): Promise<void> {
  const opened = await openNode(url)
  try {
    const { outbox } = opened.stores
    await using turns = new TakeTurns(opened)
    for (let step = 0; step < STEPS; step++) {
      const now = Date.now()
      const ids = [`${name}_${step}_1`, `${name}_${step}_2`]
      await acceptAll(outbox, ids, { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
      const claimed = await turns.claim({ app: "alerts", priority: "normal", limit: 1000, now, leaseMs: HOUR_MS })
      for (const { messageId } of claimed) {
        await outbox.update({ messageId, at: now, updates: [updateOf("cancelled")] })
      }
      await turns.release(claimed.map((held) => ({ ...held, nextAt: now })))
    }
  } finally {
    // A connection reports what it has read when it ends.
    await opened.stores[Symbol.asyncDispose]()
  }
}

const DEAD = 5000
const STEPS = 25
