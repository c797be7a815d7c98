import assert from "node:assert/strict"
import { test } from "node:test"
import type { MessageState } from "@wecom-push/protocol/delivery"
import { StorageError } from "../../model/storage-error.ts"
import { emptyCounts } from "../../model/recipients.ts"
import type { FrozenCall, MessageChange, RecipientUpdate } from "../../model/ports/outbox.ts"
import type { CallView, MessageDetail } from "../../model/ports/reader.ts"
import type { RecallProgress } from "../../model/ports/recalls.ts"
import { Commands } from "./commands.ts"

const NOW = Date.UTC(2026, 10, 25, 4)
const DAY = 86_400_000

/** A command's store; it notes each step in order. */
class CommandsUnderTest {
  readonly steps: string[] = []
  readonly changes: MessageChange[] = []
  readonly finished: unknown[] = []
  summary: Partial<MessageDetail> = {}
  calls: Partial<CallView>[] = []
  open: Partial<FrozenCall>[] = []
  /** How many recipients each change changes, in turn; the last number is for all that follow. */
  changed = [1]
  isThere = true
  /** The progress of a recall that takes long. */
  recall: RecallProgress | undefined
  /** The state of the message after the first change. */
  stateAtFirst: MessageState = "cancelled"
  /** How many times a worker has the message when a command asks: here, and in other processes. */
  atWork = 0
  atWorkAtOthers = 0
  /** Called with each change. */
  atChange: ((change: MessageChange) => void | Promise<void>) | undefined
  readonly commands = new Commands({
    outbox: {
      openCalls: () => Promise.resolve(this.open as FrozenCall[]),
      update: async (change) => {
        this.changes.push(change)
        this.steps.push(`change ${change.messageId} to ${change.updates.map(({ state }) => state).join()}`)
        await this.atChange?.(change)
        const changed = this.changed.length > 1 ? this.changed.shift() : this.changed[0]
        const state = this.changes.length === 1 ? this.stateAtFirst : "partly_sent"
        if (!this.isThere) return undefined
        return { state, counts: emptyCounts(), changed: changed ?? 0, closedCalls: [] }
      },
    },
    reader: {
      message: (id, { apps, now }) => {
        assert.deepEqual([apps, now], ["all", NOW])
        if (id === "gone") return Promise.resolve(undefined)
        const summary = {
          id,
          app: "alerts",
          state: "cancelled",
          sendAt: NOW - 1000,
          expiresAt: NOW + 1000,
          recipientCount: 1,
          partCount: 1,
          counts: emptyCounts(),
          ...this.summary,
        }
        return Promise.resolve(summary as MessageDetail)
      },
      calls: ({ limit }) => {
        this.steps.push(`look at calls ${limit}`)
        return Promise.resolve({ items: this.calls as CallView[], nextCursor: undefined })
      },
    },
    clock: {
      now: () => NOW,
      sleep: () => Promise.reject(new Error("no sleep is expected")),
      setByMs: 5000,
      expiryOf: ({ expiresAt, clockSetMs = 5000, expiryMoves = false }) =>
        expiryMoves ? expiresAt + 5000 - clockSetMs : expiresAt,
    },
    runtimes: { get: () => Promise.resolve(undefined) },
    recalls: {
      progress: () => Promise.resolve(this.recall),
      begin: async (messageId, askedAt) => {
        this.steps.push(`begin to recall ${messageId}`)
        return { progress: { askedAt, cancelled: 0, results: {} }, isNew: false }
      },
      takeOver: () => assert.fail(),
      note: () => assert.fail(),
    },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    stopping: new AbortController().signal,
    metrics: { recipientsFinished: (...told) => this.finished.push(told) },
    interrupt: (id) => this.steps.push(`interrupt ${id}`),
    ended: (id) => {
      this.steps.push(`ended ${id}`)
      return this.atWork-- > 0 ? Promise.resolve() : undefined
    },
    otherNodes: {
      interruptAtOthers: (id) => {
        this.steps.push(`interrupt at others ${id}`)
        return Promise.resolve()
      },
      endedAtOthers: (id) => {
        this.steps.push(`ended at others ${id}`)
        return Promise.resolve(this.atWorkAtOthers-- > 0)
      },
    },
  })

  updates(): readonly RecipientUpdate[] {
    return this.changes.flatMap(({ updates }) => updates)
  }
}

const pending = { chunk: 0, slots: "all", from: ["pending"], state: "cancelled" } as const
const round = ["interrupt m", "change m to cancelled", "ended m", "ended at others m"]

test("a cancel changes who is pending, closes their calls, and waits until no worker has the message", async () => {
  const it = new CommandsUnderTest()
  it.open = [{ number: 3, positions: [0], phase: "waiting", mayHaveArrived: false }]
  assert.deepEqual(await it.commands.cancel("m"), { kind: "cancelled", recipients: 1, state: "cancelled" })
  assert.deepEqual(it.changes, [{ messageId: "m", at: NOW, updates: [pending], closeCalls: [3] }])
  assert.deepEqual(it.steps, round)
  assert.deepEqual(it.finished, [["alerts", "cancelled", 1]])
})

test("a cancel that is given a reason tells it with each recipient", async () => {
  const it = new CommandsUnderTest()
  await it.commands.cancel("m", "why")
  assert.deepEqual(it.updates(), [{ ...pending, detail: { reason: "why" } }])
})

test("all chunks of a message are cancelled: one holds a thousand recipients", async () => {
  for (const [recipientCount, chunks] of [
    [1000, 1],
    [1001, 2],
  ] as const) {
    const it = new CommandsUnderTest()
    it.summary = { recipientCount }
    await it.commands.cancel("m")
    assert.equal(it.updates().length, chunks)
  }
})

test("a message of which nothing is left to cancel is sent", async () => {
  const it = new CommandsUnderTest()
  it.changed = [0]
  assert.deepEqual(await it.commands.cancel("m"), { kind: "already_sent" })
})

for (const [what, where] of [
  ["here", "atWork"],
  ["others", "atWorkAtOthers"],
] as const) {
  test(`while a worker was busy ${what} it is cancelled again, for what they may have left, six times in all`, async () => {
    const it = new CommandsUnderTest()
    it[where] = 1
    it.changed = [2, 3]
    assert.deepEqual(await it.commands.cancel("m"), { kind: "cancelled", recipients: 5, state: "cancelled" })
    assert.deepEqual(it.steps, [...round, ...round])
    const busy = new CommandsUnderTest()
    busy[where] = 100
    await busy.commands.cancel("m")
    assert.equal(busy.changes.length, 6)
  })
}

test("recipients still pending after the first change are cancelled once more, though no worker is busy by then", async () => {
  for (const stateAtFirst of ["scheduled", "queued", "sending"] as const) {
    const it = new CommandsUnderTest()
    it.stateAtFirst = stateAtFirst
    it.changed = [0, 3, 5]
    assert.deepEqual(await it.commands.cancel("m"), { kind: "cancelled", recipients: 3, state: "cancelled" })
    assert.deepEqual(it.steps, [...round, ...round])
  }
})

test("what may have arrived ends in doubt, but for what other messages have a share in", async () => {
  const it = new CommandsUnderTest()
  it.changed = [0, 2]
  const lost = { phase: "waiting", mayHaveArrived: true } as const
  const other = { messageId: "m2", number: 1 }
  it.open = [
    { ...lost, number: 1, positions: [0, 1001], shares: [] },
    { ...lost, number: 2, positions: [1], shares: [other] },
    { ...lost, number: 3, positions: [2], partOf: other },
    { ...lost, number: 4, positions: [3], mayHaveArrived: false },
    { ...lost, number: 5, positions: [4] },
  ]
  assert.deepEqual(await it.commands.cancel("m"), { kind: "shared_call", recipients: 0 })
  const doubt = { from: ["pending"], state: "in_doubt", detail: { reason: "recalled_in_doubt" } } as const
  assert.deepEqual(it.changes.slice(1), [
    {
      messageId: "m",
      at: NOW,
      abandonCalls: [1],
      updates: [
        { chunk: 0, slots: [0], call: 1, ...doubt },
        { chunk: 1, slots: [1], call: 1, ...doubt },
      ],
    },
    { messageId: "m", at: NOW, abandonCalls: [5], updates: [{ chunk: 0, slots: [4], call: 5, ...doubt }] },
  ])
  assert.deepEqual(it.finished, [
    ["alerts", "cancelled", 0],
    ["alerts", "in_doubt", 4],
  ])
})

test("one who is left in doubt is counted as one", async () => {
  const it = new CommandsUnderTest()
  it.open = [{ number: 1, positions: [0], phase: "waiting", mayHaveArrived: true }]
  await it.commands.cancel("m")
  assert.deepEqual(it.finished[1], ["alerts", "in_doubt", 1])
})

test("whose outcome could not be stored is not said to be over", async () => {
  const it = new CommandsUnderTest()
  it.open = [{ number: 1, positions: [0], phase: "in_flight", mayHaveArrived: true }]
  await assert.rejects(it.commands.cancel("m"), new StorageError("storage_error"))
})

test("a message that is gone when it is changed has no recipient cancelled or left in doubt", async () => {
  const it = new CommandsUnderTest()
  it.isThere = false
  it.open = [{ number: 1, positions: [0], phase: "waiting", mayHaveArrived: true }]
  assert.deepEqual(await it.commands.cancel("m"), { kind: "already_sent" })
})

test("a message that is not there is no message", async () => {
  await assert.rejects(new CommandsUnderTest().commands.cancel("gone"), RangeError)
})

test("a retry brings back those in each of its states, and the worker that has the message is informed before and after", async () => {
  const it = new CommandsUnderTest()
  it.summary = { counts: { ...emptyCounts(), failed: 1, not_found: 1, invalid: 1, in_doubt: 1 } }
  it.changed = [1, 2, 3]
  const outcome = await it.commands.retry("m", ["failed", "cancelled", "not_found", "invalid"])
  assert.deepEqual(outcome, { kind: "retried", recipients: 6, state: "partly_sent" })
  const back = { chunk: 0, slots: "all", exceptMalformed: true, state: "pending" } as const
  const anew = { userids: null, detail: { fresh: true } } as const
  assert.deepEqual(it.changes, [
    { messageId: "m", at: NOW, updates: [{ ...back, from: ["failed"] }] },
    { messageId: "m", at: NOW, updates: [{ ...back, from: ["not_found"], ...anew }] },
    { messageId: "m", at: NOW, updates: [{ ...back, from: ["invalid"], ...anew }] },
  ])
  const change = "change m to pending"
  assert.deepEqual(it.steps, ["interrupt m", change, change, change, "interrupt m", "interrupt at others m"])
})

test("a retry of states without recipients, or of those who cannot be tried again, retries nothing", async () => {
  const it = new CommandsUnderTest()
  assert.deepEqual(await it.commands.retry("m", ["failed"]), { kind: "nothing_to_retry" })
  assert.deepEqual(it.steps, [])
  it.summary = { counts: { ...emptyCounts(), invalid: 1 } }
  it.changed = [0]
  assert.deepEqual(await it.commands.retry("m", ["invalid"]), { kind: "nothing_to_retry" })
})

test("a message whose time is over has as long again as it had at first", async () => {
  for (const [expiresAt, expected] of [
    [NOW - 1, NOW + 999],
    [NOW, NOW + 1000],
    [NOW + 1, undefined],
  ] as const) {
    const it = new CommandsUnderTest()
    it.summary = { counts: { ...emptyCounts(), expired: 1 }, sendAt: NOW - 1000, expiresAt }
    await it.commands.retry("m", ["expired"])
    assert.equal(it.changes[0]?.expiry?.expiresAt, expected)
  }
})

test("one that named no time has 24 hours again, and one that is not over has what the clock was set by meanwhile", async () => {
  for (const [expiresAt, clockSetMs, expected] of [
    [NOW - 5000, 0, NOW + 24 * 3_600_000],
    [NOW - 4999, 0, NOW + 1],
    [NOW + 1, 5000, undefined],
  ] as const) {
    const it = new CommandsUnderTest()
    it.summary = {
      counts: { ...emptyCounts(), expired: 1 },
      sendAt: NOW - 1000,
      expiresAt,
      clockSetMs,
      expiryMoves: true,
    }
    await it.commands.retry("m", ["expired"])
    const expiry = expected === undefined ? undefined : { expiresAt: expected, clockSetMs: 5000 }
    assert.deepEqual(it.changes[0]?.expiry, expiry)
  }
})

const call = { number: 1, positions: [0], result: "accepted", msgid: "w1", finishedAt: NOW - 1 } as const

for (const [what, changes, isShared] of [
  ["has reached a member", {}, true],
  ["is under way", { result: undefined, inFlight: true }, true],
  ["may have arrived", { result: "in_doubt", mayHaveArrived: true }, true],
  ["has reached no member", { result: "refused" }, false],
  ["is its own", { isShared: false, recalledAt: NOW }, false],
] as const) {
  test(`a message with a shared call that ${what} is ${isShared ? "not " : ""}recalled`, async () => {
    const it = new CommandsUnderTest()
    it.calls = [{ ...call, isShared: true, inFlight: false, mayHaveArrived: false, ...changes }]
    assert.equal((await it.commands.recall("m")).kind === "shared_call", isShared)
    assert.equal(it.changes.length > 0, !isShared)
  })
}

test("a shared call that began while the rest was cancelled is not recalled either", async () => {
  const it = new CommandsUnderTest()
  it.atChange = () => void (it.calls = [{ ...call, isShared: true }])
  assert.deepEqual(await it.commands.recall("m"), { kind: "shared_call" })
  assert.equal(it.changes.length, 1)
})

test("a message to more than a thousand shares no call, and need not be looked through for one", async () => {
  const it = new CommandsUnderTest()
  it.summary = { recipientCount: 1000 }
  await it.commands.recall("m")
  assert.deepEqual(
    it.steps.filter((step) => step.startsWith("look")),
    ["look at calls 1000", "look at calls 1000", "look at calls 10"],
  )
  const large = new CommandsUnderTest()
  large.summary = { recipientCount: 1001 }
  await large.commands.recall("m")
  assert.deepEqual(
    large.steps.filter((step) => step.startsWith("look")),
    ["look at calls 10"],
  )
})

test("of what is recalled those go too who were named twice and served by another of their recipients", async () => {
  const it = new CommandsUnderTest()
  it.changed = [0, 2]
  it.calls = [
    { ...call, recalledAt: NOW },
    { ...call, number: 2, finishedAt: NOW - 2 * DAY },
    { ...call, number: 3, recalledAt: NOW },
  ]
  it.summary = { state: "recalled" }
  assert.deepEqual(await it.commands.recall("m"), {
    kind: "recalled",
    state: "recalled",
    cancelled: 0,
    calls: [
      { call: 1, result: "recalled" },
      { call: 2, result: "expired" },
      { call: 3, result: "recalled" },
    ],
  })
  const duplicates = {
    chunk: 0,
    slots: "all",
    from: ["sent", "suppressed"],
    ofCall: new Set([1, 3]),
    state: "recalled",
  }
  assert.deepEqual(it.updates()[1], duplicates)
  assert.deepEqual(it.finished, [
    ["alerts", "cancelled", 0],
    ["alerts", "recalled", 2],
  ])
})

test("where no call was taken back no recipient is recalled", async () => {
  const it = new CommandsUnderTest()
  it.calls = [call]
  const outcome = await it.commands.recall("m")
  assert.partialDeepStrictEqual("calls" in outcome && outcome.calls, [{ call: 1, result: "unreachable" }])
  assert.deepEqual([it.changes.length, it.finished], [1, [["alerts", "cancelled", 1]]])
})

const late = { ...call, finishedAt: NOW - 2 * DAY } as const
for (const [what, cancelled, calls, kind] of [
  ["nothing was cancelled and no call went out", 0, [], "nothing_to_recall"],
  ["something was cancelled and no call went out", 1, [], "recalled"],
  ["the only call is too old", 0, [late], "recall_expired"],
  ["all calls are too old", 0, [late, { ...late, number: 2 }], "recall_expired"],
  ["all calls are too old and something was cancelled", 1, [late], "recalled"],
  ["some calls are too old", 0, [late, { ...call, number: 2 }], "recalled"],
] as const) {
  test(`a recall where ${what} is reported as ${kind}`, async () => {
    const it = new CommandsUnderTest()
    it.changed = [cancelled]
    it.calls = [...calls]
    const outcome = await it.commands.recall("m")
    assert.equal(outcome.kind, kind)
    if (outcome.kind === "recalled") assert.equal(outcome.cancelled, cancelled)
  })
}

test("of one message a command waits for the one before, also for one that fails; of another it does not", async () => {
  const it = new CommandsUnderTest()
  const first = Promise.withResolvers<void>()
  it.atChange = ({ messageId }) => (messageId === "m" && it.changes.length === 1 ? first.promise : undefined)
  assert.equal(it.commands.settled("m"), undefined)
  const told: string[] = []
  const note = (what: string) => () => void told.push(what)
  const all = [
    it.commands.cancel("m").catch(note("first")),
    it.commands.cancel("m").then(note("second")),
    it.commands.cancel("other").then(note("other")),
  ]
  const settled = it.commands.settled("m")?.then(note("settled"))
  await new Promise(setImmediate)
  await all[2]
  assert.deepEqual(told, ["other"])
  first.reject(new StorageError("storage_full"))
  await Promise.all([...all, settled])
  assert.deepEqual(told.slice(0, 2), ["other", "first"])
  assert.deepEqual(new Set(told.slice(2)), new Set(["second", "settled"]))
  await new Promise(setImmediate)
  assert.equal(it.commands.settled("m"), undefined)
})

test("a command is under way until it has ended, whatever has ended before", async () => {
  const it = new CommandsUnderTest()
  await it.commands.cancel("m")
  assert.equal(it.commands.settled("m"), undefined)
  const second = Promise.withResolvers<void>()
  it.atChange = () => (it.changes.length === 3 ? second.promise : undefined)
  const [first, other] = [it.commands.cancel("m"), it.commands.cancel("m")]
  await first
  assert.notEqual(it.commands.settled("m"), undefined)
  second.resolve()
  await other
  assert.equal(it.commands.settled("m"), undefined)
})
