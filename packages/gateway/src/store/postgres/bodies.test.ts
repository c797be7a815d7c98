import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { keepBodies } from "./bodies.ts"
import type { SentBody, WantedBody } from "./bodies.ts"
import { connect } from "./connection.ts"
import type { Database } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { rowsRead } from "./testing/rows-read.ts"

const WINDOW_MS = 1000
const HELD = 20_000

function wanted(hash: string, at: number): WantedBody {
  return { agent: 1, hash, messageId: `msg_${hash}_${at}`, number: 1, at, windowMs: WINDOW_MS }
}

/** Works in a new database that a gateway has opened. */
async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  await using database = await newDatabase()
  await (await openNode(database.url)).stores[Symbol.asyncDispose]()
  await work(database.url)
}

async function connected<T>(url: string, work: (db: Database) => Promise<T>): Promise<T> {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  try {
    return await work(db)
  } finally {
    await db.destroy()
  }
}

function hold(db: Database, ...bodies: readonly WantedBody[]): Promise<ReadonlyMap<string, SentBody>> {
  return db.transaction().execute((tx) => keepBodies(tx, bodies))
}

// proves 13.M7: many numbers at once
test("only those held bodies are read that equal new ones", () =>
  withDatabase(async (url) => {
    await connected(url, async (db) => {
      await sql`insert into wecom_push.bodies (agent, hash, message, call, at)
        select 1, 'old' || n, 'msg_' || n, 1, n from generate_series(1, ${HELD}::integer) as n`.execute(db)
      await sql`analyze`.execute(db)
    })
    const fresh = Array.from({ length: 50 }, (_, n) => wanted(`new${n}`, HELD))
    const read = await rowsRead(url, () =>
      connected(url, async (db) => assert.deepEqual(await hold(db, ...fresh), new Map())),
    )
    assert.ok((read.get("bodies") ?? 0) <= 50, `${read.get("bodies")} rows for 50 free bodies`)
    const { rows } = await connected(url, (db) =>
      sql<{ count: number }>`select count(*)::integer as count from wecom_push.bodies`.execute(db),
    )
    assert.equal(rows[0]?.count, HELD + 50)
  }))

test("a body is held until its window is over, by the call that sent it first, whatever other bodies are wanted with it", () =>
  withDatabase((url) =>
    connected(url, async (db) => {
      const [a, b] = [wanted("a", 5000), wanted("b", 5500)]
      assert.deepEqual(await hold(db, a, b), new Map())
      // This is one millisecond before the end of `a`'s window. `c` is new.
      assert.deepEqual(
        await hold(db, wanted("a", 5999), wanted("b", 5999), wanted("c", 5999)),
        new Map([
          ["1 a", { messageId: a.messageId, number: 1, at: 5000 }],
          ["1 b", { messageId: b.messageId, number: 1, at: 5500 }],
        ]),
      )
      // At the end of its window `a` is free, and the next call that wants it holds it.
      const next = wanted("a", 6000)
      assert.deepEqual([...(await hold(db, next, wanted("b", 6000))).keys()], ["1 b"])
      assert.deepEqual(
        await hold(db, wanted("a", 6001)),
        new Map([["1 a", { messageId: next.messageId, number: 1, at: 6000 }]]),
      )
    }),
  ))
