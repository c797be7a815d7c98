import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { connect } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { Transactions } from "./transactions.ts"
import type { Trouble } from "./transactions.ts"

// proves D12: changes that wait for each other
test("D12: of two changes that wait for each other the one that the server ends is repeated, unseen", async () => {
  await using database = await newDatabase()
  const db = connect({ url: database.url, maxConnections: 3, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  await sql`create table places (name text primary key, count integer not null)`.execute(db)
  await sql`insert into places values ('a', 0), ('b', 0)`.execute(db)
  const transactions = new Transactions(db)
  let tries = 0
  const { promise: bothHold, resolve: hold } = Promise.withResolvers<void>()
  const change = (first: string, second: string): Promise<void> =>
    transactions.run(async (tx) => {
      const increase = (name: string) => sql`update places set count = count + 1 where name = ${name}`.execute(tx)
      await increase(first)
      if (++tries === 2) hold()
      await bothHold
      await increase(second)
    })
  await Promise.all([change("a", "b"), change("b", "a")])
  assert.ok(tries > 2, "one was done again")
  assert.equal(transactions.trouble, undefined)
  const { rows } = await sql<{ count: number }>`select count from places order by name`.execute(db)
  assert.deepEqual(rows, [{ count: 2 }, { count: 2 }])
})

// proves D9: failover to a standby
test("a read-only server is reported as trouble until something is written, whatever is read meanwhile", async () => {
  await using database = await newDatabase()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  await sql`create schema wecom_push`.execute(db)
  await sql`create table places (name text primary key)`.execute(db)
  const transactions = new Transactions(db)
  const write = (): Promise<unknown> => transactions.run((tx) => sql`insert into places values ('a')`.execute(tx))
  const read = (): Promise<unknown> => transactions.read((any) => sql`select * from places`.execute(any))

  await sql`set default_transaction_read_only = on`.execute(db)
  await assert.rejects(write(), { code: "storage_error" })
  for (let n = 0; n < 2; n++) {
    await read()
    assert.equal(transactions.trouble, "storage_error")
    await transactions.tryToWrite()
  }

  await sql`set default_transaction_read_only = off`.execute(db)
  await sleep(1100)
  await transactions.tryToWrite()
  assert.equal(transactions.trouble, undefined)
})

// proves 29.P2: a database that refuses
test("P2: an error of the database carries its SQLSTATE and its text", async () => {
  await using database = await newDatabase()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  const troubles: Trouble[] = []
  const transactions = new Transactions(db, false, (trouble) => troubles.push(trouble))
  await assert.rejects(
    transactions.read((any) => sql`select * from places`.execute(any)),
    { code: "storage_error" },
  )
  assert.deepEqual(troubles, [{ code: "storage_error", sqlState: "42P01", why: 'relation "places" does not exist' }])
})

test("a question to a closed database is refused, as by the other store", async () => {
  await using database = await newDatabase()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  const transactions = new Transactions(db)
  await sql`select`.execute(db)
  await db.destroy()
  await assert.rejects(
    transactions.read((any) => sql`select`.execute(any)),
    { code: "storage_closed" },
  )
})

for (const isPooled of [false, true]) {
  test(`no statement of a change is compiled, whatever the database says${isPooled ? "; behind a pooler the setting ends with the change" : ""}`, async () => {
    await using database = await newDatabase()
    const db = connect({ url: database.url, maxConnections: 1, isPooled, onLost: () => {} })
    await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
    await sql.raw(`alter database ${database.name} set jit = on`).execute(db)
    const again = connect({ url: database.url, maxConnections: 1, isPooled, onLost: () => {} })
    await using __ = { [Symbol.asyncDispose]: () => again.destroy() }
    const jit = async (on: typeof db): Promise<unknown> => (await sql`show jit`.execute(on)).rows[0]
    assert.deepEqual(await new Transactions(again, isPooled).run((tx) => jit(tx)), { jit: "off" })
    assert.deepEqual(await jit(again), { jit: isPooled ? "on" : "off" })
  })
}

test("work that the end of a stop interrupts is refused to its caller, and not logged as trouble with the database", async () => {
  await using database = await newDatabase()
  const db = connect({ url: database.url, maxConnections: 1, onLost: () => {} })
  const reported: Trouble[] = []
  const transactions = new Transactions(db, false, (trouble) => reported.push(trouble))
  await transactions.read((any) => sql`select 1`.execute(any))
  await db.destroy()
  await assert.rejects(
    transactions.read((any) => sql`select 1`.execute(any)),
    { code: "storage_closed" },
  )
  assert.deepEqual(reported, [])
})
