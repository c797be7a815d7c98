import assert from "node:assert/strict"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { acceptAll, HOUR_MS } from "../testing/build.ts"
import { BROKEN_QUEUES, damagedQueue, PatientWorker, workQueueRules } from "../testing/contract/work-queue-rules.ts"
import type { QueueUnderTest } from "../testing/contract/work-queue-rules.ts"
import { connect } from "./connection.ts"
import { newDatabase } from "./testing/cluster.ts"
import { openNode } from "./testing/open-store.ts"
import { SetClock } from "./testing/set-clock.ts"
import { ANY_TIME } from "./testing/any-time.ts"

function nothing(): void {}
const log = { info: nothing, warn: nothing, error: nothing }

async function open(): Promise<QueueUnderTest> {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newDatabase())
  const opened = await openNode(url)
  resources.use(opened.stores)
  const database = resources.adopt(connect({ url, maxConnections: 1, onLost: nothing }), (db) => db.destroy())
  let now = Date.now()
  const clock = await SetClock.stop(url, now)
  const stopping = new AbortController()
  const queue = opened.workQueue({ clock: ANY_TIME, log, stopping: stopping.signal })
  const worker = new PatientWorker()
  const { outbox } = opened.stores
  const kept = resources.move()
  return {
    queue,
    worker,
    mostOfAnApp: 200,
    now: () => now,
    stop: () => stopping.abort(),
    async advance(ms) {
      now += ms
      await clock.set(now)
      queue.wake()
    },
    async post(ids, app = "alerts") {
      const times = { acceptedAt: now, sendAt: now, expiresAt: now + 24 * HOUR_MS }
      // One after another: simultaneous transactions do not see each other's jobs, and together fill more than the
      // window.
      await acceptAll(outbox, ids, { app, ...times })
    },
    async finish(id) {
      const update = { chunk: 0, slots: "all", from: ["pending"], state: "cancelled" } as const
      await outbox.update({ messageId: id, at: now, updates: [update] })
    },
    async takeAway() {
      // As if another node had fetched it again.
      await sql`update wecom_push_jobs.job set retry_count = retry_count + 1 where state = 'active'`.execute(database)
      await queue.touch()
    },
    async quiet() {
      await queue.polled()
      await sleep(100)
      await queue.polled()
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await queue.polled()
      for (const handed of worker.handed) handed.end()
      await queue.idle()
      await kept.disposeAsync()
    },
  }
}

for (const rule of workQueueRules) test(`postgres: ${rule.title}`, () => rule.check(open))

for (const broken of BROKEN_QUEUES) {
  test(`postgres: a queue that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = workQueueRules.find(({ title }) => title === broken.caughtBy) ?? assert.fail()
    await assert.rejects(rule.check(damagedQueue(open, broken)), assert.AssertionError)
  })
}
