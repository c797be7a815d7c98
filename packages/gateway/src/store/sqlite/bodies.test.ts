import assert from "node:assert/strict"
import { DatabaseSync, StatementSync } from "node:sqlite"
import { test } from "node:test"
import { Bodies } from "./bodies.ts"

function database(): DatabaseSync {
  const db = new DatabaseSync(":memory:")
  db.exec(`create table bodies (id integer primary key, agent integer not null, hash text not null, message text not null,
    call integer not null, at integer not null) strict;
    create table body_tables (first integer primary key, last integer not null, rows blob not null) strict`)
  return db
}

const key = { agent: 1, hash: "h" }
const sent = { messageId: "msg_1", number: 1, at: 5 }

test("a body is found by its agent and hash, also by the next process", () => {
  const db = database()
  const bodies = new Bodies(db)
  bodies.hold(key, sent)
  for (const some of [bodies, new Bodies(db)]) {
    assert.deepEqual(some.find(key), sent)
    assert.equal(some.find({ agent: 2, hash: "h" }), undefined)
    assert.equal(some.find({ agent: 1, hash: "i" }), undefined)
  }
})

test("only the latest call that holds a body is kept and found", () => {
  const db = database()
  const bodies = new Bodies(db)
  bodies.hold(key, sent)
  bodies.hold(key, { messageId: "msg_2", number: 3, at: 9 })
  assert.deepEqual(bodies.find(key), { messageId: "msg_2", number: 3, at: 9 })
  assert.deepEqual(new Bodies(db).find(key), { messageId: "msg_2", number: 3, at: 9 })
  assert.equal(db.prepare("select count(*) as n from bodies").get()?.["n"], 1)
})

test("only the call that holds a body frees it", () => {
  const bodies = new Bodies(database())
  bodies.hold(key, sent)
  bodies.free(key, "msg_1", 2)
  bodies.free(key, "msg_2", 1)
  assert.deepEqual(bodies.find(key), sent)
  bodies.free(key, "msg_1", 1)
  assert.equal(bodies.find(key), undefined)
})

test("a body whose transaction was rolled back is not found, nor confused with the next one in its row", () => {
  const db = database()
  const bodies = new Bodies(db)
  db.exec("begin")
  bodies.hold(key, sent)
  db.exec("rollback")
  assert.equal(bodies.find(key), undefined)
  const other = { agent: 1, hash: "other" }
  bodies.hold(other, { messageId: "msg_2", number: 1, at: 6 })
  assert.equal(bodies.find(key), undefined)
  assert.equal(bodies.find(other)?.messageId, "msg_2")
})

test("old ones are deleted, oldest first, no more than asked for", () => {
  const bodies = new Bodies(database())
  for (let n = 0; n < 5; n++) bodies.hold({ agent: 1, hash: `${n}` }, { ...sent, at: n })
  assert.equal(bodies.prune(3, 2), 2)
  assert.equal(bodies.prune(3, 2), 1)
  assert.equal(bodies.prune(3, 2), 0)
  const left = [0, 1, 2, 3, 4].filter((n) => bodies.find({ agent: 1, hash: `${n}` }) !== undefined)
  assert.deepEqual(left, [3, 4])
})

const hold = (some: Bodies, n: number): void => some.hold({ agent: 1, hash: `${n}` }, { ...sent, at: n })
const finds = (some: Bodies, n: number): boolean => some.find({ agent: 1, hash: `${n}` })?.at === n

// proves 12.R8: a million messages in the last hour
test("12.R8: the next process reads the tables of the process before and few rows, and finds all its bodies", (t) => {
  const db = database()
  const bodies = new Bodies(db)
  db.exec("begin")
  for (let n = 0; n < 200_000; n++) hold(bodies, n)
  bodies.free({ agent: 1, hash: "199999" }, "msg_1", 1)
  db.exec("commit")
  const gets = t.mock.method(StatementSync.prototype, "get")
  const next = new Bodies(db)
  const pages = gets.mock.callCount()
  assert.ok(pages <= 20_000 / 5000 + 3, `${pages} pages of rows`)
  for (const n of [0, 89_999, 90_000, 179_999, 180_000, 199_998]) assert.ok(finds(next, n), `${n}`)
  // No row gets the number of the freed row.
  hold(next, 200_000)
  assert.ok(finds(new Bodies(db), 200_000) && !finds(new Bodies(db), 199_999))
})

test("12.R8: rows whose table could not be stored are read, and then it is stored", () => {
  const db = database()
  const bodies = new Bodies(db)
  const keys = Array.from({ length: 200_000 }, (_, n) => ({ agent: 1, hash: `${n}` }))
  db.exec("begin")
  for (const [n, key] of keys.entries()) bodies.hold(key, { ...sent, at: n })
  db.exec("delete from body_tables where first = 1; commit")
  const next = new Bodies(db)
  assert.ok([0, 89_999, 90_000, 199_999].every((n) => next.find({ agent: 1, hash: `${n}` })?.at === n))
  next.hold(key, sent)
  assert.equal(db.prepare("select count(*) as n from body_tables").get()?.["n"], 2)
})

test("a quarter of a million in tables: bodies on both sides of a table's end are found, and deleted when they are old", () => {
  const bodies = new Bodies(database())
  for (let n = 0; n < 250_010; n++) bodies.hold({ agent: 1, hash: `${n}` }, { ...sent, at: n })
  const found = (n: number): boolean => bodies.find({ agent: 1, hash: `${n}` })?.at === n
  assert.ok([0, 89_999, 90_000, 179_999, 180_000, 250_009].every(found))
  bodies.hold({ agent: 1, hash: "7" }, { ...sent, at: 300_000 })
  assert.equal(bodies.find({ agent: 1, hash: "7" })?.at, 300_000)
  while (bodies.prune(250_005, 50_000) > 0);
  assert.deepEqual([249_999, 250_004, 250_005].map(found), [false, false, true])
  assert.equal(bodies.find({ agent: 1, hash: "7" })?.at, 300_000)
})
