import assert from "node:assert/strict"
import { setImmediate as nextTurn } from "node:timers/promises"
import { test } from "node:test"
import { JumpAwareClock } from "../domain/jump-aware-clock.ts"
import type { Priority } from "../domain/message.ts"
import { emptyCounts } from "../domain/recipients.ts"
import { StorageError } from "../domain/storage-error.ts"
import type { ClaimQuery, ClaimStore, Due, ExpiredQuery, Release, Waiting } from "../ports/claims.ts"
import type { Claim, ClaimedMessage } from "../ports/outbox.ts"
import type { NextTurn, Readiness, Worker, WorkSlot } from "../ports/work.ts"
import { aRequest, HOUR_MS, NOON } from "../store/testing/build.ts"
import { localQueue } from "./scheduler.ts"
import { SetClock } from "./testing/one-message.ts"

const SECOND = 1000
const MINUTE = 60 * SECOND

interface Row {
  readonly id: string
  readonly app: string
  readonly priority: Priority
  dueAt: number
  expiresAt: number
  isClaimed: boolean
}

interface Handed {
  readonly id: string
  readonly slot: WorkSlot
  isLost: boolean
  /** Undefined: it is finished. */
  end(next?: NextTurn): void
  fail(error: Error): void
}

/** A scheduler over a store in memory, which notes what it is asked for. */
class Under {
  readonly machine = new SetClock()
  readonly stopping = new AbortController()
  readonly rows: Row[] = []
  readonly handed: Handed[] = []
  readonly log: { readonly fields: object; readonly sentence: string }[] = []
  readonly readinessOf = new Map<string, Readiness>()
  /** Apps that were looked at, in order, and those whose rows were asked for. */
  readonly looks: string[] = []
  readonly asked: string[] = []
  looksAtAll = 0
  readonly claims: ClaimQuery[] = []
  readonly expiredQueries: ExpiredQuery[] = []
  readonly renewals: { readonly ids: readonly string[]; readonly until: number }[] = []
  readonly releases: Release[] = []
  listeners = 0
  /** What goes wrong next. */
  readonly troubles: { waiting?: Error; release?: Error } = {}
  held: (id: string) => boolean = () => true
  ready: () => Promise<void> = () => Promise.resolve()
  onWaiting: () => Promise<void> = () => Promise.resolve()
  #tell: ((due?: Due) => void) | undefined
  #claims = 0

  readonly store: ClaimStore & { unfinished(): Promise<number> } = {
    unfinished: async () => this.rows.length,
    appsWithWork: async () => {
      this.looksAtAll++
      return [...new Set(this.rows.map(({ app }) => app))]
    },
    waiting: async (app) => {
      this.asked.push(app)
      await this.onWaiting()
      const { waiting: trouble } = this.troubles
      delete this.troubles.waiting
      if (trouble !== undefined) throw trouble
      return this.#waiting(app)
    },
    onWork: (listener) => {
      this.listeners++
      this.#tell = listener
      return () => {
        this.listeners--
        this.#tell = undefined
      }
    },
    claim: async (query) => {
      this.claims.push(query)
      const { app, priority, now, limit } = query
      const due = this.rows.filter((row) => row.app === app && row.priority === priority && row.dueAt <= now)
      return this.#claim(due, limit)
    },
    claimExpired: async (query) => {
      this.expiredQueries.push(query)
      return this.#claim(
        this.rows.filter(({ expiresAt }) => expiresAt <= query.now),
        query.limit,
      )
    },
    renew: async (claims: readonly Claim[], until) => {
      this.renewals.push({ ids: claims.map(({ messageId }) => messageId), until })
      return claims.map(({ messageId }) => this.held(messageId))
    },
    release: async (releases) => {
      const { release: trouble } = this.troubles
      delete this.troubles.release
      if (trouble !== undefined) throw trouble
      this.releases.push(...releases)
      for (const { messageId, nextAt } of releases) {
        const row = this.rows.find(({ id }) => id === messageId)
        if (row !== undefined) Object.assign(row, { dueAt: nextAt, isClaimed: false })
        if (row !== undefined) this.#tell?.({ app: row.app, at: nextAt })
      }
    },
  }

  readonly worker: Worker = {
    ready: () => this.ready(),
    readiness: async (app) => {
      this.looks.push(app)
      return this.readinessOf.get(app) ?? { kind: "open" }
    },
    begin: ({ messageId }, slot) => {
      const { promise, resolve, reject } = Promise.withResolvers<NextTurn | undefined>()
      const handed: Handed = { id: messageId, slot, isLost: false, end: resolve, fail: reject }
      this.handed.push(handed)
      return {
        ended: promise,
        interrupt: () => undefined,
        lose: () => {
          handed.isLost = true
          resolve(undefined)
        },
      }
    },
  }

  readonly queue = localQueue(this.store)({
    clock: new JumpAwareClock(this.machine),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, sentence) => void this.log.push({ fields, sentence }),
    },
    stopping: this.stopping.signal,
  })

  /** Started, with nothing to do. */
  static async started(): Promise<Under> {
    const under = new Under()
    under.queue.start(under.worker)
    await under.quiet()
    under.forget()
    return under
  }

  /** What was noted until now. */
  forget(): void {
    for (const notes of [this.looks, this.asked, this.claims, this.expiredQueries, this.renewals, this.releases])
      notes.length = 0
    this.looksAtAll = 0
  }

  put(ids: readonly string[], changes: Partial<Row> = {}): void {
    for (const id of ids) {
      const row = { id, app: "alerts", priority: "normal" as const, dueAt: NOON, expiresAt: NOON + 24 * HOUR_MS }
      this.rows.push({ ...row, isClaimed: false, ...changes })
    }
  }

  /** Stored, and told of. */
  post(ids: readonly string[], changes: Partial<Row> = {}): void {
    this.put(ids, changes)
    const { app = "alerts", dueAt } = changes
    this.#tell?.({ app, ...(dueAt !== undefined && { at: dueAt }) })
  }

  async quiet(): Promise<void> {
    for (let n = 0; n < 30; n++) await nextTurn()
  }

  async advance(ms: number): Promise<void> {
    this.machine.advance(ms)
    await this.quiet()
  }

  get ids(): string[] {
    return this.handed.map(({ id }) => id)
  }

  of(id: string): Handed {
    return this.handed.findLast((handed) => handed.id === id) ?? assert.fail(`${id} was not handed out`)
  }

  /** Ends a turn that has finished its message. */
  async finish(id: string): Promise<void> {
    this.rows.splice(
      this.rows.findIndex((row) => row.id === id),
      1,
    )
    this.of(id).end()
    await this.quiet()
  }

  #waiting(app: string): Waiting[] {
    const byPriority = Map.groupBy(
      this.rows.filter((row) => row.app === app),
      ({ priority }) => priority,
    )
    return [...byPriority].map(([priority, rows]) => {
      const free = rows.filter(({ isClaimed }) => !isClaimed).map(({ dueAt }) => dueAt)
      return { app, priority, unfinished: rows.length, dueAt: free.length === 0 ? undefined : Math.min(...free) }
    })
  }

  #claim(rows: readonly Row[], limit: number): ClaimedMessage[] {
    const free = rows.filter(({ isClaimed }) => !isClaimed).toSorted((a, b) => a.dueAt - b.dueAt)
    return free.slice(0, limit).map((row) => {
      row.isClaimed = true
      const { message } = aRequest({ id: row.id, app: row.app, priority: row.priority, expiresAt: row.expiresAt })
      const of = { message, counts: emptyCounts(), chunkCount: 1, callCount: 0, chunk: undefined }
      return { messageId: row.id, claim: ++this.#claims, ...of }
    })
  }
}

const numbered = (count: number, name = "msg"): string[] => Array.from({ length: count }, (_, n) => `${name}_${n}`)

// What is due, and when.

test("at the start all apps are looked at, and what is due is handed out", async () => {
  const under = new Under()
  under.put(["msg_1"])
  under.put(["msg_2"], { app: "hr" })
  under.queue.wake()
  await under.quiet()
  assert.deepEqual([under.ids, under.looks], [[], []], "nobody works yet")
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual([under.ids, under.looks, under.looksAtAll], [["msg_1", "msg_2"], ["alerts", "hr"], 1])
  assert.deepEqual(under.claims[0], { app: "alerts", priority: "normal", now: NOON, limit: 512, leaseMs: 120 * SECOND })
})

test("of an app that has something due now only that one is looked at", async () => {
  const under = await Under.started()
  under.put(["msg_hr"], { app: "hr" })
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual([under.ids, under.looks, under.looksAtAll], [["msg_1"], ["alerts"], 0])
  under.post(["msg_2"], { dueAt: NOON })
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1", "msg_2"])
})

test("whatever is told in one go is one turn", async () => {
  const under = await Under.started()
  for (let n = 0; n < 5; n++) under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.looks, ["alerts"])
})

test("what will be due is looked at then, and not before", async () => {
  const under = await Under.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.post(["msg_2"], { dueAt: NOON + 9 * SECOND, app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, [])
  await under.advance(5 * SECOND - 1)
  assert.deepEqual(under.looks, [])
  await under.advance(1)
  assert.deepEqual([under.ids, under.looks], [["msg_1"], ["alerts"]])
  await under.advance(4 * SECOND)
  assert.deepEqual(
    [under.ids, under.looks],
    [
      ["msg_1", "msg_2"],
      ["alerts", "hr"],
    ],
  )
  assert.equal(under.looksAtAll, 0)
})

test("of several times of an app the earliest counts, whichever is told last", async () => {
  for (const times of [
    [3, 8],
    [8, 3],
  ]) {
    const under = await Under.started()
    for (const seconds of times) under.post([`msg_${seconds}`], { dueAt: NOON + seconds * SECOND })
    await under.advance(3 * SECOND)
    assert.deepEqual(under.ids, ["msg_3"])
    await under.advance(5 * SECOND)
    assert.deepEqual(under.ids, ["msg_3", "msg_8"])
  }
})

test("what a look finds to be due later is looked at then, and not before", async () => {
  const under = await Under.started()
  under.put(["msg_2"], { dueAt: NOON + 5 * SECOND, priority: "bulk" })
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
  under.forget()
  await under.advance(4 * SECOND)
  assert.deepEqual(under.looks, [])
  await under.advance(SECOND)
  assert.deepEqual([under.ids, under.looks], [["msg_1", "msg_2"], ["alerts"]])
})

test("other times are not forgotten when one has come", async () => {
  const under = await Under.started()
  for (const [app, seconds] of [
    ["a", 6],
    ["b", 2],
    ["c", 4],
  ] as const) {
    under.post([app], { app, dueAt: NOON + seconds * SECOND })
  }
  for (const expected of [["b"], ["b", "c"], ["b", "c", "a"]]) {
    await under.advance(2 * SECOND)
    assert.deepEqual(under.looks, expected)
  }
})

test("what is due while something of the app is at work is handed out then, whatever its priority", async () => {
  for (const priority of ["high", "normal", "bulk"] as const) {
    const under = await Under.started()
    under.put(["msg_2"], { dueAt: NOON + 5 * SECOND, priority })
    under.post(["msg_1"])
    await under.quiet()
    assert.deepEqual(under.ids, ["msg_1"])
    await under.advance(5 * SECOND)
    assert.deepEqual(under.ids, ["msg_1", "msg_2"])
  }
})

test("a turn for another reason looks at none whose time has not come", async () => {
  const under = await Under.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, ["hr"])
})

test("now and then all apps are looked at, should the word of one have been lost", async () => {
  const under = await Under.started()
  under.put(["lost"], { dueAt: NOON })
  under.post(["msg_1"], { app: "hr", dueAt: NOON + MINUTE - 1 })
  await under.advance(MINUTE - 1)
  assert.deepEqual([under.looksAtAll, under.ids], [0, ["msg_1"]])
  await under.advance(1)
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.deepEqual([under.looksAtAll, under.ids], [1, ["msg_1", "lost"]])
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.equal(under.looksAtAll, 1)
})

test("a look at all apps forgets no time of theirs", async () => {
  const under = await Under.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.queue.wake()
  await under.quiet()
  under.forget()
  await under.advance(5 * SECOND)
  assert.deepEqual([under.ids, under.looks], [["msg_1"], ["alerts"]])
})

test("and looks at no app twice for a time that it had before", async () => {
  const under = await Under.started()
  under.post(["msg_1"], { dueAt: NOON + 5 * SECOND })
  under.rows.length = 0
  under.queue.wake()
  await under.quiet()
  await under.advance(5 * SECOND)
  assert.deepEqual(under.looks, [])
})

test("who becomes ready during a turn has another", async () => {
  const under = await Under.started()
  const gate = Promise.withResolvers<void>()
  under.onWaiting = () => gate.promise
  under.post(["msg_1"])
  await under.quiet()
  under.post(["msg_2"], { app: "hr" })
  await under.quiet()
  assert.deepEqual(under.looks, ["alerts"])
  gate.resolve()
  await under.quiet()
  assert.deepEqual(
    [under.looks, under.ids],
    [
      ["alerts", "hr"],
      ["msg_1", "msg_2"],
    ],
  )
  under.forget()
  await under.quiet()
  assert.deepEqual(under.looks, [])
})

test("nothing is handed out before the worker is ready", async () => {
  const under = new Under()
  const isReady = Promise.withResolvers<void>()
  under.ready = () => isReady.promise
  under.put(["msg_1"])
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual(under.ids, [])
  isReady.resolve()
  await under.quiet()
  assert.deepEqual(under.ids, ["msg_1"])
})

test("the three priorities are served in their order, and one without anything due is not asked for", async () => {
  const under = new Under()
  under.put(["bulk"], { priority: "bulk" })
  under.put(["later"], { priority: "normal", dueAt: NOON + SECOND })
  under.put(["high"], { priority: "high" })
  under.queue.start(under.worker)
  await under.quiet()
  assert.deepEqual(
    [under.ids, under.claims.map(({ priority }) => priority)],
    [
      ["high", "bulk"],
      ["high", "bulk"],
    ],
  )
})

test("between sixteen apps and the next others have their turn", async () => {
  const under = new Under()
  for (const app of numbered(40, "app")) under.put([`msg ${app}`], { app })
  const seen: number[] = []
  under.queue.start(under.worker)
  while (under.looks.length < 40) {
    await nextTurn()
    seen.push(under.looks.length)
  }
  assert.deepEqual(
    [...new Set(seen)].filter((looks) => looks > 0),
    [16, 32, 40],
  )
})

// Apps that cannot send.

test("of an app that cannot be used nothing is looked at", async () => {
  const under = await Under.started()
  under.readinessOf.set("alerts", { kind: "unusable" })
  under.post(["msg_1"])
  await under.advance(30 * SECOND)
  assert.deepEqual([under.asked, under.ids], [[], []])
})

test("of a closed app nothing is handed out before it may try, and then the oldest, of whatever priority, alone", async () => {
  const under = await Under.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON + 5 * SECOND })
  under.put(["young"], { priority: "high", dueAt: NOON - SECOND })
  under.put(["old"], { priority: "bulk", dueAt: NOON - 3 * SECOND })
  under.post(["middle"], { dueAt: NOON - 2 * SECOND })
  await under.advance(5 * SECOND - 1)
  assert.deepEqual([under.ids, under.claims], [[], []])
  await under.advance(1)
  assert.deepEqual(under.ids, ["old"])
  assert.deepEqual(
    under.claims.map(({ priority, limit }) => [priority, limit]),
    [["bulk", 1]],
  )
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.ids, ["old"], "one at a time")
  await under.finish("old")
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(under.ids, ["old", "middle"], "the next may try when that one has ended")
})

test("a closed app of which nothing is due is not looked at when it may try", async () => {
  const under = await Under.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON + 5 * SECOND })
  under.put(["msg_1"], { dueAt: NOON + 9 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  under.forget()
  await under.advance(6 * SECOND)
  assert.deepEqual(under.looks, [])
  await under.advance(3 * SECOND)
  assert.deepEqual([under.looks, under.ids], [["alerts"], ["msg_1"]])
})

test("a closed app that may try, with nothing due, claims nothing", async () => {
  const under = await Under.started()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.put(["msg_1"], { dueAt: NOON + 9 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual([under.claims, under.ids], [[], []])
})

test("whoever finds out goes although many of the app are at work", async () => {
  const under = await Under.started()
  under.post(numbered(512))
  await under.quiet()
  under.readinessOf.set("alerts", { kind: "closed", probeAtMs: NOON })
  under.post(["probe"])
  await under.quiet()
  assert.equal(under.ids.at(-1), "probe")
})

// How many at a time.

test("of an app alone 512 are at work, and more are taken when half of them are done", async () => {
  const under = await Under.started()
  under.post(numbered(900))
  await under.quiet()
  assert.equal(under.handed.length, 512)
  for (const { slot } of under.handed.slice(0, 255)) slot.release()
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.equal(under.handed.length, 512)
  under.forget()
  under.handed[255]?.slot.release()
  await under.quiet()
  assert.equal(under.handed.length, 768)
  assert.deepEqual(
    under.claims.map(({ limit }) => limit),
    [256],
  )
})

test("where several apps have something to send each has its share, and of a priority 1024 are at work in all", async () => {
  const under = new Under()
  const apps = ["a", "b", "c", "d"]
  for (const app of apps) under.put(numbered(300, app), { app })
  under.put(numbered(300, "high"), { app: "a", priority: "high" })
  under.queue.start(under.worker)
  await under.quiet()
  const counts = Map.groupBy(under.ids, (id) => id.split("_")[0])
  assert.deepEqual(
    [...apps, "high"].map((name) => counts.get(name)?.length),
    [256, 300, 300, 168, 300],
  )
})

test("when 1024 of a priority are at work another app has eight all the same, and another priority its own", async () => {
  const under = await Under.started()
  for (const app of ["a", "b"]) under.post(numbered(600, app), { app })
  await under.quiet()
  assert.equal(under.handed.length, 1024)
  under.forget()
  under.post(numbered(600, "c"), { app: "c" })
  under.post(numbered(600, "urgent"), { app: "c", priority: "high" })
  await under.quiet()
  assert.deepEqual(
    under.claims.map(({ priority, limit }) => [priority, limit]),
    [
      ["high", 512],
      ["normal", 8],
    ],
  )
  under.forget()
  under.queue.wake({ app: "c" })
  await under.quiet()
  assert.deepEqual([under.claims, under.asked], [[], ["c"]], "there is no room for more")
  await under.finish("c_0")
  assert.deepEqual(
    under.claims.map(({ limit }) => limit),
    [1],
  )
  assert.equal(under.ids.at(-1), "c_8")
})

test("however many apps have something to send, each has eight", async () => {
  const under = new Under()
  for (const app of numbered(200, "app")) under.put(numbered(20, app), { app })
  under.queue.start(under.worker)
  await under.quiet()
  const counts = Map.groupBy(under.ids, (id) => id.slice(0, id.lastIndexOf("_")))
  assert.deepEqual(new Set([...counts.values()].map(({ length }) => length)), new Set([8]))
  assert.equal(counts.size, 200)
})

test("a place that is given up twice is one, and one that is taken again is counted", async () => {
  const under = await Under.started()
  under.post(numbered(512))
  await under.quiet()
  for (const { slot } of under.handed.slice(0, 200)) {
    slot.release()
    slot.release()
  }
  under.post(["more"])
  await under.quiet()
  assert.equal(under.handed.length, 512)
  for (const { slot } of under.handed.slice(0, 200)) {
    slot.take()
    slot.take()
  }
  for (const { slot } of under.handed.slice(0, 256)) slot.release()
  await under.quiet()
  assert.equal(under.ids.at(-1), "more")
})

test("an app that has nothing at work any more takes none from the others", async () => {
  const under = await Under.started()
  under.post(["other"], { app: "hr" })
  await under.quiet()
  await under.finish("other")
  under.forget()
  under.post(numbered(600))
  await under.quiet()
  assert.deepEqual(under.claims[0]?.limit, 512)
  under.post(["again"], { app: "hr" })
  await under.quiet()
  assert.equal(under.ids.at(-1), "again")
})

test("an app is at work while it has something of any priority there", async () => {
  for (const [first, second] of [
    ["high", "bulk"],
    ["normal", "high"],
    ["bulk", "normal"],
  ] as const) {
    const under = await Under.started()
    for (const app of ["x", "y", "z"]) {
      under.post([`${app} first`], { app, priority: first })
      under.post([`${app} second`], { app, priority: second })
    }
    await under.quiet()
    for (const app of ["x", "y", "z"]) await under.finish(`${app} first`)
    under.forget()
    under.post(numbered(600))
    await under.quiet()
    assert.equal(under.claims[0]?.limit, 341, "a third")
  }
})

// Giving back.

test("what is given back is released at its time, with how long it holds its lane, and then whoever is told is told", async () => {
  const under = await Under.started()
  under.post(["msg_1"])
  await under.quiet()
  let wasReleased: number | undefined
  const onGivenBack = (): void => void (wasReleased = under.releases.length)
  under.of("msg_1").end({ atMs: NOON + 5 * SECOND, holdsLaneUntilMs: NOON + 7 * SECOND, onGivenBack })
  await under.quiet()
  const release = { messageId: "msg_1", claim: 1, nextAt: NOON + 5 * SECOND, holdsLaneUntil: NOON + 7 * SECOND }
  assert.deepEqual([under.releases, wasReleased], [[release], 1])
  await under.advance(5 * SECOND)
  assert.deepEqual(under.ids, ["msg_1", "msg_1"])
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  assert.deepEqual(under.releases[1], { messageId: "msg_1", claim: 2, nextAt: NOON + 9 * SECOND })
})

test("what is finished is not released", async () => {
  const under = await Under.started()
  under.post(["msg_1"])
  await under.quiet()
  await under.finish("msg_1")
  assert.deepEqual(under.releases, [])
})

test("what cannot be given back is tried every second until it is, and that is told", async () => {
  const under = await Under.started()
  under.post(["msg_1"])
  await under.quiet()
  under.troubles.release = new StorageError("storage_full")
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  assert.deepEqual(
    under.log.map(({ fields }) => fields),
    [{ message: "msg_1", code: "storage_full" }],
  )
  await under.advance(999)
  assert.deepEqual(under.releases, [])
  await under.advance(1)
  assert.equal(under.releases.length, 1)
})

test("unless the gateway stops: then nobody waits for it", async () => {
  const under = await Under.started()
  under.post(["msg_1"])
  await under.quiet()
  under.troubles.release = new StorageError("storage_full")
  under.of("msg_1").end({ atMs: NOON + 9 * SECOND })
  await under.quiet()
  under.stopping.abort()
  await under.queue.idle()
  assert.deepEqual(under.releases, [])
})

test("it is idle when everything that was handed out has been given back", async () => {
  const under = await Under.started()
  await under.queue.idle()
  under.post(["msg_1", "msg_2"])
  await under.quiet()
  let isIdle = false
  const idle = under.queue.idle().then(() => (isIdle = true))
  await under.finish("msg_1")
  assert.equal(isIdle, false)
  await under.finish("msg_2")
  assert.equal(isIdle, true)
  await idle
})

test("there is nobody elsewhere", async () => {
  const under = await Under.started()
  await under.queue.interruptElsewhere("msg_1")
  assert.equal(await under.queue.endedElsewhere("msg_1"), false)
})

// Claims.

test("claims are renewed every thirty seconds, for two minutes each", async () => {
  const under = await Under.started()
  under.post(["msg_1", "msg_2"])
  await under.quiet()
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  const first = { ids: ["msg_1", "msg_2"], until: NOON + 120 * SECOND }
  assert.deepEqual(under.renewals, [first])
  await under.advance(30 * SECOND - 1)
  assert.equal(under.renewals.length, 1)
  await under.advance(SECOND)
  assert.deepEqual(under.renewals.slice(1), [{ ...first, until: NOON + 151 * SECOND - 1 }])
})

test("so they are while nothing else is to be done, and nobody wakes for it sooner", async () => {
  const under = await Under.started()
  under.post(["msg_1"])
  await under.quiet()
  under.rows.length = 0
  under.queue.wake({ app: "alerts" })
  await under.advance(SECOND)
  under.machine.sleeps.length = 0
  for (const renewals of [1, 2, 3]) {
    assert.equal(under.renewals.length, renewals)
    await under.advance(30 * SECOND)
  }
  assert.deepEqual(under.machine.sleeps, Array(3).fill(30 * SECOND))
})

test("where nothing is at work nothing is renewed", async () => {
  const under = await Under.started()
  under.queue.wake()
  await under.advance(60 * SECOND)
  assert.deepEqual(under.renewals, [])
})

test("whoever works on what somebody else has is told, and nobody else", async () => {
  const under = await Under.started()
  under.held = (id) => id !== "msg_2"
  under.post(["msg_1", "msg_2", "msg_3"])
  await under.quiet()
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  assert.deepEqual(
    under.handed.map(({ isLost }) => isLost),
    [false, true, false],
  )
  assert.deepEqual(under.releases, [])
})

// Expired messages.

test("expired messages are looked for every second while there are any messages", async () => {
  const under = await Under.started()
  await under.advance(5 * SECOND)
  assert.equal(under.expiredQueries.length, 0, "there are none")
  under.post(["msg_1"], { dueAt: NOON + HOUR_MS, expiresAt: NOON + 8 * SECOND })
  under.queue.wake({ app: "alerts" })
  await under.quiet()
  const query = { now: NOON + 5 * SECOND, limit: 100, leaseMs: 120 * SECOND }
  assert.deepEqual(under.expiredQueries, [query])
  under.queue.wake({ app: "alerts" })
  await under.advance(SECOND - 1)
  assert.equal(under.expiredQueries.length, 1)
  await under.advance(1)
  assert.equal(under.expiredQueries.length, 2)
  await under.advance(SECOND)
  assert.deepEqual([under.expiredQueries.length, under.ids], [3, []])
  await under.advance(SECOND)
  assert.deepEqual([under.expiredQueries.length, under.ids], [4, ["msg_1"]])
})

test("a hundred at a time, and at once the next hundred", async () => {
  for (const [count, queries] of [
    [99, 1],
    [100, 2],
    [150, 2],
  ] as const) {
    const under = await Under.started()
    under.put(numbered(count), { dueAt: NOON + HOUR_MS, expiresAt: NOON })
    under.queue.wake({ app: "alerts" })
    await under.quiet()
    assert.deepEqual([under.handed.length, under.expiredQueries.length], [count, queries])
  }
})

test("the worker is asked about the app first, or it would not know it", async () => {
  const under = await Under.started()
  const asked: string[] = []
  under.worker.readiness = async (app) => {
    asked.push(`${app} ${under.handed.length}`)
    return { kind: "unusable" }
  }
  under.put(["msg_1"], { dueAt: NOON + HOUR_MS, expiresAt: NOON })
  under.queue.wake({ app: "hr" })
  await under.quiet()
  assert.equal(asked[0], "alerts 0")
  assert.deepEqual(under.ids, ["msg_1"])
})

test("after the clock was set forward they expire later, and are kept for as much longer", async () => {
  const under = await Under.started()
  under.put(["msg_1"], { dueAt: NOON + 9 * HOUR_MS, expiresAt: NOON + HOUR_MS })
  under.machine.jump(2 * HOUR_MS)
  under.queue.clockJumped()
  await under.quiet()
  const query = { now: NOON, limit: 100, leaseMs: 120 * SECOND + 2 * HOUR_MS }
  assert.deepEqual([under.expiredQueries.at(-1), under.ids], [query, []])
})

// The clock is set.

test("when the clock was set all apps are looked at, claims renewed and expired messages looked for at once", async () => {
  for (const jump of [-HOUR_MS, HOUR_MS]) {
    const under = await Under.started()
    under.post(["msg_1"])
    await under.quiet()
    under.queue.wake({ app: "alerts" })
    await under.quiet()
    under.forget()
    under.machine.jump(jump)
    under.queue.clockJumped()
    await under.quiet()
    assert.deepEqual([under.looksAtAll, under.renewals.length, under.expiredQueries.length], [1, 1, 1])
    under.forget()
    await under.advance(SECOND)
    assert.equal(under.expiredQueries.length, 1, "the timer goes by the new time")
  }
})

test("a time that was noted before the clock was set back does not keep others from theirs", async () => {
  const under = await Under.started()
  under.post(["msg_1"], { dueAt: NOON + HOUR_MS })
  under.machine.jump(-2 * HOUR_MS)
  under.rows.forEach((row) => (row.dueAt = NOON - 2 * HOUR_MS + 5 * SECOND))
  under.queue.clockJumped()
  await under.quiet()
  await under.advance(5 * SECOND)
  assert.deepEqual(under.ids, ["msg_1"])
})

test("nobody sleeps for longer than a timer can", async () => {
  const under = await Under.started()
  under.machine.sleeps.length = 0
  under.post(["msg_1"], { dueAt: NOON + 90 * 24 * HOUR_MS })
  assert.deepEqual(under.machine.sleeps, [0x7fff_ffff])
  assert.equal(under.machine.sleepers, 1)
  under.queue.wake({ app: "alerts", at: NOON + 30 * SECOND })
  await nextTurn()
  assert.deepEqual([under.machine.sleeps.at(-1), under.machine.sleepers], [30 * SECOND, 1])
  under.queue.wake({ app: "alerts", at: NOON + 40 * SECOND })
  await nextTurn()
  assert.equal(under.machine.sleeps.length, 2, "the earlier one rings first")
})

// Trouble, and the end.

test("after trouble with the store all apps are looked at again in a second, and that is told", async () => {
  const under = await Under.started()
  under.put(["msg_hr"], { app: "hr" })
  under.troubles.waiting = new StorageError("storage_busy")
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(
    under.log.map(({ fields }) => fields),
    [{ code: "storage_busy" }],
  )
  assert.deepEqual(under.ids, [])
  await under.advance(999)
  assert.deepEqual(under.ids, [])
  await under.advance(1)
  assert.deepEqual([new Set(under.ids), under.looksAtAll], [new Set(["msg_1", "msg_hr"]), 1])
})

test("trouble while the gateway stops is not told", async () => {
  const under = await Under.started()
  under.onWaiting = async () => under.stopping.abort()
  under.troubles.waiting = new StorageError("storage_closed")
  under.post(["msg_1"])
  await under.quiet()
  assert.deepEqual(under.log, [])
})

test("when the gateway stops nothing is looked at or handed out any more, and nobody listens or sleeps", async () => {
  const under = await Under.started()
  under.post(["later"], { dueAt: NOON + 5 * SECOND })
  assert.equal(under.listeners, 1)
  under.stopping.abort()
  await under.quiet()
  assert.deepEqual([under.listeners, under.machine.sleepers], [0, 0])
  under.forget()
  under.queue.wake()
  under.queue.wake({ app: "alerts" })
  under.queue.wake({ app: "alerts", at: NOON + SECOND })
  await under.advance(10 * SECOND)
  assert.deepEqual([under.looks, under.looksAtAll, under.machine.sleepers], [[], 0, 0])
})

test("what is claimed at that moment is not begun, and no other app is looked at", async () => {
  const under = await Under.started()
  under.put(["msg_1"])
  under.put(["msg_2"], { app: "hr" })
  under.onWaiting = async () => under.stopping.abort()
  under.queue.wake()
  await under.quiet()
  assert.deepEqual([under.looks, under.ids], [["alerts"], []])
  await under.queue.idle()
})
