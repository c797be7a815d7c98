import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import type { ClientConfig } from "pg"
import type { Finding, FindingStep } from "../finding.ts"
import { MASTER_KEY } from "../testing/open-store.ts"
import { deadRowsOf } from "./examine-dead-rows.ts"
import { examinePostgres } from "./examine.ts"
import type { ExamineOptions } from "./examine.ts"
import { DEAD_ROWS } from "./dead-rows.ts"
import type { DeadRows } from "./dead-rows.ts"
import { newDatabase, startCluster } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { startPooler } from "./testing/pooler.ts"

async function examine(url: string, more: Partial<ExamineOptions> = {}): Promise<ReadonlyMap<FindingStep, Finding>> {
  const found = new Map<FindingStep, Finding>()
  for await (const finding of examinePostgres({ url, masterKey: MASTER_KEY, maxConnections: 10, ...more })) {
    found.set(finding.step, finding)
    if (finding.state !== "ok") assert.ok(finding.hint, `${finding.step} says how to mend it`)
  }
  return found
}

const statesIn = (found: ReadonlyMap<FindingStep, Finding>): object =>
  Object.fromEntries([...found].map(([step, { state }]) => [step, state]))

async function change(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

// proves 13.L3: what is wrong with a database
test("a correct server has no finding, before the first start, while a gateway runs, and after", async () => {
  const cluster = await startCluster([])
  await cluster.admin("create database gateway")
  const url = `postgres://postgres:postgres@/gateway?host=${encodeURIComponent(cluster.socketFolder)}&port=5432`
  const fresh = await examine(url)
  assert.deepEqual([...new Set([...fresh.values()].map(({ state }) => state))], ["ok"], JSON.stringify(statesIn(fresh)))
  assert.match(fresh.get("schema")?.detail.en ?? "", /no tables yet/)
  await using _ = (await openNode(url)).stores
  const running = await examine(url)
  const states = [...running.values()].map(({ state }) => state)
  assert.deepEqual([...new Set(states)], ["ok"], JSON.stringify(statesIn(running)))
  assert.match(running.get("connections")?.detail.en ?? "", /^\d+ of 197 are free; a gateway takes up to 15; 1 run$/)
})

test("a server setting that is off is named with the statement that sets it on", async () => {
  await using database = await newDatabase()
  const { state, detail, hint } = (await examine(database.url)).get("durability") ?? {}
  assert.equal(state, "failed")
  assert.match(detail?.en ?? "", /^fsync, synchronous_commit, full_page_writes off/)
  assert.match(hint?.en ?? "", /ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET synchronous_commit = on;/)
})

// proves 29.P11: a database that is not UTF8
test("a database that is not UTF8 is named with its encoding and the command that makes a right one", async () => {
  await using database = await newDatabase("encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0")
  const { state, detail, hint } = (await examine(database.url)).get("server") ?? {}
  assert.equal(state, "failed")
  assert.match(detail?.zh ?? "", /LATIN1/)
  assert.match(hint?.zh ?? "", /CREATE DATABASE .* ENCODING 'UTF8'/)
})

test("a server that does not answer, or refuses the login, is the only finding", async () => {
  await using database = await newDatabase()
  const gone = await examine(database.url.replace("port=5432", "port=5433"))
  assert.deepEqual(statesIn(gone), { reach: "failed" })
  const wrong = await examine(database.url.replace("postgres:postgres@", "other:postgres@"))
  assert.deepEqual(statesIn(wrong), { reach: "failed" })
  assert.match(wrong.get("reach")?.hint?.en ?? "", /CREATE ROLE/)
})

// proves 13.L3: what is wrong with a database
test("rights, a server that is only read, tables of another version, a moved database, and another master key", async () => {
  await using database = await newDatabase()
  const { url } = database
  await (await openNode(url)).stores[Symbol.asyncDispose]()
  // A role belongs to the whole server.
  const role = `poor_${database.name}`
  await change(url, `create role ${role} login password 'poor'`)
  const poorUrl = url.replace("postgres:postgres@", `${role}:poor@`)
  await assert.rejects(openNode(poorUrl), { code: "no_rights" })
  const poor = await examine(poorUrl)
  assert.equal(poor.get("rights")?.state, "failed")
  assert.match(poor.get("rights")?.hint?.en ?? "", /GRANT CREATE ON DATABASE/)
  await change(url, `drop role ${role}`)

  assert.equal((await examine(url, { masterKey: new Uint8Array(32) })).get("master_key")?.state, "failed")

  const insert = "insert into wecom_push.kysely_migration (name, timestamp) values ('9999-later', 'x')"
  await change(url, insert, "update wecom_push.meta set value = '99' where name = 'compatible_from'")
  assert.equal((await examine(url)).get("schema")?.state, "failed")
  await change(url, "delete from wecom_push.kysely_migration where name > '0002'")
  const { state, hint } = (await examine(url)).get("schema") ?? {}
  assert.equal(state, "warning")
  assert.match(hint?.en ?? "", /wecom-push migrate/)

  const mark = { role: "source", state: "moved", id: "1", other: "sqlite:/a.db" }
  await change(url, `insert into wecom_push.meta values ('move', '${JSON.stringify(mark)}')`)
  assert.match((await examine(url)).get("schema")?.detail.en ?? "", /has been moved to sqlite:\/a\.db/)

  await change(
    url,
    "do $$ begin execute 'alter database ' || current_database() || ' set default_transaction_read_only = on'; end $$",
  )
  assert.equal((await examine(url)).get("server")?.state, "failed")
})

// proves 29.doctor: what doctor says of a database
test("the server's version, the encoding and collation of the database, and JIT are named", async () => {
  await using database = await newDatabase()
  assert.match(
    (await examine(database.url)).get("server")?.detail.en ?? "",
    /^PostgreSQL \d+\.\d+.*, which can be written; UTF8, collation \S+; JIT is off for the gateway \((?:on|off) on the server\)$/,
  )
})

// proves 29.doctor: what doctor says of a database
test("a transaction that keeps deleted rows from being cleared away is named once it has been open for long", async () => {
  await using database = await newDatabase()
  const { url } = database
  await (await openNode(url)).stores[Symbol.asyncDispose]()
  await using reader = new HeldClient({ connectionString: url, application_name: "a dump" })
  await reader.connect()
  await reader.query("begin isolation level repeatable read")
  await reader.query("select count(*) from wecom_push.messages")
  assert.equal((await examine(url)).get("dead_rows")?.state, "ok", "one that has just begun is no trouble")

  await using asking = new HeldClient({ connectionString: url })
  await asking.connect()
  const [seen] = (await asking.query<DeadRows>(DEAD_ROWS)).rows
  assert.match(seen?.holder ?? "", /^\d+ \(postgres, a dump\)$/)
  assert.match(seen?.ending ?? "", /^SELECT pg_terminate_backend\(\d+\);$/)
  const hourLater = { query: async () => ({ rows: [{ ...seen, oldestSnapshotSeconds: 3600 }] }) }
  const { state, detail, hint } = await deadRowsOf(hourLater, "gateway")
  assert.equal(state, "warning")
  assert.match(detail.en, /a transaction has been open for 60 min, .* \(postgres, a dump\)$/)
  assert.ok(hint?.zh.includes(seen?.ending ?? "none"))
  await asking.query(seen?.ending?.replace(";", "") ?? "")
  await assert.rejects(reader.query("select 1"))
  // The server's process ends a moment after its connection.
  const holder = async () => (await asking.query<DeadRows>(DEAD_ROWS)).rows[0]?.holder
  for (let tries = 0; tries < 6000 && (await holder()) !== null; tries++) await sleep(10)
  assert.equal(await holder(), null)
})

// proves 29.doctor: what doctor says of a database
test("for a role that may not see other sessions the doctor says so, and how to permit it", async () => {
  const found = { query: async () => ({ rows: [{ dead: 7, live: 9, oldestSnapshotSeconds: 0, seesAll: false }] }) }
  const { state, detail } = await deadRowsOf(found, "gateway")
  assert.equal(state, "ok")
  assert.match(detail.en, /^7 dead rows beside 9; .*GRANT pg_read_all_stats TO gateway/)
  assert.match(detail.zh, /GRANT pg_read_all_stats TO gateway/)
})

class HeldClient extends Client implements AsyncDisposable {
  constructor(options: ClientConfig) {
    super(options)
    this.on("error", () => {})
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end()
  }
}

test("clocks that differ: a warning from 5 s on, a failure from a minute on", async () => {
  await using database = await newDatabase()
  const at = async (aheadMs: number): Promise<Finding | undefined> =>
    (await examine(database.url, { now: () => Date.now() + aheadMs })).get("clock")
  const near = await at(-2000)
  assert.equal(near?.state, "ok", near?.detail.en)
  const [behind, far] = [await at(8000), await at(-90_000)]
  assert.deepEqual([behind?.state, far?.state], ["warning", "failed"])
  assert.match(behind?.detail.en ?? "", /[78]\.\d s behind this machine's/)
  assert.match(far?.detail.en ?? "", /(?:89|90)\.\d s ahead of this machine's/)
})

// proves 13.L3: what is wrong with a database
test("too few connections: a failure for the first gateway, a warning where one runs, by the narrowest limit", async () => {
  await using database = await newDatabase()
  const { url } = database
  await change(url, "do $$ begin execute 'alter database ' || current_database() || ' connection limit 12'; end $$")
  const alone = (await examine(url)).get("connections")
  assert.equal(alone?.state, "failed", alone?.detail.en)
  assert.match(alone?.detail.en ?? "", /of 12 are free; a gateway takes up to 15; 0 run/)
  assert.equal((await examine(url, { maxConnections: 4 })).get("connections")?.state, "ok")
  await using _ = (await openNode(url)).stores
  assert.equal((await examine(url)).get("connections")?.state, "warning")
})

// proves 13.L5: a pooler in transaction mode
test("a pooler in transaction mode is recognised, one in session mode is none", async () => {
  await using database = await newDatabase()
  for (const [mode, state] of [
    ["session", "ok"],
    ["transaction", "failed"],
  ] as const) {
    await using pooler = await startPooler(database.url, mode)
    for (let n = 0; n < 5; n++) assert.equal((await examine(pooler.url)).get("pooling")?.state, state)
    await using fair = await startPooler(database.url, mode, { server_round_robin: 1, min_pool_size: 5 })
    for (let n = 0; n < 5; n++) assert.equal((await examine(fair.url)).get("pooling")?.state, state)
  }
  const without = await examine(database.url)
  assert.equal(without.get("pooling")?.state, "ok")
})
