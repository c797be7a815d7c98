import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { acceptAll, accepted, begin, busy, HOUR_MS, updateOf } from "../testing/build.ts"
import type { AcceptanceChanges } from "../testing/build.ts"
import type { ClaimedMessage } from "../../model/ports/outbox.ts"
import { PRIORITIES } from "../../model/message.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { NextTurn, Readiness, WorkPlace } from "../../model/ports/work.ts"
import type { OpenedPostgres } from "./open.ts"
import { Jobs } from "./jobs.ts"
import { LOCKS, NODE_LOCKS } from "./locks.ts"
import { lengthenLane } from "./testing/lengthen-lane.ts"
import { endConnections } from "./testing/open-store.ts"
import { SetClock } from "./testing/set-clock.ts"
import { TakeTurns } from "./testing/take-turns.ts"
import { openTwoNodes, untilWaiting } from "./testing/two-nodes.ts"
import type { TwoNodes } from "./testing/two-nodes.ts"
import { ANY_TIME } from "./testing/any-time.ts"

const WINDOW = 200

/** Through a node, at the database's time, which is that of this machine. */
async function accept({ stores }: OpenedPostgres, ids: readonly string[], changes: AcceptanceChanges = {}) {
  const now = Date.now()
  const times = { acceptedAt: now, sendAt: now, expiresAt: now + 24 * HOUR_MS }
  await acceptAll(stores.outbox, ids, { ...times, ...changes })
}

function claim(turns: TakeTurns, app = "alerts", limit = 1000): Promise<readonly ClaimedMessage[]> {
  return turns.claim({ app, priority: "normal", limit, now: Date.now(), leaseMs: HOUR_MS })
}

async function jobsOf({ database }: TwoNodes, app: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from wecom_push.messages
    where app = ${app} and job is not null and state = 'open'`.execute(database)
  return rows[0]?.count ?? 0
}

const numbered = (count: number, name = "msg"): string[] => Array.from({ length: count }, (_, n) => `${name}_${n}`)
const idsOf = (claimed: readonly ClaimedMessage[]): string[] => claimed.map(({ messageId }) => messageId)

test("of a backlog a window of jobs is in the queue, filled again as messages end; another app does not wait behind it", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await accept(one, numbered(450))
  await accept(one, ["msg_hr"], { app: "hr" })
  assert.deepEqual([await jobsOf(nodes, "alerts"), await jobsOf(nodes, "hr")], [WINDOW, 1])
  await using turns = new TakeTurns(one)
  assert.deepEqual(idsOf(await claim(turns, "hr")), ["msg_hr"])
  const seen = new Set<string>()
  while (seen.size < 450) {
    const claimed = await claim(turns)
    assert.ok(claimed.length > 0, `${seen.size} have been handed out, and no more are`)
    for (const held of claimed) {
      assert.ok(!seen.has(held.messageId), "handed out twice")
      seen.add(held.messageId)
      const updates = [updateOf("cancelled")]
      await one.stores.outbox.update({ messageId: held.messageId, at: Date.now(), updates })
    }
    await turns.release(claimed.map((held) => ({ ...held, nextAt: Date.now() })))
    assert.ok((await jobsOf(nodes, "alerts")) <= WINDOW)
  }
})

// proves 12.R2: many apps and a slow WeCom
test("12.R2: a node with more than half of its places taken hands out the message of another app before any of those ends", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await using queue = new OwnQueue(one)
  for (const app of ["a", "b", "c", "d"]) await accept(one, numbered(150, app), { app })
  queue.open()
  await until(() => queue.begun.length === 600)
  await accept(one, ["msg_hr"], { app: "hr" })
  await until(() => queue.begun.includes("msg_hr"))
})

// proves 12.R2: many apps and a slow WeCom
test("12.R2: while more are at work than have places, since some took theirs again, nothing is fetched, and then the next", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await using queue = new OwnQueue(one)
  await accept(one, numbered(120, "a"), { app: "a", priority: "bulk" })
  queue.open()
  await until(() => queue.begun.length === 120)
  const waiting = queue.places.slice()
  for (const place of waiting) place.release()
  await accept(one, numbered(20, "b"), { app: "b", priority: "bulk" })
  await until(() => queue.begun.length > 128)
  for (const place of waiting) place.take()
  await accept(one, ["msg_hr"], { app: "hr", priority: "bulk" })
  // As long as a node waits for a batch.
  await sleep(300)
  await queue.look()
  assert.deepEqual([queue.begun.includes("msg_hr"), queue.errors], [false, []])
  for (const place of waiting) place.release()
  await until(() => queue.begun.includes("msg_hr"))
})

// proves 12.R2: many apps and a slow WeCom
test("12.R2: what many apps have scheduled for one second fills one window of all of them, and not one of each", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const now = Date.now()
  const clock = await SetClock.stop(nodes.url, now)
  const [apps, scheduled] = [numbered(40, "app"), { acceptedAt: now, sendAt: now + HOUR_MS }]
  await Promise.all(apps.map((app) => accept(one, numbered(30, app), { app, ...scheduled })))
  await using turns = new TakeTurns(one, clock)
  const take = { app: "app_7", priority: "normal", limit: 1, leaseMs: HOUR_MS } as const
  assert.equal((await turns.claim({ ...take, now: now + HOUR_MS })).length, 1)
  const jobs = await Promise.all(apps.map((app) => jobsOf(nodes, app)))
  assert.deepEqual(new Set(jobs), new Set([25]))
})

// proves 31.turns: who has much to send, and who has little
test("31.turns: apps that have much scheduled for one second have a backlog from their first message on, and one with little has none", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const now = Date.now()
  const clock = await SetClock.stop(nodes.url, now)
  const [apps, scheduled] = [numbered(40, "app"), { acceptedAt: now, sendAt: now + HOUR_MS }]
  await Promise.all(apps.map((app) => accept(one, numbered(30, app), { app, ...scheduled })))
  await accept(one, ["alone"], { app: "alone", ...scheduled })
  await clock.set(now + HOUR_MS)
  await using queue = new OwnQueue(one)
  queue.open()
  await until(() => queue.begun.length > 400 && queue.begun.includes("alone"))
  const unlike = [...queue.ofBacklog].filter(([, isOfBacklog]) => !isOfBacklog)
  assert.deepEqual(unlike, [["alone", false]])
})

// proves 31.turns: who has much to send, and who has little
test("31.turns: apps with little to send are fetched before the backlogs that were there first, which keep every other batch, at each node", async () => {
  await using nodes = await openTwoNodes()
  const [one, other] = nodes.opened
  await using queue = new OwnQueue(other)
  const all = (apps: readonly string[], count: number) =>
    Promise.all(apps.flatMap((app) => numbered(count, app).map((id) => accept(one, [id], { app }))))
  await all(numbered(4, "much"), 120)
  await all(numbered(25, "little"), 20)
  queue.open()
  await until(() => queue.begun.length >= 600)
  const isOfBacklog = queue.begun.map((id) => queue.ofBacklog.get(id))
  assert.deepEqual(
    [0, 200, 400].map((from) => [...new Set(isOfBacklog.slice(from, from + 200))]),
    [[false], [true], [false]],
  )
})

// proves N5: a clock that is wrong
test("N5: a scheduled message is handed out when the database's time has come, and not before", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const sendAt = Date.now() + 1500
  await accept(one, ["msg_1"], { sendAt })
  await using turns = new TakeTurns(two)
  let claimed: readonly ClaimedMessage[] = []
  for (const until = sendAt + 30_000; claimed.length === 0 && Date.now() < until; await sleep(100)) {
    claimed = await claim(turns)
  }
  assert.deepEqual(idsOf(claimed), ["msg_1"])
  assert.ok(Date.now() >= sendAt)
})

test("of simultaneous messages for different times the first is handed out when its time has come", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const now = Date.now()
  const clock = await SetClock.stop(nodes.url, now)
  const later = { acceptedAt: now, expiresAt: now + 24 * HOUR_MS }
  await accept(one, ["msg_last"], { ...later, sendAt: now + 3 * HOUR_MS })
  // A transaction that sets the time at which the next is due has read the stored ones by now.
  const accepting: Promise<void>[] = []
  await nodes.database.transaction().execute(async (tx) => {
    await sql`select from wecom_push_jobs.job where name = 'ticks' for update`.execute(tx)
    accepting.push(accept(one, ["msg_first"], { ...later, sendAt: now + HOUR_MS }))
    await Promise.race([...accepting, untilWaiting(nodes.database, 1)])
    accepting.push(accept(two, ["msg_second"], { ...later, sendAt: now + 2 * HOUR_MS }))
    await Promise.race([Promise.all(accepting), untilWaiting(nodes.database, 2)])
  })
  await Promise.all(accepting)
  await using turns = new TakeTurns(one, clock)
  const take = { app: "alerts", priority: "normal", limit: 10, leaseMs: HOUR_MS } as const
  assert.deepEqual(idsOf(await turns.claim({ ...take, now: now + HOUR_MS })), ["msg_first"])
  assert.deepEqual(idsOf(await turns.claim({ ...take, now: now + 2 * HOUR_MS })), ["msg_second"])
  assert.deepEqual(idsOf(await turns.claim({ ...take, now: now + 3 * HOUR_MS })), ["msg_last"])
})

test("a message whose time comes while it is being accepted is handed out then", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const now = Date.now()
  const clock = await SetClock.stop(nodes.url, now)
  const soon = { acceptedAt: now, sendAt: now + 5000, expiresAt: now + 24 * HOUR_MS }
  await accept(one, ["msg_before"], soon)
  await using turns = new TakeTurns(two, clock)
  const handedOut = async (): Promise<string[]> =>
    idsOf(
      await turns.claim({ app: "alerts", priority: "normal", limit: 10, now: soon.sendAt + 1, leaseMs: 24 * HOUR_MS }),
    )
  const first: string[] = []
  // Its last step waits for the lock of the events.
  const { accepting } = await nodes.database.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${LOCKS.events})`.execute(tx)
    const accepting = accept(one, ["msg_meanwhile"], soon)
    await untilWaiting(nodes.database, 1)
    first.push(...(await handedOut()))
    return { accepting }
  })
  await accepting
  assert.deepEqual([...first, ...(await handedOut())].toSorted(), ["msg_before", "msg_meanwhile"])
})

test("with its last result the turn of a message ends: its job is gone, the next has one, and it is neither lost nor given back", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await accept(one, ["msg_0"])
  await Promise.all(numbered(WINDOW, "msg_behind").map((id) => accept(one, [id])))
  await using turns = new TakeTurns(one)
  const [first = assert.fail(), second = assert.fail()] = await claim(turns, "alerts", 2)
  const started = await begin(one.stores.outbox, first)
  assert.deepEqual(await one.stores.outbox.settle([accepted(started)]), [true])
  const { rows } = await sql<object>`select state, job, worker from wecom_push.messages
    where id = ${first.messageId}`.execute(nodes.database)
  assert.deepEqual(rows, [{ state: "sent", job: null, worker: null }])
  assert.equal(await jobsOf(nodes, "alerts"), WINDOW)
  const jobs = async (): Promise<number> =>
    (await sql`select from wecom_push_jobs.job where name = 'turns_normal'`.execute(nodes.database)).rows.length
  assert.equal(await jobs(), WINDOW)
  assert.deepEqual(await turns.renew([first, second]), [true, true])
  await turns.release([{ ...first, nextAt: Date.now() }])
  assert.deepEqual([await jobsOf(nodes, "alerts"), await jobs()], [WINDOW, WINDOW])

  // An unfinished message keeps its turn.
  const again = await begin(one.stores.outbox, second)
  assert.deepEqual(await one.stores.outbox.settle([busy(again)]), [true])
  const { rows: unfinished } =
    await sql<object>`select state, job is not null as has_job, worker = ${one.node} as is_ours
    from wecom_push.messages where id = ${second.messageId}`.execute(nodes.database)
  assert.deepEqual(unfinished, [{ state: "open", has_job: true, is_ours: true }])
})

// proves 29.E2: its lanes keep their order
test("29.E2: of a lane that only looks expired, since a slow clock was set right, the second waits until the first has ended", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const [slow, setByMs] = [Date.now(), 25 * HOUR_MS]
  const clock = await SetClock.stop(nodes.url, slow)
  const life = {
    acceptedAt: slow,
    sendAt: slow,
    expiresAt: slow + 24 * HOUR_MS,
    clockSetMs: 0,
    expiryMoves: true,
  } as const
  await accept(one, ["first", "second"], { ...life, orderKey: "k" })
  await clock.set(slow + setByMs)
  await using queue = new OwnQueue(one, { expiryTime: () => slow + setByMs, setByMs })
  queue.open()
  await until(() => queue.begun.length > 0)
  await queue.look()
  assert.deepEqual(queue.begun, ["first"])
})

// proves N1: one job, two nodes
test("N1: each message is handed out to one of the nodes", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const ids = numbered(300)
  await accept(one, ids)
  await using first = new TakeTurns(one)
  await using second = new TakeTurns(two)
  const all: string[] = []
  for (let round = 0; round < 3; round++) {
    for (const claimed of await Promise.all([claim(first), claim(second)])) {
      for (const held of claimed) {
        all.push(held.messageId)
        const updates = [updateOf("cancelled")]
        await one.stores.outbox.update({ messageId: held.messageId, at: Date.now(), updates })
      }
      const releases = claimed.map((held) => ({ ...held, nextAt: Date.now() }))
      await Promise.all([first.release(releases), second.release(releases)])
    }
  }
  assert.deepEqual(all.toSorted(), ids.toSorted())
})

// proves N4: a node that dies
test("N4: messages of a node whose session ended go to another; the first begins nothing of them any more", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  await accept(one, ["msg_1"])
  await using first = new TakeTurns(one)
  const [held] = await claim(first)
  assert.ok(held !== undefined)
  await using second = new TakeTurns(two)
  assert.deepEqual(await claim(second), [], "it was handed out while its node is alive")
  await one.session[Symbol.asyncDispose]()
  const [taken] = await claim(second)
  assert.equal(taken?.messageId, "msg_1")
  await assert.rejects(begin(one.stores.outbox, held), /left out/)
  assert.equal((await begin(two.stores.outbox, taken)).attempt, 1)
})

test("messages that wait for a limit are due at once when their app is corrected; scheduled ones and other apps' are not", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await accept(one, ["msg_1"])
  await accept(one, ["msg_2"], { app: "hr" })
  await accept(one, ["msg_3"], { sendAt: Date.now() + HOUR_MS })
  await using turns = new TakeTurns(one)
  const waiting = [...(await claim(turns)), ...(await claim(turns, "hr"))]
  await turns.release(waiting.map((held) => ({ ...held, nextAt: Date.now() + HOUR_MS })))
  assert.deepEqual([await claim(turns), await claim(turns, "hr")], [[], []])
  await one.stores.outbox.makeAppDue("alerts", Date.now())
  assert.deepEqual(idsOf(await claim(turns)), ["msg_1"])
  assert.deepEqual(await claim(turns, "hr"), [])
  await one.stores.outbox.makeDue(["msg_2", "msg_3", "msg_unknown"], Date.now())
  assert.deepEqual([await claim(turns), idsOf(await claim(turns, "hr"))], [[], ["msg_2"]])
})

// proves N3: a node cut off from the database
test("N3: a node whose session is lost fetches and begins nothing until it has another, and learns what others have taken", async () => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  await accept(one, ["msg_1"])
  await using first = new TakeTurns(one)
  const [held] = await claim(first)
  assert.ok(held !== undefined)
  await using second = new TakeTurns(two)
  assert.deepEqual(await claim(second), [])

  await accept(two, ["msg_2"])
  // With an earlier connection.
  await sql`select`.execute(nodes.database)
  await nodes.allowConnections(false)
  await sql`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objsubid = 2
    and classid = ${NODE_LOCKS}::bigint::oid and objid = ${one.node}::bigint::oid
    and database = (select oid from pg_database where datname = current_database())`.execute(nodes.database)
  while (one.session.isHeld) await sleep(5)
  assert.deepEqual(await claim(first), [])
  await assert.rejects(begin(one.stores.outbox, held), /left out/)
  const taken: ClaimedMessage[] = []
  // Connections that the other node would open besides its own are refused too.
  for (const until = Date.now() + 60_000; taken.length < 2 && Date.now() < until;) taken.push(...(await claim(second)))
  assert.deepEqual(idsOf(taken).toSorted(), ["msg_1", "msg_2"])
  assert.deepEqual([one.session.isHeld, await claim(first)], [false, []])

  await nodes.allowConnections(true)
  assert.ok(await first.isLost(held))
  while (!one.session.isHeld) await sleep(5)
  await accept(two, ["msg_3"])
  assert.deepEqual(idsOf(await claim(first)), ["msg_3"])
  const ofSecond = taken.find(({ messageId }) => messageId === "msg_1")
  assert.equal((await begin(two.stores.outbox, ofSecond ?? assert.fail())).attempt, 1)
})

// proves N3: a node cut off from the database
test("N3: messages that no other node took over while the session was lost continue where they were", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await accept(one, ["msg_1"])
  await using turns = new TakeTurns(one)
  const [held] = await claim(turns)
  assert.ok(held !== undefined)
  await endConnections(nodes.url, "wecom-push session")
  while (one.session.isHeld) await sleep(5)
  while (!one.session.isHeld) await sleep(5)
  assert.deepEqual(await turns.renew([held]), [true])
  assert.equal((await begin(one.stores.outbox, held)).attempt, 1)
})

test("a message that is being given back while its app is corrected comes again at once", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const stopping = new AbortController()
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const queue = one.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  const turns: PromiseWithResolvers<NextTurn | undefined>[] = []
  queue.start({
    endExpired: () => Promise.resolve(false),
    ready: () => Promise.resolve(),
    readiness: () => Promise.resolve({ kind: "open" }),
    begin() {
      const turn = Promise.withResolvers<NextTurn | undefined>()
      turns.push(turn)
      return { ended: turn.promise, interrupt: () => {}, lose: () => {} }
    },
  })
  await accept(one, ["msg_1"])
  while (turns.length === 0) await sleep(5)
  // Locked, so that the end of the turn is under way when the app is corrected.
  await nodes.database.transaction().execute(async (tx) => {
    await sql`select from wecom_push.messages where id = 'msg_1' for update`.execute(tx)
    turns[0]?.resolve({ atMs: Date.now() + HOUR_MS })
    await sleep(100)
    queue.wake({ app: "alerts" })
    await one.stores.outbox.makeAppDue("alerts", Date.now())
  })
  // It would wait for an hour.
  await until(() => turns.length > 1)
  stopping.abort()
  turns[1]?.resolve(undefined)
  await queue.idle()
})

test("an app that is corrected while its messages are being put back does not wait for its next try", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const stopping = new AbortController()
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const queue = one.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  let looks = 0
  let begun = 0
  queue.start({
    endExpired: () => Promise.resolve(false),
    ready: () => Promise.resolve(),
    readiness() {
      if (++looks > 1) return Promise.resolve({ kind: "open" })
      queue.wake({ app: "alerts" })
      return closedForAnHour()
    },
    begin() {
      begun++
      return { ended: Promise.resolve(undefined), interrupt: () => {}, lose: () => {} }
    },
  })
  await accept(one, ["msg_1"])
  await until(() => begun > 0)
  stopping.abort()
  await queue.idle()
})

// proves 13.M6: no message is passed over
test("when the database fails while an app that was closed is looked at again, that is logged, and the next look frees it", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  const stopping = new AbortController()
  const warnings: string[] = []
  const log = { info: () => {}, warn: (_: object, sentence: string) => warnings.push(sentence), error: () => {} }
  const queue = one.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  let readiness = closedForAnHour
  let begun = 0
  queue.start({
    endExpired: () => Promise.resolve(false),
    ready: () => Promise.resolve(),
    readiness: () => readiness(),
    begin() {
      begun++
      return { ended: Promise.resolve(undefined), interrupt: () => {}, lose: () => {} }
    },
  })
  await accept(one, ["msg_1"])
  await until(async () => (await heldApps(nodes)) > 0)

  readiness = () => Promise.reject(new StorageError("storage_error"))
  queue.wake({ app: "alerts" })
  await until(() => warnings.length > 0)
  assert.deepEqual([warnings, begun], [["could not check whether an app may send again; trying again"], 0])

  readiness = () => Promise.resolve({ kind: "open" })
  queue.wake({ app: "alerts" })
  await until(() => begun > 0)
  stopping.abort()
  await queue.idle()
})

// proves 13.M6: no message is passed over
test("a message that was fetched, and for which the database fails when it is read, is handed out at the next look, others at once", () =>
  failsWhile("reading"))

test("a message that was fetched, and for which the database fails when its app is looked at, is handed out at the next look, others at once", () =>
  failsWhile("looking at the app"))

async function failsWhile(what: "reading" | "looking at the app"): Promise<void> {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await using queue = new OwnQueue(one)
  await accept(one, ["msg_1"])
  await accept(one, ["msg_hr"], { app: "hr", priority: "bulk" })
  if (what === "reading") await failReading(nodes, "alerts")
  else queue.closed.add("alerts")
  queue.open()
  await until(() => queue.begun.length > 0 && queue.errors.length > 0)
  assert.deepEqual(queue.begun, ["msg_hr"])
  assert.deepEqual([...new Set(queue.errors)], ["could not start the fetched messages; trying again"])

  await sql`drop trigger if exists fails on wecom_push.messages`.execute(nodes.database)
  queue.closed.clear()
  await until(() => queue.begun.length > 1)
  const { rows } = await sql<{ retry_count: number }>`select retry_count from wecom_push_jobs.job
    join wecom_push.messages on messages.job = job.id where messages.id = 'msg_1'`.execute(nodes.database)
  assert.deepEqual([queue.begun, rows], [["msg_hr", "msg_1"], [{ retry_count: 0 }]])
}

// proves 13.M6: no message is passed over
test("a message that was fetched, and that another has taken before it could be handed out, is the other's", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await using queue = new OwnQueue(one)
  await accept(one, ["msg_1"])
  queue.closed.add("alerts")
  queue.open()
  await until(() => queue.errors.length > 0)
  await sql`update wecom_push_jobs.job set retry_count = 1 where name = 'turns_normal'`.execute(nodes.database)
  queue.closed.clear()
  await accept(one, ["msg_2"])
  await until(() => queue.begun.length > 0)
  assert.deepEqual(queue.begun, ["msg_2"])
})

// proves 13.M6: no message is passed over
test("while none of what was fetched can be read nothing more is fetched of its priority; then all is handed out", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await using queue = new OwnQueue(one)
  await accept(one, numbered(20))
  await failReading(nodes, "alerts")
  queue.open()
  await until(() => queue.errors.length > 17)
  await accept(one, ["msg_hr"], { app: "hr" })
  await queue.look()
  assert.deepEqual(queue.begun, [])

  await sql`drop trigger fails on wecom_push.messages`.execute(nodes.database)
  await until(() => queue.begun.length === 21)
  assert.deepEqual(new Set(queue.begun), new Set([...numbered(20), "msg_hr"]))
})

/** The queue of a node that works by itself, with apps whose state cannot be read. */
// proves 29.E2: a clock that is set back holds up no message
test("29.E2: a message that is being given back while the clock is set back is due at once, and not at a time by the clock of before", async () => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await accept(one, ["msg_1"])
  const clock = { expiryTime: () => Date.now(), setByMs: 0 }
  await using queue = new OwnQueue(one, clock)
  queue.open()
  await until(() => queue.begun.length === 1)
  await nodes.database.transaction().execute(async (tx) => {
    await sql`select from wecom_push.messages for update`.execute(tx)
    queue.endTurns({ atMs: Date.now() + 240 * HOUR_MS })
    await untilWaiting(nodes.database, 1)
    clock.setByMs = -240 * HOUR_MS
  })
  await until(() => queue.begun.length === 2)
})

type QueueClock = Parameters<OpenedPostgres["workQueue"]>[0]["clock"]

class OwnQueue implements AsyncDisposable {
  readonly closed = new Set<string>()
  readonly begun: string[] = []
  /** For each message: more messages of its app were due than could be in work. */
  readonly ofBacklog = new Map<string, boolean>()
  readonly places: WorkPlace[] = []
  readonly errors: string[] = []
  readonly #stopping = new AbortController()
  readonly #opened = Promise.withResolvers<void>()
  readonly #queue: ReturnType<OpenedPostgres["workQueue"]>
  readonly #turns: PromiseWithResolvers<NextTurn | undefined>[] = []

  constructor(opened: OpenedPostgres, clock: QueueClock = ANY_TIME) {
    const log = { info: () => {}, warn: () => {}, error: (_: object, sentence: string) => this.errors.push(sentence) }
    this.#queue = opened.workQueue({ clock, log, stopping: this.#stopping.signal })
    this.#queue.start({
      endExpired: () => Promise.resolve(false),
      ready: () => this.#opened.promise,
      readiness: (app) =>
        this.closed.has(app)
          ? Promise.reject(new StorageError("storage_error"))
          : Promise.resolve({ kind: "open" as const }),
      begin: ({ messageId }, place) => {
        this.begun.push(messageId)
        this.places.push(place)
        this.ofBacklog.set(messageId, place.isOfBacklog)
        const turn = Promise.withResolvers<NextTurn | undefined>()
        this.#turns.push(turn)
        return { ended: turn.promise, interrupt: () => {}, lose: () => {} }
      },
    })
  }

  /** Resolves when due and expired messages have been looked for. */
  async look(): Promise<void> {
    await this.#queue.polled()
    await this.#queue.findExpired()
    this.#queue.wake()
    await this.#queue.polled()
  }

  /** From now on it hands out due messages. */
  open(): void {
    this.#opened.resolve()
  }

  /** Ends the turns that it has handed out until now. */
  endTurns(next: NextTurn): void {
    for (const { resolve } of this.#turns) resolve(next)
  }

  /** It hands out nothing more, and keeps what it has. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#queue.polled()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    this.open()
    for (const { resolve } of this.#turns) resolve(undefined)
    await this.#queue.idle()
  }
}

/** Makes every read of a message of the app fail. */
async function failReading({ database }: TwoNodes, app: string): Promise<void> {
  await sql`create function wecom_push.fail() returns trigger language plpgsql as $$ begin
      raise exception 'the disk is full' using errcode = 'disk_full';
    end $$`.execute(database)
  await sql`create trigger fails before update on wecom_push.messages for each row
    when (old.app = ${sql.lit(app)}) execute function wecom_push.fail()`.execute(database)
}

function closedForAnHour(): Promise<Readiness> {
  return Promise.resolve({ kind: "closed", probeAtMs: Date.now() + HOUR_MS })
}

async function heldApps({ database }: TwoNodes): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from wecom_push.held_apps`.execute(
    database,
  )
  return rows[0]?.count ?? 0
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await sleep(5)) assert.ok(Date.now() < end, String(isSo))
}

// proves 29.idle: statements of a node with nothing to do
test("29.idle: a node with nothing to do asks once a second for all that may be due, and fetches what it hears of", async (t) => {
  await using nodes = await openTwoNodes()
  const [one, two] = nodes.opened
  const queue = one.workQueue({
    clock: ANY_TIME,
    log: { info: nothing, warn: nothing, error: nothing },
    stopping: t.signal,
  })
  const begun: string[] = []
  queue.start({
    ready: () => Promise.resolve(),
    endExpired: () => Promise.resolve(false),
    readiness: () => Promise.resolve({ kind: "open" }),
    begin: ({ messageId }) => {
      begun.push(messageId)
      return { ended: new Promise(nothing), interrupt: nothing, lose: nothing }
    },
  })
  await queue.polled()
  const fetched = t.mock.method(Jobs.prototype, "fetchTurns").mock
  const ticks = t.mock.method(Jobs.prototype, "fetchTicks").mock
  const asked = t.mock.method(Jobs.prototype, "due").mock
  while (asked.callCount() < 10) await queue.poll()
  assert.deepEqual([fetched.callCount(), ticks.callCount()], [0, 0])
  await accept(two, ["msg_1"])
  while (begun.length === 0) {
    await queue.poll()
    await queue.polled()
  }
  assert.deepEqual(begun, ["msg_1"])
  assert.deepEqual([...new Set(fetched.calls.map(({ arguments: [priority] }) => priority))], ["normal"])
  assert.equal(ticks.callCount(), 0)
})

function nothing(): void {}

// proves 29.lane: a lane that is due all at once
test("29.lane: messages of a lane that are due all at once are sent behind a window at a time, and another app has its turn in between", async (t) => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await acceptLane(nodes)
  const other = Promise.withResolvers<number>()
  const fetches = t.mock.method(Jobs.prototype, "fetchTurns").mock
  const log = { info: nothing, warn: nothing, error: nothing }
  const queue = one.workQueue({ clock: ANY_TIME, log, stopping: t.signal })
  queue.start({
    ready: () => Promise.resolve(),
    endExpired: () => Promise.resolve(false),
    readiness: () => Promise.resolve({ kind: "open" }),
    begin: ({ messageId }) => {
      if (messageId === "msg_hr") other.resolve(fetches.callCount())
      return { ended: new Promise(nothing), interrupt: nothing, lose: nothing }
    },
  })
  // The next accepted message makes the queue find messages that were stored by hand.
  await accept(one, ["msg_2"])
  while ((await behind(nodes)) === 0) await sleep(1)
  await accept(one, ["msg_hr"], { app: "hr" })
  const before = fetches.callCount()
  const startedAt = performance.now()
  const taken = (await other.promise) - before
  t.diagnostic(`${Math.round(performance.now() - startedAt)} ms, ${taken} looks`)
  assert.ok(taken <= 3 * PRIORITIES.length, `${taken} looks for work`)
  while ((await behind(nodes)) < LANE) await sleep(50)
})

// proves 29.lane: a lane that is due all at once
test("29.lane: of a lane that is due all at once few are fetched, and it is sent in its order, without one that is cancelled in the middle", async (t) => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await acceptLane(nodes)
  // Past its time: it goes before the others.
  await sql`update wecom_push.messages set expires_at = 1 where id = 'lane_2000'`.execute(nodes.database)
  const fetches = t.mock.method(Jobs.prototype, "fetchTurns").mock
  await using queue = new OwnQueue(one)
  queue.open()
  await accept(one, ["msg_2"])
  await until(async () => (await behind(nodes)) >= LANE - 1)
  await until(() => queue.begun.length === 3)
  assert.deepEqual(queue.begun.toSorted(), ["lane_2000", "msg_1", "msg_2"])
  const fetched = (await Promise.all(fetches.calls.map(({ result }) => Promise.resolve(result)))).flatMap(
    (jobs) => jobs ?? [],
  )
  t.diagnostic(`${fetched.length} fetched`)
  assert.ok(fetched.length <= LANE / 2, `${fetched.length} of ${LANE} were fetched`)
  await finish(one, "lane_2")
  await finish(one, "msg_1")
  await until(() => queue.begun.includes("lane_1"))
  await finish(one, "lane_1")
  await until(() => queue.begun.length === 5)
  assert.deepEqual(queue.begun.slice(3), ["lane_1", "lane_3"])
})

// proves 29.lane: a lane that is due all at once
test("29.lane: the second of a lane that is due all at once begins before the others have been sent behind it", async (t) => {
  await using nodes = await openTwoNodes()
  const [one] = nodes.opened
  await acceptLane(nodes, 4 * LANE)
  await using queue = new OwnQueue(one)
  queue.open()
  await accept(one, ["msg_2"])
  await until(async () => queue.begun.includes("msg_1") && (await behind(nodes)) > 0)
  await finish(one, "msg_1")
  await until(() => queue.begun.includes("lane_1"))
  const left = 4 * LANE - 1 - (await behind(nodes))
  t.diagnostic(`${left} are not behind yet`)
  assert.ok(left > LANE, `${left} were not behind yet`)
})

/** The first message is accepted by a node; the others are stored by hand, due at the same time. */
async function acceptLane({ opened: [one], database }: TwoNodes, count = LANE): Promise<void> {
  await accept(one, ["msg_1"], { orderKey: "k" })
  await lengthenLane(database, "msg_1", count)
}

async function behind({ database }: TwoNodes): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from wecom_push.messages
    where behind`.execute(database)
  return rows[0]?.count ?? 0
}

async function finish({ stores }: OpenedPostgres, messageId: string): Promise<void> {
  await stores.outbox.update({ messageId, at: Date.now(), updates: [updateOf("cancelled")] })
}

const LANE = 3000
