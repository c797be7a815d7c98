import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { issueAdminKey } from "../../doors/kit/new-key.ts"
import { NOON } from "../testing/build.ts"
import { addKey } from "./add-key.ts"
import { connect } from "./connection.ts"
import type { Database } from "./connection.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { LOCKS } from "./locks.ts"
import { shownUrl } from "./shown-url.ts"
import { newDatabase } from "./testing/cluster.ts"
import { Gate } from "./testing/gate.ts"
import { openNode } from "./testing/open-store.ts"

interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly database: Database
}

/** @param options of `create database` */
async function newServer(options?: string): Promise<TestServer> {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase(options))
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: () => {} }), (db) => db.destroy())
  const kept = resources.move()
  return { url, database, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function schemasOf(database: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select nspname::text as name from pg_namespace
    where nspname like 'wecom%' order by nspname`.execute(database)
  return rows.map(({ name }) => name)
}

const refusal = (code: string) => ({ name: "StartRefusal", code })

// proves D1: no server at the start
test("the start waits for a missing server, and logs it; then it is refused with the reason", async () => {
  await using server = await newServer()
  await using gate = new Gate(server.url)
  await gate.open()
  const url = gate.url(server.url)
  await gate.shut()
  const waits: string[] = []
  await assert.rejects(
    openNode(url, { waitMs: 700, onWaiting: (why) => waits.push(why) }),
    (error) =>
      error instanceof Error && /ECONNREFUSED/.test(error.message) && "code" in error && error.code === "unreachable",
  )
  assert.match(waits.join(), /ECONNREFUSED/)
  assert.doesNotMatch(waits.join(), /postgres:postgres/)
  const opening = openNode(url, { waitMs: 60_000 })
  await sleep(600)
  await gate.open()
  await (await opening).stores[Symbol.asyncDispose]()
})

test("a start whose connections are cut again and again succeeds in the end, or leaves nothing behind that keeps trying", async () => {
  await using server = await newServer()
  await (await openNode(server.url)).stores[Symbol.asyncDispose]()
  const cut = async (ms: number): Promise<void> => {
    for (const until = performance.now() + ms; performance.now() < until; await sleep(3)) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`.execute(server.database)
    }
  }
  const cutting = cut(1500)
  await assert.rejects(openNode(server.url, { waitMs: 0 }))
  const [{ stores }] = await Promise.all([openNode(server.url, { waitMs: 60_000 }), cutting])
  await stores[Symbol.asyncDispose]()
  const connected = async (): Promise<readonly unknown[]> => {
    const { rows } = await sql`select application_name from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(server.database)
    return rows
  }
  // The server sees the end of a connection a moment later; a busy machine makes that long.
  for (let left = 200; left > 0 && (await connected()).length > 0; left--) await sleep(100)
  assert.deepEqual(await connected(), [])
})

test("a login that the server refuses is reported at once, whatever the wait", async () => {
  await using server = await newServer()
  for (const url of [
    server.url.replace("postgres:postgres@", "postgres:wrong@"),
    server.url.replace("postgres:postgres@", "other@"),
    server.url.replace(/\/test_\w+/, "/nowhere"),
  ]) {
    await assert.rejects(openNode(url, { waitMs: 60_000 }), refusal("login_refused"), url)
  }
  await assert.rejects(openNode(`${server.url}&sslmode=require`, { waitMs: 60_000 }), refusal("not_trusted"))
})

// proves D15: the wrong database
test("later errors are named before anything is changed: rights, a foreign schema, a server that is not written", async () => {
  await using server = await newServer()
  const { database } = server
  const name = `guest_${Date.now()}`
  await sql.raw(`create role ${name} login password 'g'`).execute(database)
  const guest = server.url.replace("postgres:postgres@", `${name}:g@`)
  await assert.rejects(openNode(guest), refusal("no_rights"))
  await sql`create schema wecom_push`.execute(database)
  await assert.rejects(openNode(server.url), refusal("not_a_database"))
  await sql`drop schema wecom_push`.execute(database)
  await sql.raw(`alter role ${name} set default_transaction_read_only = on`).execute(database)
  await assert.rejects(openNode(guest), refusal("read_only"))
  assert.deepEqual(await schemasOf(database), [])
  await sql.raw(`alter role ${name} reset default_transaction_read_only`).execute(database)
  await sql
    .raw(`grant create on database ${new URL(server.url.replace("@/", "@x/")).pathname.slice(1)} to ${name}`)
    .execute(database)
  await (await openNode(guest)).stores[Symbol.asyncDispose]()
  assert.deepEqual(await schemasOf(database), ["wecom_push", "wecom_push_jobs"])
})

for (const encoding of ["LATIN1", "EUC_CN", "SQL_ASCII"]) {
  // proves 29.P11: a database that is not UTF8
  test(`a database in ${encoding}, which cannot hold every text, is refused with the command that makes a right one`, async () => {
    await using server = await newServer(`encoding '${encoding}' lc_collate 'C' lc_ctype 'C' template template0`)
    await assert.rejects(openNode(server.url), (error) => {
      assert.ok(error instanceof StartRefusal)
      assert.equal(error.code, "not_utf8")
      for (const language of ["zh", "en"] as const) {
        assert.match(
          error.sentence(language),
          new RegExp(`${encoding}.*CREATE DATABASE .* ENCODING 'UTF8' .*TEMPLATE template0`),
        )
      }
      return true
    })
    assert.deepEqual(await schemasOf(server.database), [])
  })
}

// proves 29.P12: a node frozen in its start
test("a start behind another one that hangs ends with the connection that blocks it, and may be repeated", async () => {
  await using server = await newServer()
  const { rows } = await sql<{
    pid: number
  }>`select pg_backend_pid() as pid, pg_advisory_lock(${sql.lit(LOCKS.start)})`.execute(server.database)
  await assert.rejects(openNode(server.url, { waitMs: 0 }), (error) => {
    assert.ok(error instanceof StartRefusal)
    assert.equal(error.code, "start_held")
    assert.equal(error.isPassing, true)
    assert.match(
      error.message,
      new RegExp(String.raw`process ${rows[0]?.pid} of the server.*pg_terminate_backend\(${rows[0]?.pid}\)`),
    )
    return true
  })
})

// proves N9: two versions together
// proves 30.bad-up: an older version on newer tables
test("N9: a gateway starts on tables of the next version where that says so, and on no others", async () => {
  await using server = await newServer()
  const { url, database } = server
  await (await openNode(url)).stores[Symbol.asyncDispose]()
  await sql`insert into wecom_push.kysely_migration (name, timestamp) values ('9999-next', 'now')`.execute(database)
  await (await openNode(url)).stores[Symbol.asyncDispose]()
  await sql`update wecom_push.meta set value = '999' where name = 'compatible_from'`.execute(database)
  await assert.rejects(openNode(url), refusal("newer_schema"))
})

test("an admin key is made in a database that gateways use, and in no other", async () => {
  await using server = await newServer()
  const { record } = issueAdminKey(NOON)
  const entry = {
    at: NOON,
    actor: "local",
    from: undefined,
    action: "a",
    target: record.id,
    detail: {},
    apps: record.apps,
  }
  await assert.rejects(addKey({ url: server.url }, record, entry), refusal("older_schema"))
  assert.deepEqual(await schemasOf(server.database), [])
  await using stores = (await openNode(server.url)).stores
  await addKey({ url: server.url }, record, entry)
  assert.equal((await stores.keys.findByHash(record.hash))?.id, record.id)
})

// proves D10: a server that syncs nothing
test("a server that does not sync is noticed: the tests' own is one", async () => {
  await using server = await newServer()
  await using stores = (await openNode(server.url)).stores
  assert.equal(stores.upkeep.health().synchronous, "off")
})

test("the address of a database is shown without its password", () => {
  assert.equal(shownUrl("postgres://u:canary@h:5432/db"), "postgres://u@h:5432/db")
  assert.equal(
    shownUrl("postgres://u@h/db?password=canary&sslmode=require"),
    "postgres://u@h/db?password=…&sslmode=require",
  )
  assert.equal(shownUrl("postgres://u:can@ary@h:5432/db"), "postgres://u@h:5432/db")
  assert.equal(shownUrl("postgres://u:can@a?ry@h/db"), "postgres://u@h/db")
  assert.equal(shownUrl("postgres://h/db"), "postgres://h/db")
  assert.doesNotMatch(shownUrl("postgres://u:can:ary@h/db"), /ary/)
})
