import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { test } from "node:test"
import { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { openSqlite } from "../../store/sqlite/open.ts"
import { acceptAll, HOUR_MS } from "../../store/testing/build.ts"
import {
  BROKEN_QUEUES,
  damagedQueue,
  PatientWorker,
  workQueueRules,
} from "../../store/testing/contract/work-queue-rules.ts"
import type { QueueUnderTest } from "../../store/testing/contract/work-queue-rules.ts"
import { MASTER_KEY, placeEmptyDatabase, TemporaryFolder } from "../../store/testing/open-store.ts"
import { Scheduler } from "./scheduler.ts"
import { fastClock } from "../testing/fast-clock.ts"

function nothing(): void {}
const log = { info: nothing, warn: nothing, error: nothing }

async function open(): Promise<QueueUnderTest> {
  const folder = new TemporaryFolder()
  const clock = fastClock()
  await placeEmptyDatabase(folder.file())
  const { stores } = await openSqlite({
    file: folder.file(),
    masterKey: MASTER_KEY,
    now: clock.now(),
    afterRestore: false,
  })
  const stopping = new AbortController()
  const watched = new JumpAwareClock(clock)
  const queue = new Scheduler({ outbox: stores.outbox, clock: watched, log, stopping: stopping.signal })
  const worker = new PatientWorker()
  return {
    queue,
    worker,
    mostOfAnApp: 512,
    now: () => clock.now(),
    stop: () => stopping.abort(),
    advance: (ms) => Promise.resolve(clock.advance(ms)),
    post: (ids, app = "alerts") => {
      const now = clock.now()
      return acceptAll(stores.outbox, ids, { app, acceptedAt: now, sendAt: now, expiresAt: now + 24 * HOUR_MS })
    },
    finish: async (id) => {
      const update = { chunk: 0, slots: "all", from: ["pending"], state: "cancelled" } as const
      await stores.outbox.update({ messageId: id, at: clock.now(), updates: [update] })
    },
    async takeAway() {
      // As after a long sleep of the machine: the lease of the claim has ended, and another process has the message.
      const now = clock.now() + 200_000
      const query = { app: "alerts", priority: "normal", now, limit: 1, leaseMs: 10 * HOUR_MS } as const
      assert.equal((await stores.outbox.claim(query)).length, 1)
      clock.advance(31_000)
    },
    quiet: () => sleep(30),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      for (const handed of worker.handed) handed.end()
      await queue.idle()
      await stores[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

for (const rule of workQueueRules) test(rule.title, () => rule.check(open))

for (const broken of BROKEN_QUEUES) {
  test(`a queue that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = workQueueRules.find(({ title }) => title === broken.caughtBy) ?? assert.fail()
    await assert.rejects(rule.check(damagedQueue(open, broken)), assert.AssertionError)
  })
}

test("what another worker has is not given back", async () => {
  await using under = await open()
  under.queue.start(under.worker)
  await under.post(["msg_1"])
  await under.worker.count(1)
  under.worker.handed[0]?.end()
  await under.queue.idle()
  await under.advance(60_000)
  await sleep(30)
  assert.equal(under.worker.handed.length, 1)
})

// proves 12.G3: the work queue, a port
test("so many of an app are handed out and no more, until some give up their places", async () => {
  await using under = await open()
  await under.post(Array.from({ length: 700 }, (_, n) => `msg_${n}`))
  under.queue.start(under.worker)
  await under.worker.count(512)
  await sleep(30)
  assert.equal(under.worker.handed.length, 512)
  for (const { slot } of under.worker.handed.slice(0, 256)) slot.release()
  await under.worker.count(700)
  for (const { slot } of under.worker.handed) {
    slot.take()
    slot.take()
  }
  await under.post(["msg_one_more"])
  await sleep(30)
  assert.equal(under.worker.handed.length, 700, "all places are taken again")
})
