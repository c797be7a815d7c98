import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import { test } from "node:test"
import { aRequest } from "../store/testing/build.ts"
import { HandOuts } from "./hand-outs.ts"
import type { Taken } from "./hand-outs.ts"
import type { NextTurn, Worker, WorkPlace } from "./ports/work.ts"
import { emptyCounts } from "./recipients.ts"
import { StorageError } from "./storage-error.ts"

type Group = "high" | "bulk"

interface Begun {
  readonly place: WorkPlace
  end(next?: NextTurn): void
}

const backUnbegun = (id: string): unknown[] => [
  ["given back", id, undefined],
  ["free", id, 4],
]

/** Hand-outs of a store that notes what it gets back. */
class Under {
  readonly stopping = new AbortController()
  readonly begun: Begun[] = []
  readonly notes: unknown[] = []
  trouble: Error | undefined
  givingBack: Promise<void> = Promise.resolve()
  readonly handOuts = new HandOuts<Group, Taken<Group>>({
    most: { high: 4, bulk: 2 },
    log: { error: (fields, sentence) => this.notes.push([fields, sentence]) },
    stopping: this.stopping.signal,
    giveBack: async ({ claimed: { messageId } }, next) => {
      await this.givingBack
      if (this.trouble !== undefined) throw this.trouble
      this.notes.push(["given back", messageId, next?.atMs])
    },
    onFree: ({ claimed: { messageId }, group }) => {
      this.notes.push(["free", messageId, this.handOuts.room(group)])
    },
    onProbed: (app) => this.notes.push(["probed", this.kindOf(app)]),
  })

  readonly #worker: Worker = {
    ready: () => Promise.resolve(),
    endExpired: () => Promise.resolve(false),
    readiness: () => Promise.resolve({ kind: "open" }),
    begin: (_, place) => {
      const { promise, resolve } = Promise.withResolvers<NextTurn | undefined>()
      this.begun.push({ place, end: resolve })
      return { ended: promise, interrupt: () => undefined, lose: () => resolve(undefined) }
    },
  }

  begin(
    id: string,
    { app = "alerts", isProbe = false, ...changes }: Partial<Taken<Group>> & { app?: string; isProbe?: boolean } = {},
  ): Begun | undefined {
    const { message } = aRequest({ id, app })
    const claimed = { messageId: id, claim: 1, message, counts: emptyCounts(), chunkCount: 1, callCount: 0 }
    const one = { claimed: { ...claimed, chunk: undefined }, isOfBacklog: false, isSurelyOurs: () => true }
    const before = this.begun.length
    this.handOuts.begin(this.#worker, { ...one, group: "high", ...changes }, isProbe)
    return this.begun[before]
  }

  /** How much of a closed app that may try is handed out now: all, one message or none. */
  kindOf(app: string): string {
    return this.handOuts.decide(app, { kind: "closed", probeAtMs: 0 }, 0).kind
  }
}

test("each group has its places, of all apps together, and each app is counted for itself", async () => {
  const under = new Under()
  const { handOuts } = under
  assert.deepEqual([handOuts.room("high"), handOuts.room("bulk"), handOuts.appsAtWorkWith("alerts")], [4, 2, 1])
  const first = under.begin("msg_1")
  under.begin("msg_2", { group: "bulk" })
  under.begin("msg_3", { app: "hr" })
  assert.deepEqual([handOuts.room("high"), handOuts.room("bulk"), handOuts.count], [2, 1, 3])
  assert.deepEqual(
    [handOuts.atWorkOf("alerts", "high"), handOuts.atWorkOf("alerts", "bulk"), handOuts.atWorkOf("hr", "bulk")],
    [1, 1, 0],
  )
  assert.deepEqual([handOuts.appsAtWorkWith("hr"), handOuts.appsAtWorkWith("other")], [2, 3])
  first?.end()
  await immediate()
  assert.deepEqual([handOuts.room("high"), handOuts.atWorkOf("alerts", "high"), handOuts.count], [3, 0, 2])
  assert.equal(handOuts.appsAtWorkWith("hr"), 2, "it still has one of the other group")
  under.begun[1]?.end()
  await immediate()
  assert.equal(handOuts.appsAtWorkWith("hr"), 1)
})

test("half of a group is free when at most half of its places are taken", () => {
  const under = new Under()
  for (const [id, isHalfFree] of [
    ["msg_1", true],
    ["msg_2", true],
    ["msg_3", false],
  ] as const) {
    under.begin(id)
    assert.equal(under.handOuts.isHalfFree("high"), isHalfFree)
  }
  assert.equal(under.handOuts.isHalfFree("bulk"), true)
})

test("a place that is given up twice is free once, and is taken again beyond the limit", async () => {
  const under = new Under()
  const { handOuts } = under
  const places = ["msg_1", "msg_2"].map((id) => under.begin(id, { group: "bulk" })?.place)
  for (const place of places) {
    place?.release()
    place?.release()
  }
  const free = [
    ["free", "msg_1", 1],
    ["free", "msg_2", 2],
  ]
  assert.deepEqual([under.notes, handOuts.room("bulk"), handOuts.count], [free, 2, 2])
  under.begin("msg_3", { group: "bulk" })
  for (const place of places) {
    place?.take()
    place?.take()
  }
  assert.equal(handOuts.room("bulk"), -1)
  places[0]?.release()
  under.notes.length = 0
  under.begun[0]?.end()
  await immediate()
  assert.deepEqual(under.notes, [["given back", "msg_1", undefined]], "its place was free already")
})

test("the worker gets what the store says of its place", () => {
  const under = new Under()
  let isSurelyOurs = true
  const place = under.begin("msg_1", { isOfBacklog: true, isSurelyOurs: () => isSurelyOurs })?.place
  assert.deepEqual([place?.isOfBacklog, place?.isSurelyOurs()], [true, true])
  isSurelyOurs = false
  assert.equal(place?.isSurelyOurs(), false)
  assert.equal(under.begin("msg_2")?.place.isOfBacklog, false)
})

test("what another process may have by now, and what was taken before a stop, is given back without having begun", async () => {
  const under = new Under()
  assert.equal(under.begin("msg_1", { isSurelyOurs: () => false }), undefined)
  await under.handOuts.idle()
  assert.deepEqual(under.notes, backUnbegun("msg_1"))
  under.stopping.abort()
  assert.equal(under.begin("msg_2"), undefined)
  await under.handOuts.idle()
  assert.deepEqual(under.notes, [...backUnbegun("msg_1"), ...backUnbegun("msg_2")])
})

test("of an app that one message tries no other is handed out until that one has been given back, which is then reported", async () => {
  const under = new Under()
  assert.deepEqual([under.kindOf("alerts"), under.kindOf("hr")], ["one", "one"])
  const probe = under.begin("msg_1", { isProbe: true })
  const other = under.begin("msg_2")
  assert.deepEqual([under.kindOf("alerts"), under.kindOf("hr")], ["none", "one"])
  assert.equal(under.handOuts.decide("alerts", { kind: "open" }, 0).kind, "all")
  other?.end()
  await immediate()
  assert.equal(under.kindOf("alerts"), "none")
  // Also where it gave up its place long before.
  probe?.place.release()
  under.notes.length = 0
  probe?.end({ atMs: 7 })
  await immediate()
  assert.deepEqual(under.notes, [
    ["given back", "msg_1", 7],
    ["probed", "one"],
  ])
})

test("callers that wait for it are informed once the store has it back, and it keeps its place until then", async () => {
  const under = new Under()
  const stored = Promise.withResolvers<void>()
  under.givingBack = stored.promise
  under.begin("msg_1")?.end({ atMs: 7, onGivenBack: () => under.notes.push("informed") })
  let isIdle = false
  const idle = under.handOuts.idle().then(() => (isIdle = true))
  await immediate()
  assert.deepEqual([under.notes, under.handOuts.room("high"), isIdle], [[], 3, false])
  assert.deepEqual(
    Array.from(under.handOuts.all(), ({ one }) => one.claimed.messageId),
    ["msg_1"],
  )
  stored.resolve()
  await idle
  assert.deepEqual(under.notes, [["given back", "msg_1", 7], "informed", ["free", "msg_1", 4]])
  assert.deepEqual([...under.handOuts.all()], [])
})

test("a store that cannot take a message back is logged, and its place is free all the same", async () => {
  const under = new Under()
  under.trouble = new StorageError("storage_full")
  under.begin("msg_1")?.end({ atMs: 7, onGivenBack: () => under.notes.push("informed") })
  await under.handOuts.idle()
  const fields = { message: "msg_1", code: "storage_full" }
  assert.deepEqual(under.notes, [
    [fields, "could not return a message to the queue"],
    ["free", "msg_1", 4],
  ])
})

test("it is idle when all has been given back, also what was handed out while that was waited for", async () => {
  const under = new Under()
  await under.handOuts.idle()
  const first = under.begin("msg_1")
  let isIdle = false
  const idle = under.handOuts.idle().then(() => (isIdle = true))
  const second = under.begin("msg_2")
  first?.end()
  await immediate()
  assert.equal(isIdle, false)
  second?.end()
  await idle
})
