import assert from "node:assert/strict"
import { test } from "node:test"
import { Client } from "pg"
import { newDatabase } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { NODE_LOCKS } from "../../packages/gateway/src/store/postgres/locks.ts"
import { openPostgres } from "../../packages/gateway/src/store/postgres/open.ts"
import { acceptAll } from "../../packages/gateway/src/store/testing/build.ts"
import { judgePostgres } from "./store-postgres.ts"

async function judged(spoil: string, running = 0): Promise<string> {
  await using database = await newDatabase()
  const { stores } = await openPostgres({ url: database.url, masterKey: new Uint8Array(32) })
  await acceptAll(stores.outbox, ["msg_1"])
  await stores.outbox.update({
    messageId: "msg_1",
    at: 1,
    updates: [{ chunk: 0, slots: "all", from: ["pending"], state: "cancelled" }],
  })
  await stores[Symbol.asyncDispose]()
  const client = new Client({ connectionString: database.url })
  await client.connect()
  await client.query("delete from wecom_push_jobs.job")
  await client.query(spoil)
  const faults = await judgePostgres(database.url, running, 0)
  await client.end()
  return faults.map(({ text, count }) => `${text}: ${count}`).join(", ")
}

const A_CALL = `insert into wecom_push.calls
  (message, number, part, final, flight, first_try_at, started_at, result, positions, checksum, body)`

for (const [spoil, verdict] of [
  ["select 1", ""],
  ["update wecom_push.messages set state = 'open'", "messages that are not finished: 1"],
  ["update wecom_push.messages set due_at = 1", "finished messages that have a turn: 1"],
  [`${A_CALL} values (1, 1, 0, true, null, 0, 0, 'accepted', '', 0, '')`, ""],
  [`${A_CALL} values (1, 1, 0, false, 1, 0, 0, null, '', 0, '')`, "calls in flight: 1, calls that are not final: 1"],
  [`${A_CALL} values (1, 1, 0, true, null, 0, 0, null, '', 0, '')`, "final calls without a result: 1"],
  [`${A_CALL} values (7, 1, 0, true, null, 0, 0, 'accepted', '', 0, '')`, "calls of no message: 1"],
  ["insert into wecom_push.chunks values (7, 0, 0, '')", "chunks of no message: 1"],
  ["insert into wecom_push.attempts (message, call, number, started_at) values (1, 9, 1, 0)", "attempts of no call: 1"],
  ["insert into wecom_push.staging values (7, 999)", ""],
  [
    `insert into wecom_push.staging values (7, 1);
      select pg_advisory_lock(${NODE_LOCKS}, 1)`,
    "slices of messages that never became whole: 1",
  ],
  ["insert into wecom_push_jobs.job (name) values ('turns_high')", "jobs of turns that are over: 1"],
] as const) {
  test(`a PostgreSQL after \`${spoil}\` is ${verdict === "" ? "well" : `found out: ${verdict}`}`, async () => {
    assert.equal(await judged(spoil), verdict)
  })
}

test("a gateway that runs and has no lock of its own is found out", async () => {
  const own = `select pg_advisory_lock(${NODE_LOCKS}, 1)`
  assert.equal(await judged(own, 1), "")
  assert.equal(await judged(own, 2), "gateways that run and count as dead: 1")
})
