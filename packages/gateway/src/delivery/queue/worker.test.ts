import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import type { ApiAnswer } from "@wecom-push/sdk/internals"
import { StorageError } from "../../model/storage-error.ts"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { Governors } from "../../model/ports/governor.ts"
import type { NextTurn, Turn } from "../../model/ports/work.ts"
import { aChunk, NOON } from "../../store/testing/build.ts"
import type { AppRuntime } from "../app-runtimes.ts"
import type { AppRuntimes } from "../app-runtimes.ts"
import { MessageDelivery } from "../call/message-delivery.ts"
import { CallSharings } from "../call/share-calls.ts"
import { aFrozenCall, lost, OneMessage } from "../testing/one-message.ts"
import type { OneMessageOptions } from "../testing/one-message.ts"
import { MessageWorker } from "./worker.ts"

const OK: ApiAnswer = { errcode: 0, errmsg: "ok" }

/** A worker that knows one app, with one message of it. */
class Work {
  readonly one: OneMessage
  readonly worker: MessageWorker
  /** The runtime of the app, if it has had something to send. */
  opened: AppRuntime | undefined
  /** Returns the runtime of the app, if it can be used. */
  runtime: (name: string) => Promise<AppRuntime | undefined>
  record: AppRecord | undefined
  readonly cancelled: string[] = []
  onCancel: () => Promise<unknown> = () => Promise.resolve()
  commanded: Promise<void> | undefined
  readonly turnedAway: string[] = []
  readonly isReady = Promise.withResolvers<void>()

  constructor(options: OneMessageOptions = {}) {
    this.one = new OneMessage({ chunks: [aChunk(["zhangsan"], { types: ["user"] })], ...options })
    const { runtime, deps } = this.one
    this.opened = runtime
    this.runtime = () => Promise.resolve(runtime)
    this.record = runtime.app
    deps.lookupWaiters.turnedAway = (app, id) => void this.turnedAway.push(`${app} ${id}`)
    const runtimes: Pick<AppRuntimes, "get" | "opened"> = {
      get: (name) => this.runtime(name),
      opened: () => this.opened,
    }
    const governors: Pick<Governors, "ready"> = { ready: () => this.isReady.promise }
    this.worker = new MessageWorker({
      ...deps,
      sharings: new CallSharings(),
      runtimes: runtimes as AppRuntimes,
      governors: governors as Governors,
      apps: { get: () => Promise.resolve(this.record) },
      makeDue: () => undefined,
      cancel: (id, reason) => {
        this.cancelled.push(`${id} ${reason}`)
        return this.onCancel()
      },
      settled: () => this.commanded,
    })
  }

  begin(): Turn {
    return this.worker.begin(this.one.claimed, this.one.slot)
  }

  /** Runs one turn to its end. */
  turn(): Promise<NextTurn | undefined> {
    return this.begin().ended
  }
}

test("it is ready when the governors are", async () => {
  const work = new Work()
  let isReady = false
  const ready = work.worker.ready().then(() => (isReady = true))
  await immediate()
  assert.equal(isReady, false)
  work.isReady.resolve()
  await ready
})

test("an app is open, or closed until it may try, or not to be used; of one that was removed the rest is handed out", async () => {
  const work = new Work()
  assert.deepEqual(await work.worker.readiness("alerts"), { kind: "open" })
  work.one.governor.nextProbeAtMs = NOON + 5
  assert.deepEqual(await work.worker.readiness("alerts"), { kind: "closed", probeAtMs: NOON + 5 })
  work.runtime = () => Promise.resolve(undefined)
  assert.deepEqual(await work.worker.readiness("alerts"), { kind: "unusable" })
  work.record = undefined
  assert.deepEqual(await work.worker.readiness("alerts"), { kind: "open" })
})

test("a message that is finished need not be given back", async () => {
  const work = new Work()
  const turn = work.begin()
  assert.ok(work.worker.delivery("msg_1") !== undefined)
  assert.equal(await turn.ended, undefined)
  assert.equal(work.worker.delivery("msg_1"), undefined)
  assert.deepEqual(work.one.outbox.chunksNow[0]?.states, ["sent"])
})

test("one that waits comes again at its time", async () => {
  const work = new Work()
  work.one.answers = [{ errcode: -1, errmsg: "system busy" }]
  assert.deepEqual(await work.turn(), { atMs: NOON + 1000 })
})

test("one in doubt says how long it holds its lane", async () => {
  const work = new Work()
  work.one.answers = [lost()]
  assert.deepEqual(await work.turn(), { atMs: NOON + 1000, holdsLaneUntilMs: NOON + 60_000 })
})

// proves 29.E2: a clock that is set back holds up no message
test("29.E2: one whose turn ends while the clock is set back comes again at once, and holds its lane from then on", async (t) => {
  const work = new Work()
  const DAY_MS = 86_400_000
  // oxlint-disable-next-line typescript/unbound-method -- it is called with a delivery
  const { work: real } = MessageDelivery.prototype
  t.mock.method(MessageDelivery.prototype, "work", async function (this: MessageDelivery) {
    const nextWake = await real.call(this)
    work.one.machine.jump(-DAY_MS)
    return nextWake
  })
  work.one.answers = [lost()]
  const now = NOON - DAY_MS
  assert.deepEqual(await work.turn(), { atMs: now, holdsLaneUntilMs: now + 60_000 })
})

test("one that found too many waiting for look-ups is called when it has been given back, and not before", async () => {
  const work = new Work({ chunks: [aChunk(["13800000001"])] })
  for (let n = 0; n < 16; n++) work.one.deps.lookupWaiters.enter("alerts", `other ${n}`)
  const next = await work.turn()
  assert.deepEqual([next?.atMs, work.turnedAway], [NOON + 60_000, []])
  next?.onGivenBack?.()
  assert.deepEqual(work.turnedAway, ["alerts msg_1"])
})

test("one that keeps its place is due since it was accepted, and no earlier", async () => {
  const work = new Work({ acceptedAt: NOON - 5000 })
  const turn = work.begin()
  turn.interrupt()
  assert.deepEqual(await turn.ended, { atMs: NOON - 5000 })
})

test("nor later than now, should the clock have been put back since", async () => {
  const work = new Work({ acceptedAt: NOON + 5000, expiresAt: NOON + 100_000 })
  const turn = work.begin()
  turn.interrupt()
  assert.deepEqual(await turn.ended, { atMs: NOON })
})

test("one that waits for nothing is looked at again after a minute", async () => {
  const work = new Work({ chunks: [aChunk(["zhangsan"], { types: ["user"], states: ["cancelled"] })], pending: 1 })
  assert.deepEqual(await work.turn(), { atMs: NOON + 60_000 })
})

test("one that is broken off by the end of the gateway is due at once", async () => {
  const work = new Work()
  work.one.answers = [{ errcode: -1, errmsg: "system busy" }]
  const turn = work.begin()
  work.one.stopping.abort()
  assert.deepEqual(await turn.ended, { atMs: NOON })
  assert.deepEqual(work.one.log, [])
})

test("also one that waits for its time: the worker that continues it finds out", async () => {
  const work = new Work({ callCount: 1 })
  work.one.outbox.open.set("msg_1", [aFrozenCall({ retryAt: NOON + 5000 })])
  work.one.stopping.abort()
  assert.deepEqual(await work.turn(), { atMs: NOON })
})

test("one that another worker has is not given back", async () => {
  const work = new Work()
  const turn = work.begin()
  turn.lose()
  assert.equal(await turn.ended, undefined)
  assert.equal(work.one.requests.length, 0)
})

test("after trouble it comes again in a second, and that is logged", async () => {
  const work = new Work()
  work.one.outbox.onBegin = () => Promise.reject(new StorageError("storage_full"))
  assert.deepEqual(await work.turn(), { atMs: NOON + 1000 })
  const [logged, ...others] = work.one.log
  assert.deepEqual(others, [])
  const { err, ...fields } = (logged?.fields ?? {}) as { err?: unknown }
  assert.deepEqual([logged?.level, fields], ["error", { app: "alerts", message: "msg_1", code: "storage_full" }])
  assert.ok(err instanceof StorageError)
  assert.equal(work.worker.delivery("msg_1"), undefined)
})

test("trouble while the gateway stops is not logged", async () => {
  const work = new Work()
  work.one.outbox.onBegin = () => {
    work.one.stopping.abort()
    return Promise.reject(new StorageError("storage_closed"))
  }
  assert.deepEqual(await work.turn(), { atMs: NOON + 1000 })
  assert.deepEqual(work.one.log, [])
})

test("a message is not touched while a command changes it, and no worker has to wait for it then", async () => {
  const work = new Work()
  const command = Promise.withResolvers<void>()
  work.commanded = command.promise
  const turn = work.begin()
  await immediate()
  assert.equal(work.one.outbox.begun.length, 0)
  assert.equal(work.worker.ended("msg_1"), undefined)
  command.resolve()
  await immediate()
  assert.equal(work.one.outbox.begun.length, 1)
  await turn.ended
})

test("a caller that waits for the end of the work on a message waits for the end of the turn", async () => {
  const work = new Work()
  const answer = Promise.withResolvers<ApiAnswer>()
  work.one.answers = [() => answer.promise]
  assert.equal(work.worker.ended("msg_1"), undefined)
  const turn = work.begin()
  await immediate()
  assert.equal(work.worker.ended("msg_1"), turn.ended)
  answer.resolve(OK)
  await turn.ended
  assert.equal(work.worker.ended("msg_1"), undefined)
})

test("a message that comes while it is at work is lost by the first, and begins when that has ended", async () => {
  const work = new Work()
  const answer = Promise.withResolvers<ApiAnswer>()
  work.one.answers = [() => answer.promise, {}]
  const first = work.begin()
  await immediate()
  const second = work.begin()
  await immediate()
  assert.equal(work.one.outbox.begun.length, 1)
  answer.resolve(OK)
  assert.equal(await first.ended, undefined)
  assert.ok(work.worker.delivery("msg_1") !== undefined, "the second is at work still")
  await second.ended
  assert.equal(work.worker.delivery("msg_1"), undefined)
})

test("a change of the app interrupts what is at work of it, and nothing of others", async () => {
  for (const [app, isInterrupted] of [
    ["alerts", true],
    ["hr", false],
  ] as const) {
    const work = new Work()
    const turn = work.begin()
    work.worker.appChanged(app)
    await turn.ended
    assert.equal(work.one.requests.length, isInterrupted ? 0 : 1)
  }
})

/** Work for an app that is not open. */
function unopened(runtime: AppRuntime | undefined, record: AppRecord | undefined): Work {
  const work = new Work()
  work.opened = undefined
  work.runtime = () => Promise.resolve(runtime)
  work.record = record
  return work
}

const { runtime: RUNTIME } = new OneMessage()

test("a message of an app that was changed a moment ago comes again at once", async () => {
  const work = unopened(RUNTIME, RUNTIME.app)
  assert.deepEqual(await work.turn(), { atMs: NOON })
  assert.deepEqual(work.cancelled, [])
})

test("one of an app that cannot be used comes again after a minute", async () => {
  const work = unopened(undefined, RUNTIME.app)
  assert.deepEqual(await work.turn(), { atMs: NOON + 60_000 })
  assert.deepEqual(work.cancelled, [])
})

test("one of an app that was removed is cancelled", async () => {
  const work = unopened(undefined, undefined)
  const turn = work.begin()
  turn.interrupt()
  turn.lose()
  assert.deepEqual(await turn.ended, { atMs: NOON + 60_000 })
  assert.deepEqual(work.cancelled, ["msg_1 app_removed"])
})

test("trouble with that is logged, unless the gateway stops", async () => {
  for (const isStopping of [false, true]) {
    const work = unopened(undefined, undefined)
    work.onCancel = () => Promise.reject(new StorageError("storage_full"))
    if (isStopping) work.one.stopping.abort()
    assert.deepEqual(await work.turn(), { atMs: NOON + 1000 })
    const fields = { app: "alerts", message: "msg_1", code: "storage_full" }
    assert.deepEqual(
      work.one.log.map((logged) => logged.fields),
      isStopping ? [] : [fields],
    )
  }
})
