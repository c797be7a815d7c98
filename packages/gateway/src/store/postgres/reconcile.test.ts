import assert from "node:assert/strict"
import { test } from "node:test"
import { sql } from "kysely"
import { acceptAll, HOUR_MS } from "../testing/build.ts"
import type { OpenedPostgres } from "./open.ts"
import { TakeTurns } from "./testing/take-turns.ts"
import { openTwoNodes } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"

async function accept({ stores }: OpenedPostgres, ids: readonly string[]): Promise<void> {
  const now = Date.now()
  await acceptAll(stores.outbox, ids, { acceptedAt: now, sendAt: now, expiresAt: now + 24 * HOUR_MS })
}

async function jobs({ database }: TwoNodes): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from wecom_push_jobs.job
    where name like 'turns_%'`.execute(database)
  return rows[0]?.count ?? 0
}

const NOTHING = { stranded: 0, passedOver: 0 }

// proves 13.M6: no message is passed over
test("after complete changes there is nothing to repair: waiting, in work, given back, scheduled, in a lane", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const ids = Array.from({ length: 250 }, (_, n) => `msg_${n}`)
  await accept(one, ids)
  assert.deepEqual(await two.reconcile(), NOTHING)
  await using turns = new TakeTurns(one)
  const claimed = await turns.claim({ app: "alerts", priority: "normal", limit: 10, now: Date.now(), leaseMs: HOUR_MS })
  assert.equal(claimed.length, 10)
  await turns.release(claimed.map((held) => ({ ...held, nextAt: Date.now() + HOUR_MS })))
  assert.deepEqual(await two.reconcile(), NOTHING)
})

// proves 13.M6: no message is passed over
test("a message whose job was lost, and one that has neither job nor time, are found and get another", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  await accept(one, ["msg_1", "msg_2", "msg_3"])
  await sql`delete from wecom_push_jobs.job where id = (select job from wecom_push.messages where id = 'msg_1')`.execute(
    nodes.database,
  )
  await sql`update wecom_push.messages set due_at = null, job = null where id = 'msg_2'`.execute(nodes.database)
  assert.equal(await jobs(nodes), 2)
  assert.deepEqual(await two.reconcile(), { stranded: 2, passedOver: 0 })
  assert.deepEqual(await two.reconcile(), NOTHING)
  await using turns = new TakeTurns(one)
  const claimed = await turns.claim({ app: "alerts", priority: "normal", limit: 10, now: Date.now(), leaseMs: HOUR_MS })
  assert.deepEqual(claimed.map(({ messageId }) => messageId).toSorted(), ["msg_1", "msg_2", "msg_3"])
})

/** The effect of a bug of ours: messages that are due beside a window with room. */
async function strand(nodes: TwoNodes, ids: readonly string[]): Promise<void> {
  await accept(nodes.opened[0], ids)
  await sql`delete from wecom_push_jobs.job where name like 'turns_%'`.execute(nodes.database)
  await sql`update wecom_push.messages set job = null, due_at = due_at - 60000`.execute(nodes.database)
}

test("messages that wait beside a window with room at two looks are found, and fill it", async () => {
  await using nodes = await openTwoNodes()
  const [, two] = nodes.opened
  await strand(nodes, ["msg_1", "msg_2"])
  assert.deepEqual(await two.reconcile(), NOTHING)
  assert.equal(await jobs(nodes), 0)
  assert.deepEqual(await two.reconcile(), { stranded: 0, passedOver: 2 })
  assert.equal(await jobs(nodes), 2)
  assert.deepEqual(await two.reconcile(), NOTHING)
})

// proves 29.P10: no false report of stranded messages
test("P10: a window that has room for a moment is no fault: by the next look another message has waited longest", async () => {
  await using nodes = await openTwoNodes()
  const [, two] = nodes.opened
  await strand(nodes, ["msg_1", "msg_2", "msg_3"])
  assert.deepEqual(await two.reconcile(), NOTHING)
  // As when one is claimed, and its change has left room again.
  await sql`update wecom_push.messages set state = 'sent', due_at = null where id = 'msg_1'`.execute(nodes.database)
  assert.deepEqual(await two.reconcile(), NOTHING)
  assert.deepEqual(await two.reconcile(), { stranded: 0, passedOver: 2 })
})

// proves 29.P10: no false report of stranded messages
test("P10: messages of a held app are not passed over: its window has room for a probe alone", async () => {
  await using nodes = await openTwoNodes()
  const [, two] = nodes.opened
  await strand(nodes, ["msg_1", "msg_2"])
  const hold = (until: number) =>
    sql`insert into wecom_push.held_apps (app, until) values ('alerts', ${until})
      on conflict (app) do update set until = excluded.until`.execute(nodes.database)
  await hold(Date.now() + HOUR_MS)
  for (let look = 0; look < 3; look++) assert.deepEqual(await two.reconcile(), NOTHING)
  await hold(Date.now() - 1)
  assert.deepEqual(await two.reconcile(), NOTHING)
  assert.deepEqual(await two.reconcile(), { stranded: 0, passedOver: 2 })
  assert.equal(await jobs(nodes), 1, "the probe")
  for (let look = 0; look < 3; look++) assert.deepEqual(await two.reconcile(), NOTHING)
})
