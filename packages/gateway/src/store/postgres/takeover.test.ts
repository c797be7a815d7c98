import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { acceptAll, HOUR_MS } from "../testing/build.ts"
import { PatientWorker } from "../testing/contract/work-queue-rules.ts"
import { connect } from "./connection.ts"
import { Jobs } from "./jobs.ts"
import { NodesWatched } from "./nodes-watched.ts"
import { Takeover } from "./takeover.ts"
import { newDatabase } from "./testing/cluster.ts"
import { testConnection } from "./testing/test-connection.ts"
import { openNode } from "./testing/open-store.ts"
import { Transactions } from "./transactions.ts"
import { ANY_TIME } from "./testing/any-time.ts"

function nothing(): void {}
const log = { info: nothing, warn: nothing, error: nothing }

const NO_ROBOTS = { look: () => Promise.resolve() }

/** Another node, and how often it has asked the database for a takeover. */
async function otherNode(url: string) {
  const db = connect({ url, maxConnections: 1, onLost: nothing })
  const jobs = await Jobs.start({ url, maxConnections: 1, onTrouble: nothing })
  let asked = 0
  const counting = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== "function") return value
        return (...words: unknown[]): unknown => {
          asked++
          return Reflect.apply(value, target, words)
        }
      },
    })
  const takeover = new Takeover({
    transactions: counting(new Transactions(db)),
    jobs: counting(jobs),
    robotLease: NO_ROBOTS,
  })
  return {
    jobs,
    takeOver: () => takeover.run(),
    timesAsked: () => asked,
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]()
      await db.destroy()
    },
  }
}

function adminOf(url: string) {
  const pool = testConnection({ connectionString: url })
  return Object.assign(pool, { [Symbol.asyncDispose]: () => pool.end() })
}

function connectionTo(url: string) {
  const database = connect({ url, maxConnections: 1, onLost: nothing })
  return { database, [Symbol.asyncDispose]: () => database.destroy() }
}

// proves 13.K3: the work of a dead node
test("however many messages a dead node had in work, others get them with a few questions", async () => {
  await using database = await newDatabase()
  const dying = await openNode(database.url)
  const stopping = new AbortController()
  const worker = new PatientWorker()
  const queue = dying.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  queue.start(worker)
  const ids = Array.from({ length: 150 }, (_, n) => `msg_${n}`)
  const now = Date.now()
  await acceptAll(dying.stores.outbox, ids, { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  await worker.count(150)
  stopping.abort()
  await queue.polled()
  await dying.stores[Symbol.asyncDispose]()

  await using other = await otherNode(database.url)
  assert.equal(await other.takeOver(), 150)
  assert.ok(other.timesAsked() <= 6, `${other.timesAsked()} questions`)
  assert.equal((await other.jobs.fetchTurns("normal", 200)).length, 150)
  assert.equal(await other.takeOver(), 0)
})

// proves 29.P3: a snapshot held open
test("29.P3: in a database in which gateways have started for years, those that left messages are found, and no others are queried", async () => {
  await using database = await newDatabase()
  const node = await openNode(database.url)
  await using _ = node.stores
  const now = Date.now()
  await acceptAll(node.stores.outbox, ["msg_1"], { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  await using db = adminOf(database.url)
  await db.query("insert into wecom_push.nodes (counts_unfinished) select false from generate_series(1, 200000)")
  await db.query("update wecom_push.messages set worker = 7")
  const watched = new NodesWatched()
  await using beside = connectionTo(database.url)
  const { dead } = await watched.look(beside.database)
  assert.ok(dead.includes(7), "it left a message")
  assert.ok(dead.length < 200, `${dead.length} are asked for`)
  assert.equal((await watched.look(beside.database)).dead.length, dead.length)
})

// proves D5: jobs that no node has taken
test("others get, within two seconds, what a dead node had fetched and not yet noted; a slow node keeps its own", async () => {
  await using database = await newDatabase()
  const dying = await openNode(database.url)
  await using other = await otherNode(database.url)
  const now = Date.now()
  await acceptAll(dying.stores.outbox, ["msg_1"], { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  const fetch = (): Promise<readonly unknown[]> => other.jobs.fetchTurns("normal", 10)
  assert.equal((await fetch()).length, 1)
  await sleep(1100)
  assert.equal(await other.takeOver(), 0)
  assert.equal(await other.takeOver(), 0)
  assert.equal((await fetch()).length, 0)
  await dying.stores[Symbol.asyncDispose]()
  const diedAt = performance.now()
  while ((await other.takeOver()) === 0) await sleep(100)
  // Without this look the takeover would come when the heartbeat ends, after a minute; `npm run chaos` measures the two
  // seconds.
  assert.ok(performance.now() - diedAt < 30_000)
  assert.equal((await fetch()).length, 1)
  assert.equal(await other.takeOver(), 0, "it was fetched a moment ago")
})

test("a message that was handed out a moment ago needs no heartbeat; one that has been in work for longer does", async () => {
  await using database = await newDatabase()
  const node = await openNode(database.url)
  await using _closed = node.stores
  const stopping = new AbortController()
  const worker = new PatientWorker()
  const queue = node.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  queue.start(worker)
  const now = Date.now()
  await acceptAll(node.stores.outbox, ["msg_1"], { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  await worker.count(1)
  const db = connect({ url: database.url, maxConnections: 1, onLost: nothing })
  await using _ended = { [Symbol.asyncDispose]: () => db.destroy() }
  const heartbeat = async (): Promise<unknown> => {
    const { rows } = await sql`select heartbeat_on from wecom_push_jobs.job where state = 'active'`.execute(db)
    assert.equal(rows.length, 1)
    return rows[0]
  }
  const before = await heartbeat()
  await queue.touch(60_000)
  assert.deepEqual(await heartbeat(), before)
  await queue.touch()
  assert.notDeepEqual(await heartbeat(), before)
  stopping.abort()
  await queue.polled()
})

// proves 29.P13: heartbeats
test("P13: a heartbeat waits for nothing: it skips what a transaction locks at that moment, and does not count it as lost", async () => {
  await using database = await newDatabase()
  const node = await openNode(database.url)
  await using _closed = node.stores
  const stopping = new AbortController()
  const worker = new PatientWorker()
  const queue = node.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  queue.start(worker)
  const now = Date.now()
  await acceptAll(node.stores.outbox, ["msg_1", "msg_2"], { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  await worker.count(2)
  const db = connect({ url: database.url, maxConnections: 2, onLost: nothing })
  await using _ended = { [Symbol.asyncDispose]: () => db.destroy() }
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ beat: string }>`select heartbeat_on::text as beat from wecom_push_jobs.job
      where state = 'active' order by id limit 1 for update`.execute(tx)
    await queue.touch()
    const { rows: after } = await sql<{ isLater: boolean }>`select
        heartbeat_on > ${rows[0]?.beat}::timestamptz as "isLater"
      from wecom_push_jobs.job where state = 'active' order by id`.execute(db)
    assert.deepEqual(
      after.map(({ isLater }) => isLater),
      [false, true],
    )
  })
  const lost = (): number => worker.handed.filter(({ isLost }) => isLost).length
  assert.equal(lost(), 0)
  await db.transaction().execute((tx) => sql`delete from wecom_push_jobs.job where state = 'active'`.execute(tx))
  await queue.touch()
  assert.equal(lost(), 2)
  stopping.abort()
  await queue.polled()
})

// proves 29.P3: a snapshot held open
test("29.P3: dead nodes are found without the entries of finished messages, which a held snapshot keeps", async () => {
  await using database = await newDatabase()
  const living = await openNode(database.url)
  await using _ = living.stores
  const now = Date.now()
  const ids = Array.from({ length: 100 }, (_, n) => `msg_${n}`)
  await acceptAll(living.stores.outbox, ids, { acceptedAt: now, sendAt: now, expiresAt: now + HOUR_MS })
  const holding = testConnection({ connectionString: database.url })
  await holding.query("begin isolation level repeatable read; select from wecom_push.messages limit 1")
  const connection = testConnection({ connectionString: database.url })
  for (let n = 0; n < 40; n++) {
    await connection.query(`update wecom_push.messages set worker = ${living.node}`)
    await connection.query("update wecom_push.messages set worker = null")
  }
  await connection.query(`update wecom_push.messages set worker = ${living.node} where id = 'msg_99'`)
  await connection.end()

  const reader = testConnection({ connectionString: database.url })
  const urlOfOther = `${database.url}${database.url.includes("?") ? "&" : "?"}application_name=other`
  const connectionsOfOther = async (): Promise<number> => {
    const { rows } = await reader.query("select from pg_stat_activity where application_name = 'other'")
    return rows.length
  }
  const blocksRead = async (): Promise<number> => {
    const { rows } = await reader.query<{ blocks: string }>(`select idx_blks_hit + idx_blks_read as blocks
      from pg_statio_user_indexes where indexrelname = 'messages_by_worker'`)
    return Number(rows[0]?.blocks)
  }
  const tenLooks = async (): Promise<number> => {
    const before = await blocksRead()
    {
      await using other = await otherNode(urlOfOther)
      for (let n = 0; n < 10; n++) assert.equal(await other.takeOver(), 0)
      assert.ok((await connectionsOfOther()) > 0)
    }
    // A connection reports what it has read when it ends. The living node's come and go by themselves.
    while ((await connectionsOfOther()) > 0) await sleep(10)
    return (await blocksRead()) - before
  }
  // A vacuum, or a connection that reports its reads late, may add to one of them; a scan would be in each.
  const blocks = [await tenLooks(), await tenLooks(), await tenLooks()]
  assert.ok(Math.min(...blocks) <= 10, `${blocks.join()} blocks`)
  await holding.end()
  await reader.end()
})
