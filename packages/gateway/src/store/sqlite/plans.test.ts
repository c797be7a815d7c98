import assert from "node:assert/strict"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { open, TemporaryFolder } from "../testing/open-store.ts"

/** Tables that grow with what the gateway has done. */
const LONG = new Set([
  "messages",
  "chunks",
  "calls",
  "attempts",
  "bodies",
  "idempotency",
  "events",
  "audit",
  "lookups",
  "media",
  "media_apps",
  "media_places",
  "media_uses",
  "callbacks",
  "card_codes",
])

/** Statements that go through a table or an index from one end, and end after as many rows as they are asked for. */
const ORDERED = /\blimit\b|^\s*select (?:coalesce\()?m(?:ax|in)\(/i

/** Read whole, at a start or once a day, and why that is no harm. */
const WHOLE: Readonly<Record<string, string>> = {
  "select app, priority, count(*) as unfinished from messages indexed by messages_late":
    "unfinished, of an index by itself",
  "select app, priority, count(*) as unfinished from messages indexed by messages_behind":
    "the same, of its other half",
}

test("12.R14: no statement of the store walks a table that grows with the history", async (t) => {
  using folder = new TemporaryFolder()
  // Made first: what migrations do is done once.
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  const prepare = t.mock.method(DatabaseSync.prototype, "prepare")
  await (await open(folder.file())).stores[Symbol.asyncDispose]()
  const prepared = new Set(prepare.mock.calls.map(({ arguments: [sql] }) => sql))
  prepare.mock.restore()
  const statements = [...prepared].filter((sql) => /^\s*(?:select|update|delete|insert|with)\b/i.test(sql))
  assert.ok(statements.length > 100, `${statements.length} statements`)
  using db = new DatabaseSync(folder.file(), { readOnly: true })
  const found: string[] = []
  for (const sql of statements) {
    for (const { detail } of db.prepare(`explain query plan ${sql}`).all()) {
      // Of an app, all that it ever sent.
      const isWhole = /^SCAN (\w+)|^SEARCH (\w+) USING (?:COVERING )?INDEX (?:messages_of_app|events_of_app) \(app=\?\)/
      const [, scanned = "", searched = scanned] = isWhole.exec(String(detail)) ?? []
      if (!LONG.has(searched) || ORDERED.test(sql)) continue
      if (Object.keys(WHOLE).some((beginning) => normal(sql).startsWith(beginning))) continue
      found.push(`${String(detail)}: ${normal(sql)}`)
    }
  }
  assert.deepEqual(found, [])
})

function normal(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim()
}
