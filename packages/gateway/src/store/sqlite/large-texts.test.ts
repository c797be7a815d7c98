import assert from "node:assert/strict"
import { statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { test } from "node:test"
import { aCall, accepted, acceptAll, begin, claimDue, claimOne, NOON, WHOLE_TRAIL } from "../testing/build.ts"
import { open, TemporaryFolder } from "../testing/open-store.ts"
import { integer } from "../row.ts"

const MEGABYTE = 1024 * 1024
const parts = [`{"mpnews":"${"x".repeat(MEGABYTE)}"}`]
const call = aCall({ body: `{"touser":"zhangsan","mpnews":"${"x".repeat(MEGABYTE)}"}` })

function rowsIn(file: string): number {
  using db = new DatabaseSync(file, { readOnly: true })
  return integer(db.prepare("select count(*) as n from large_texts").get() ?? {}, "n")
}

// proves 28.D2: bodies of millions of names
test("28.D2: the result of a call is stored without writing the megabytes of its body or its message again", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await using _ = stores
  await acceptAll(stores.outbox, ["msg_1"], { msgtype: "mpnews", parts })
  const started = await begin(stores.outbox, await claimOne(stores.outbox), { call })
  const bytes = (): number => statSync(`${folder.file()}-wal`).size
  const before = bytes()
  assert.ok(before > 2 * MEGABYTE, `${before} bytes of log before`)
  await stores.outbox.settle([accepted(started)])
  assert.ok(bytes() - before < MEGABYTE / 4, `${bytes() - before} bytes written`)
})

test("long contents and bodies are deleted with their message", async () => {
  using folder = new TemporaryFolder()
  {
    const { stores } = await open(folder.file())
    await using _ = stores
    await acceptAll(stores.outbox, ["msg_1"], { msgtype: "mpnews", parts })
    const started = await begin(stores.outbox, await claimOne(stores.outbox), { call })
    await stores.outbox.settle([accepted(started)])
    assert.equal(rowsIn(folder.file()), 2)
    const cutoffs = { now: NOON, finishedBefore: NOON + 200, eventsBefore: 0, lookupsBefore: 0, ...WHOLE_TRAIL }
    await stores.upkeep.prune({ ...cutoffs, limit: 20 })
  }
  assert.equal(rowsIn(folder.file()), 0)
})

// proves 28.D2: bodies of millions of names
test("28.D2: messages of megabytes that are claimed together are read in separate turns of the event loop", async () => {
  using folder = new TemporaryFolder()
  const { stores } = await open(folder.file())
  await using _ = stores
  const ids = ["msg_1", "msg_2", "msg_3", "msg_4", "msg_5"]
  await acceptAll(stores.outbox, ids, { msgtype: "mpnews", parts })
  let turns = 0
  const count = (): void => {
    turns++
    next = setImmediate(count)
  }
  let next = setImmediate(count)
  const claimed = await claimDue(stores.outbox)
  clearImmediate(next)
  assert.equal(claimed.length, 5)
  assert.ok(turns >= 5, `the loop has turned ${turns} times`)
})
