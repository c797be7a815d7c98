import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { test } from "node:test"
import { JumpAwareClock } from "../domain/jump-aware-clock.ts"
import type { ClaimedMessage } from "../ports/outbox.ts"
import type { NextTurn, Readiness, Worker, WorkSlot } from "../ports/work.ts"
import { openSqlite } from "../store/sqlite/open.ts"
import { acceptAll, HOUR_MS } from "../store/testing/build.ts"
import { MASTER_KEY, TemporaryFolder } from "../store/testing/open-store.ts"
import { Scheduler } from "./scheduler.ts"
import { fastClock } from "./testing/fast-clock.ts"
import type { FastClock } from "./testing/fast-clock.ts"
import type { LocalStores } from "../ports/stores.ts"

interface Handed {
  readonly messageId: string
  readonly slot: WorkSlot
  isLost: boolean
  /** Gives it back. */
  end(next?: NextTurn): void
}

/** Keeps what it is handed until the test gives it back. */
class PatientWorker implements Worker {
  readonly handed: Handed[] = []
  readonly readinessOf = new Map<string, Readiness>()

  ready = (): Promise<void> => Promise.resolve()

  readiness = (app: string): Promise<Readiness> => Promise.resolve(this.readinessOf.get(app) ?? { kind: "open" })

  begin = ({ messageId }: ClaimedMessage, slot: WorkSlot) => {
    const { promise, resolve } = Promise.withResolvers<NextTurn | undefined>()
    const handed: Handed = { messageId, slot, isLost: false, end: resolve }
    this.handed.push(handed)
    return {
      ended: promise,
      interrupt: () => undefined,
      lose: () => {
        handed.isLost = true
        resolve(undefined)
      },
    }
  }

  get ids(): readonly string[] {
    return this.handed.map(({ messageId }) => messageId)
  }

  async count(expected: number): Promise<readonly string[]> {
    for (let looks = 0; this.handed.length < expected && looks < 2000; looks++) await sleep(5)
    assert.equal(this.handed.length, expected)
    return this.ids
  }
}

interface QueueUnderTest extends AsyncDisposable {
  readonly queue: Scheduler
  readonly worker: PatientWorker
  readonly stores: LocalStores
  readonly clock: FastClock
  post(ids: readonly string[], app?: string): Promise<void>
  finish(id: string): Promise<void>
}

function nothing(): void {}
const log = { info: nothing, warn: nothing, error: nothing }

async function open(): Promise<QueueUnderTest> {
  const folder = new TemporaryFolder()
  const clock = fastClock()
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
    stores,
    clock,
    post: (ids, app = "alerts") => {
      const now = clock.now()
      return acceptAll(stores.outbox, ids, { app, acceptedAt: now, sendAt: now, expiresAt: now + 24 * HOUR_MS })
    },
    finish: async (id) => {
      const update = { chunk: 0, slots: "all", from: ["pending"], state: "cancelled" } as const
      await stores.outbox.update({ messageId: id, at: clock.now(), updates: [update] })
    },
    async [Symbol.asyncDispose]() {
      stopping.abort()
      for (const handed of worker.handed) handed.end()
      await queue.idle()
      await stores[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
}

test("nothing is handed out before the start, and then each due message once", async () => {
  await using under = await open()
  await under.post(["msg_1", "msg_2"])
  under.queue.wake()
  await sleep(30)
  assert.deepEqual(under.worker.ids, [])
  under.queue.start(under.worker)
  assert.deepEqual((await under.worker.count(2)).toSorted(), ["msg_1", "msg_2"])
  under.queue.wake()
  await sleep(30)
  assert.equal(under.worker.handed.length, 2)
})

test("what is given back comes again at its time, and whoever gave it back is told that it is", async () => {
  await using under = await open()
  under.queue.start(under.worker)
  await under.post(["msg_1"])
  await under.worker.count(1)
  const given = Promise.withResolvers<void>()
  under.worker.handed[0]?.end({ atMs: under.clock.now() + 60_000, onGivenBack: given.resolve })
  await given.promise
  await sleep(30)
  assert.equal(under.worker.handed.length, 1)
  under.clock.advance(61_000)
  assert.deepEqual(await under.worker.count(2), ["msg_1", "msg_1"])
})

test("what is finished, and what somebody else has, is not given back", async () => {
  await using under = await open()
  under.queue.start(under.worker)
  await under.post(["msg_1"])
  await under.worker.count(1)
  await under.finish("msg_1")
  under.worker.handed[0]?.end()
  await under.queue.idle()
  under.clock.advance(200_000)
  await sleep(30)
  assert.equal(under.worker.handed.length, 1)
})

test("of an app that is closed one message at a time is handed out, from the time on at which it may try", async () => {
  await using under = await open()
  const probeAtMs = under.clock.now() + 60_000
  under.worker.readinessOf.set("alerts", { kind: "closed", probeAtMs })
  under.queue.start(under.worker)
  await under.post(["msg_1", "msg_2", "msg_3"])
  await sleep(30)
  assert.equal(under.worker.handed.length, 0)
  under.clock.advance(61_000)
  assert.deepEqual(await under.worker.count(1), ["msg_1"])
  under.queue.wake({ app: "alerts" })
  await sleep(30)
  assert.equal(under.worker.handed.length, 1, "the first finds out for all")
  under.worker.readinessOf.set("alerts", { kind: "open" })
  under.queue.wake({ app: "alerts" })
  await under.worker.count(3)
})

test("of an app that cannot be used nothing is handed out, until it is changed", async () => {
  await using under = await open()
  under.worker.readinessOf.set("alerts", { kind: "unusable" })
  under.queue.start(under.worker)
  await under.post(["msg_1"])
  await under.post(["msg_2"], "hr")
  assert.deepEqual(await under.worker.count(1), ["msg_2"])
  under.worker.readinessOf.delete("alerts")
  under.queue.wake({ app: "alerts" })
  assert.deepEqual(await under.worker.count(2), ["msg_2", "msg_1"])
})

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

test("an app with much to do does not keep another from its turn", async () => {
  await using under = await open()
  await under.post(Array.from({ length: 700 }, (_, n) => `msg_${n}`))
  under.queue.start(under.worker)
  await under.worker.count(512)
  await under.post(["msg_hr"], "hr")
  assert.equal((await under.worker.count(513)).at(-1), "msg_hr")
})

test("a message that somebody else has got is lost, and not given back", async () => {
  await using under = await open()
  under.queue.start(under.worker)
  await under.post(["msg_1"])
  await under.worker.count(1)
  // As after a long sleep of the machine: its lease has ended, and another has the message.
  const now = under.clock.now() + 200_000
  const query = { app: "alerts", priority: "normal", now, limit: 1, leaseMs: 10 * HOUR_MS } as const
  assert.equal((await under.stores.outbox.claim(query)).length, 1)
  under.clock.advance(31_000)
  for (let looks = 0; under.worker.handed[0]?.isLost !== true && looks < 2000; looks++) await sleep(5)
  assert.equal(under.worker.handed[0]?.isLost, true)
  await under.queue.idle()
})
