import type { NewCallShare } from "../../../model/ports/outbox.ts"
import assert from "node:assert/strict"
import {
  aChunk,
  PARTY,
  aCall,
  accepted,
  acceptAll,
  begin,
  busy,
  claimDue,
  claimOne,
  HOUR_MS,
  NOON,
  openCall,
  updateOf,
} from "../build.ts"
import { lost, sharing, shareOf } from "./shared-call.ts"
import { rule } from "./rule.ts"
import type { Rule, StoreUnderTest } from "./rule.ts"

const LATER = NOON + HOUR_MS
const hash = "a".repeat(64)
const guard = { hash, windowMs: HOUR_MS, bodyWithoutCheck: '{"unchecked":true}' }

function forEachSide(title: string, check: (store: StoreUnderTest, side: string) => Promise<void>): Rule[] {
  return [
    rule(`${title}: asked by its own message`, (store) => check(store, "msg_1")),
    rule(`${title}: asked by a sharer`, (store) => check(store, "msg_2")),
  ]
}

export const callRules = [
  rule("contents and bodies of megabytes are read as they were written, by every reader", async (store) => {
    const { outbox } = store.stores
    const [content, body] = [`{"mpnews":"${"字".repeat(700_000)}"}`, `{"touser":"${"a|".repeat(300_000)}"}`]
    await acceptAll(outbox, ["msg_1", "msg_2"], { msgtype: "mpnews", parts: [content] })
    const [first, second] = await claimDue(outbox)
    assert.ok(first !== undefined && second !== undefined)
    assert.ok([first, second].every(({ message }) => message.parts.length === 1 && message.parts[0] === content))
    const call = await begin(outbox, first, { call: aCall({ body }) })
    await begin(outbox, second, { call: aCall() })
    assert.ok(call.body === body)
    await outbox.settle([busy(call)])
    assert.ok((await openCall(outbox)).body === body)
    assert.equal((await openCall(outbox, "msg_2")).body, aCall().body)
    assert.ok((await begin(outbox, first, { at: NOON + 1, call: "again" })).body === body)
    await using after = await store.crash()
    assert.ok((await openCall(after.stores.outbox)).body === body)
    assert.equal((await after.stores.reader.message("msg_1", { apps: "all", now: NOON }))?.partCount, 1)
  }),
  // proves 29.E7: a message to many that waits
  rule(
    "a brief of open calls says how many people each has and until when it waits; one is found by its number",
    async (store) => {
      const { outbox } = store.stores
      await acceptAll(outbox, ["msg_1"], {
        chunks: [aChunk(Array.from({ length: 40 }, (_, n) => `1380000${1000 + n}`))],
      })
      const claimed = await claimOne(outbox)
      const rests = await begin(outbox, claimed, { call: aCall({ positions: [0, 1, 2, 7, 9] }) })
      await outbox.settle([busy(rests, { retryAt: NOON + 5000 })])
      const delayed = await begin(outbox, claimed, { number: 2, at: NOON + 1, call: aCall({ positions: [10] }) })
      await outbox.settle([busy(delayed, { result: "in_doubt" })])
      await outbox.delayCall(delayed, 1, { untilMs: NOON + 9000, reason: "member_rate" })
      await begin(outbox, claimed, { number: 3, at: NOON + 2, call: aCall({ positions: [11, 12] }) })
      const { kind } = aCall()
      assert.deepEqual(await outbox.openCallsInBrief("msg_1"), [
        { number: 1, kind, firstTryAt: NOON, mayHaveArrived: false, recipients: 5, restsUntil: NOON + 5000 },
        { number: 2, kind, firstTryAt: NOON + 1, mayHaveArrived: true, recipients: 1, restsUntil: undefined },
        { number: 3, kind, firstTryAt: NOON + 2, mayHaveArrived: false, recipients: 2, restsUntil: undefined },
      ])
      const all = await outbox.openCalls("msg_1")
      assert.equal(all.length, 3)
      for (const call of all) assert.deepEqual(await outbox.openCalls("msg_1", call.number), [call])
      assert.deepEqual([await outbox.openCalls("msg_1", 4), await outbox.openCallsInBrief("msg_2")], [[], []])
    },
  ),

  rule("a call that was begun is there after a crash, byte for byte", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const body = '{"touser":"zhangsan|lisi","text":{"content":"磁盘 \\u2028 😀"}}'
    const call = aCall({ kind: "group_robot", body, part: 1, positions: [0] })
    const started = await begin(outbox, await claimOne(outbox), { call })
    assert.deepEqual(started, { messageId: "msg_1", number: 1, attempt: 1, body, checkSeconds: 14_400 })
    assert.equal((await openCall(outbox)).phase, "in_flight")
    await using after = await store.crash()
    assert.deepEqual(await openCall(after.stores.outbox), {
      messageId: "msg_1",
      kind: "group_robot",
      number: 1,
      part: 1,
      body,
      checkSeconds: 14_400,
      positions: [0],
      firstTryAt: NOON,
      attempts: 1,
      spentAttempts: 0,
      crashes: 1,
      phase: "crashed",
      mayHaveArrived: true,
      retryAt: undefined,
      lastErrcode: undefined,
    })
    assert.equal((await claimOne(after.stores.outbox)).callCount, 1)
  }),

  rule("a call in flight or final is not begun again", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const claimed = await claimOne(outbox)
    const started = await begin(outbox, claimed)
    const again = { ...claimed, number: 1, startedAt: NOON + 1 }
    assert.deepEqual(await outbox.begin([again]), [])
    assert.deepEqual(await outbox.begin([{ ...again, frozen: aCall({ body: "other" }) }]), [])
    await outbox.settle([accepted(started)])
    assert.deepEqual(await outbox.begin([again]), [])
    assert.deepEqual(await outbox.openCalls("msg_1"), [])
  }),

  rule("a repeat sends the same bytes as the first attempt, under the next number", async ({ stores }) => {
    const { outbox, reader } = stores
    await acceptAll(outbox, ["msg_1"])
    const claimed = await claimOne(outbox)
    const first = await begin(outbox, claimed)
    await outbox.settle([busy(first, { retryAt: NOON + 2000 })])
    const waiting = await openCall(outbox)
    assert.deepEqual(
      [waiting.phase, waiting.retryAt, waiting.lastErrcode, waiting.spentAttempts, waiting.mayHaveArrived],
      ["waiting", NOON + 2000, -1, 1, false],
    )
    const second = await begin(outbox, claimed, { call: "again", at: NOON + 2000 })
    assert.deepEqual(second, { ...first, attempt: 2 })
    const { firstTryAt, attempts, phase } = await openCall(outbox)
    assert.deepEqual([firstTryAt, attempts, phase], [NOON + 2000, 2, "in_flight"])
    const { items } = await reader.attempts({ messageId: "msg_1", limit: 9 })
    const { startedAt, result, errcode } = items[1] ?? {}
    assert.deepEqual(items[0], {
      call: 1,
      number: 1,
      startedAt: NOON,
      finishedAt: NOON + 100,
      result: "refused",
      errcode: -1,
      errmsg: "system busy",
    })
    assert.deepEqual([startedAt, result, errcode], [NOON + 2000, undefined, undefined])
  }),

  rule("only what was said to be spent is, and a lost answer is remembered", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const claimed = await claimOne(outbox)
    await outbox.settle([busy(await begin(outbox, claimed), { result: "in_doubt", spent: false })])
    await outbox.settle([busy(await begin(outbox, claimed, { call: "again" }))])
    const call = await openCall(outbox)
    assert.deepEqual([call.attempts, call.spentAttempts, call.mayHaveArrived], [2, 1, true])
  }),

  rule("the check's window begins with the first attempt that may have arrived", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const claimed = await claimOne(outbox)
    await outbox.settle([busy(await begin(outbox, claimed))])
    const second = await begin(outbox, claimed, { call: "again", at: NOON + 1000 })
    await outbox.settle([busy(second, { result: "in_doubt" })])
    await begin(outbox, claimed, { call: "again", at: NOON + 2000 })
    assert.equal((await openCall(outbox)).firstTryAt, NOON + 1000)
  }),

  rule("crashes are counted in a row, each once, and only of calls in flight", async (store) => {
    await acceptAll(store.stores.outbox, ["msg_1"])
    await begin(store.stores.outbox, await claimOne(store.stores.outbox))
    await using second = await store.crash()
    await using third = await second.crash()
    const { outbox } = third.stores
    assert.equal((await openCall(outbox)).crashes, 1)
    await begin(outbox, await claimOne(outbox), { call: "again" })
    await using fourth = await third.crash()
    assert.equal((await openCall(fourth.stores.outbox)).crashes, 2)
    const started = await begin(fourth.stores.outbox, await claimOne(fourth.stores.outbox), { call: "again" })
    await fourth.stores.outbox.settle([busy(started)])
    const settled = await openCall(fourth.stores.outbox)
    assert.deepEqual([settled.crashes, settled.phase, settled.mayHaveArrived], [0, "waiting", true])
  }),

  rule("a settle ends the call and tells of its recipients and its message", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const started = await begin(outbox, await claimOne(outbox), {
      call: aCall({
        positions: [0, 1],
      }),
    })
    const updates = [
      updateOf("sent", { slots: [0], call: 1, userids: ["zhangsan"] }),
      updateOf("unlicensed", { slots: [1], call: 1, userids: ["lisi"], detail: { reason: "no_licence" } }),
    ]
    assert.deepEqual(await outbox.settle([accepted(started, { updates, responseCode: "rc" })]), [true])
    await using after = await store.crash()
    const { reader } = after.stores
    const message = await reader.message("msg_1", { apps: "all", now: NOON })
    assert.deepEqual([message?.state, message?.finishedAt, message?.callCount], ["partly_sent", NOON + 100, 1])
    const facts = {
      type: "mobile",
      msgid: "wecom-msgid",
      delayedUntil: undefined,
      app: undefined,
      at: NOON + 100,
    } as const
    assert.deepEqual((await reader.recipients({ messageId: "msg_1", limit: 9 })).items, [
      { ...facts, address: "1", state: "sent", userid: "zhangsan", errcode: undefined, reason: undefined },
      { ...facts, address: "2", state: "unlicensed", userid: "lisi", errcode: 0, reason: "no_licence" },
    ])
    const [call] = (await reader.calls({ messageId: "msg_1", limit: 9 })).items
    assert.deepEqual([call?.final, call?.msgid, call?.responseCode], [true, "wecom-msgid", "rc"])
    assert.deepEqual(await claimDue(after.stores.outbox, { now: LATER }), [])
  }),

  rule("a settle adds to the results of others since its message was claimed", async ({ stores }) => {
    const { outbox, reader } = stores
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2", "3"] })
    const claimed = await claimOne(outbox)
    const start = { ...claimed, startedAt: NOON }
    const calls = [0, 1].map((place) => ({ ...start, number: place + 1, frozen: aCall({ positions: [place] }) }))
    const started = await outbox.begin(calls)
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled", { slots: [2] })] })
    const sent = started.map((call, place) =>
      accepted(call, { updates: [updateOf("sent", { slots: [place], call: call.number })] }),
    )
    assert.deepEqual(await outbox.settle(sent), [true, true])
    const message = await reader.message("msg_1", { apps: "all", now: NOON })
    assert.deepEqual([message?.counts.sent, message?.counts.cancelled, message?.counts.pending], [2, 1, 0])
    const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
    assert.deepEqual(
      items.map(({ state }) => state),
      ["sent", "sent", "cancelled"],
    )
  }),

  rule("a settle that comes too late changes nothing", async ({ stores }) => {
    const { outbox, reader } = stores
    await acceptAll(outbox, ["msg_1"])
    const claimed = await claimOne(outbox)
    const first = await begin(outbox, claimed)
    await outbox.settle([busy(first)])
    const second = await begin(outbox, claimed, { call: "again" })
    assert.deepEqual(await outbox.settle([accepted(first)]), [false])
    assert.equal((await openCall(outbox)).phase, "in_flight")
    assert.equal((await reader.message("msg_1", { apps: "all", now: NOON }))?.state, "sending")
    assert.deepEqual(await outbox.settle([accepted(second)]), [true])
    const refused = busy(second, { final: true, updates: [updateOf("failed", { from: ["sent"] })] })
    assert.deepEqual(await outbox.settle([refused]), [false])
    assert.equal((await reader.message("msg_1", { apps: "all", now: NOON }))?.state, "sent")
  }),

  rule("an attempt that a crash cut off cannot be settled, only repeated or given up", async (store) => {
    await acceptAll(store.stores.outbox, ["msg_1"])
    const started = await begin(store.stores.outbox, await claimOne(store.stores.outbox))
    await using after = await store.crash()
    assert.deepEqual(await after.stores.outbox.settle([accepted(started)]), [false])
    assert.equal((await openCall(after.stores.outbox)).phase, "crashed")
  }),

  rule("settles of unknown messages, calls and attempts do not stop those that come with them", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    const started = await begin(outbox, await claimOne(outbox))
    const settled = await outbox.settle([
      accepted({ ...started, messageId: "msg_9" }),
      accepted({ ...started, number: 2 }),
      accepted({ ...started, attempt: 2 }),
      accepted(started),
    ])
    assert.deepEqual(settled, [false, false, false, true])
  }),

  rule(
    "recipients of a call that waits have its reason, those who share it too, until it goes out again",
    async ({ stores: { outbox, reader } }) => {
      const { host, sharer } = await sharing(outbox)
      const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
      const toldIn = async (messageId: string): Promise<unknown[]> => {
        const { items } = await reader.recipients({ messageId, limit: 9 })
        return items.flatMap(({ reason, delayedUntil }) => [reason, delayedUntil])
      }
      const told = async () => [await toldIn("msg_1"), await toldIn("msg_2")]
      const delay = { untilMs: NOON + 60_000, reason: "member_rate" } as const
      await outbox.delayCall(started, 1, delay)
      assert.deepEqual((await told()).flat(), [undefined, undefined, undefined, undefined], "it is in flight")
      const busyBoth = [busy(started, { retryAt: NOON + 2000 })] as const
      await outbox.settle([...busyBoth, ...busyBoth.map((one) => ({ ...one, messageId: "msg_2" }))])
      const waiting = ["wecom_busy", NOON + 2000]
      await outbox.delayCall(started, 2, delay)
      assert.deepEqual(await told(), [waiting, waiting], "it was said of another attempt")
      await outbox.delayCall(started, 1, delay)
      const delayed = ["member_rate", NOON + 60_000]
      assert.deepEqual(await told(), [delayed, delayed])
      const call = await openCall(outbox)
      assert.deepEqual([call.phase, call.retryAt, call.delay], ["waiting", undefined, delay])
      await begin(outbox, host, { call: "again", at: NOON + 3000 })
      assert.deepEqual([(await openCall(outbox)).delay, (await told()).flat().filter(Boolean)], [undefined, []])
      const again = { ...started, attempt: 2 }
      await outbox.settle([busy(again, { retryAt: NOON + 9000 }), busy({ ...again, messageId: "msg_2" })])
      assert.deepEqual(await toldIn("msg_1"), ["wecom_busy", NOON + 9000])
      assert.deepEqual((await openCall(outbox)).retryAt, NOON + 9000)
    },
  ),

  rule("what a call waits for is no recipient's reason once it is closed", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"])
    const started = await begin(outbox, await claimOne(outbox))
    await outbox.settle([busy(started, { retryAt: NOON + 2000 })])
    await outbox.delayCall(started, 1, { untilMs: NOON + 60_000, reason: "member_rate" })
    const failed = updateOf("failed", { call: 1 })
    const at = NOON + 3000
    assert.equal((await outbox.update({ messageId: "msg_1", at, abandonCalls: [1], updates: [failed] }))?.changed, 1)
    await outbox.delayCall(started, 1, { untilMs: NOON + 90_000, reason: "member_rate" })
    const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
    assert.deepEqual(
      items.map(({ reason, delayedUntil }) => [reason, delayedUntil]),
      [[undefined, undefined]],
    )
  }),

  rule("a recipient that was cancelled meanwhile is not sent to", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const claimed = await claimOne(outbox)
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] })
    const start = { ...claimed, startedAt: NOON }
    const both = aCall({
      positions: [0, 1],
    })
    assert.deepEqual(await outbox.begin([{ ...start, number: 1, frozen: both }]), [])
    const other = aCall({ positions: [1] })
    assert.equal((await outbox.begin([{ ...start, number: 1, frozen: other }])).length, 1)
  }),

  rule("a cancel and a begin at the same moment do not both win", async ({ stores }) => {
    const { outbox, reader } = stores
    await acceptAll(outbox, ["msg_1"])
    const claimed = await claimOne(outbox)
    const [cancelled, started] = await Promise.all([
      outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] }),
      outbox.begin([{ ...claimed, number: 1, startedAt: NOON, frozen: aCall() }]),
    ])
    assert.equal((cancelled?.changed ?? 0) + started.length, 1)
    const state = (await reader.message("msg_1", { apps: "all", now: NOON }))?.state
    assert.equal(state, started.length === 1 ? "sending" : "cancelled")
  }),

  rule("an equal body of another message is noticed, and goes without the check", async (store) => {
    await acceptAll(store.stores.outbox, ["msg_1", "msg_2", "msg_3"])
    const first = await begin(store.stores.outbox, (await claimDue(store.stores.outbox, { limit: 1 }))[0] ?? lost(), {
      call: aCall({ guard }),
    })
    assert.deepEqual([first.checkSeconds, first.earlier], [14_400, undefined])
    await using after = await store.crash()
    const { outbox } = after.stores
    const [, second, third] = await claimDue(outbox)
    assert.ok(second !== undefined && third !== undefined)
    const other = await begin(outbox, second, { at: NOON + 1, call: aCall({ guard }) })
    const earlier = { messageId: "msg_1", number: 1, at: NOON }
    assert.deepEqual(other, {
      messageId: "msg_2",
      number: 1,
      attempt: 1,
      body: guard.bodyWithoutCheck,
      checkSeconds: null,
      earlier,
    })
    const frozen = await openCall(outbox, "msg_2")
    assert.deepEqual([frozen.body, frozen.checkSeconds], [guard.bodyWithoutCheck, null])
    const callers = await begin(outbox, third, { at: NOON + 2, call: aCall({ guard: { hash, windowMs: HOUR_MS } }) })
    assert.deepEqual([callers.checkSeconds, callers.earlier], [14_400, earlier])
  }),

  // proves 12.R3: stores and governors
  rule("an equal body counts for its agent, whatever name the app has", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"])
    await acceptAll(outbox, ["msg_2", "msg_3"], { app: "alarms" })
    const first = await begin(outbox, await claimOne(outbox), { call: aCall({ guard }) })
    const [second, third] = await claimDue(outbox, { app: "alarms" })
    const other = await begin(outbox, second ?? lost(), { at: NOON + 1, call: aCall({ guard }) })
    assert.deepEqual(other.earlier, { messageId: "msg_1", number: 1, at: NOON })
    assert.deepEqual([other.body, other.checkSeconds], [guard.bodyWithoutCheck, null])
    // The name may have another agent meanwhile: a frozen call stays with its own agent.
    await outbox.settle([busy(first, { final: true, updates: [updateOf("failed", { call: 1 })] })])
    const free = await begin(outbox, third ?? lost(), { at: NOON + 2, call: aCall({ guard }) })
    assert.equal(free.earlier, undefined)
  }),

  rule("an equal body counts for its agent and inside the window only", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
    await acceptAll(outbox, ["msg_4", "msg_5"], { app: "hr" })
    const [first, second, third] = await claimDue(outbox, { leaseMs: 9 * HOUR_MS })
    const [fourth, fifth] = await claimDue(outbox, { app: "hr" })
    await begin(outbox, first ?? lost(), { call: aCall({ guard }) })
    const parties = [
      { ...PARTY, kind: "robot" },
      { ...PARTY, corpId: "ww2" },
    ]
    for (const [index, party] of parties.entries()) {
      const message = (index === 0 ? fourth : fifth) ?? lost()
      assert.equal((await begin(outbox, message, { call: aCall({ party, guard }) })).earlier, undefined)
    }
    const past = await begin(outbox, second ?? lost(), { at: LATER, call: aCall({ guard }) })
    assert.equal(past.earlier, undefined)
    const next = await begin(outbox, third ?? lost(), { at: LATER + 1, call: aCall({ guard }) })
    assert.deepEqual(next.earlier, { messageId: "msg_2", number: 1, at: LATER })
  }),

  rule("a body that certainly did not arrive holds up no other", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const [first, second] = await claimDue(outbox)
    const started = await begin(outbox, first ?? lost(), { call: aCall({ guard }) })
    await outbox.settle([busy(started, { final: true, updates: [updateOf("failed", { call: 1 })] })])
    const other = await begin(outbox, second ?? lost(), { at: NOON + 1, call: aCall({ guard }) })
    assert.equal(other.earlier, undefined)
  }),

  rule("a body that was refused after a lost answer still counts", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const [first, second] = await claimDue(outbox)
    await outbox.settle([
      busy(await begin(outbox, first ?? lost(), { call: aCall({ guard }) }), { result: "in_doubt" }),
    ])
    const repeat = await begin(outbox, first ?? lost(), { call: "again" })
    await outbox.settle([busy(repeat, { final: true, updates: [updateOf("failed", { call: 1 })] })])
    const other = await begin(outbox, second ?? lost(), { at: NOON + 1, call: aCall({ guard }) })
    assert.equal(other.earlier?.messageId, "msg_1")
  }),

  rule("a shared call begins for all its messages, and is there for each after a crash", async (store) => {
    const { host, sharer } = await sharing(store.stores.outbox)
    const started = await begin(store.stores.outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    assert.deepEqual(started, { messageId: "msg_1", number: 1, attempt: 1, body: aCall().body, checkSeconds: 14_400 })
    await using after = await store.crash()
    const { outbox, reader } = after.stores
    const [call, share] = [await openCall(outbox), await openCall(outbox, "msg_2")]
    assert.deepEqual([call.shares, call.partOf], [[{ messageId: "msg_2", number: 1 }], undefined])
    assert.deepEqual([share.shares, share.partOf], [undefined, { messageId: "msg_1", number: 1 }])
    assert.deepEqual([share.body, share.positions, share.phase], ['{"touser":"lisi"}', [0], "crashed"])
    for (const messageId of ["msg_1", "msg_2"]) {
      const { items } = await reader.calls({ messageId, limit: 9 })
      assert.deepEqual(
        items.map(({ isShared, mayHaveArrived }) => [isShared, mayHaveArrived]),
        [[true, true]],
      )
      assert.equal((await reader.message(messageId, { apps: "all", now: NOON }))?.state, "sending")
    }
  }),

  rule("a shared call begins for none of its messages when it may not for one", async ({ stores: { outbox } }) => {
    const { host, sharer } = await sharing(outbox)
    await outbox.update({ messageId: "msg_2", at: NOON, updates: [updateOf("cancelled")] })
    const start = (share: NewCallShare) => ({ ...host, number: 1, startedAt: NOON, frozen: aCall({ shares: [share] }) })
    assert.deepEqual(await outbox.begin([start(shareOf(sharer))]), [])
    assert.deepEqual(await outbox.begin([start({ ...shareOf(sharer), claim: sharer.claim + 1 })]), [])
    assert.deepEqual([...(await outbox.openCalls("msg_1")), ...(await outbox.openCalls("msg_2"))], [])
  }),

  rule("only the message whose call it is repeats a shared call, and all go through the attempt", async (store) => {
    const { outbox, reader } = store.stores
    const { host, sharer } = await sharing(outbox)
    const first = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    await outbox.settle([busy(first), busy({ ...first, messageId: "msg_2" })])
    assert.deepEqual(await outbox.begin([{ ...sharer, number: 1, startedAt: NOON + 1000 }]), [])
    const second = await begin(outbox, host, { call: "again", at: NOON + 2000 })
    assert.deepEqual(second, { ...first, attempt: 2 })
    assert.deepEqual(
      await outbox.settle([
        accepted(second),
        accepted({ ...second, messageId: "msg_2" }, { updates: [updateOf("invalid", { call: 1 })] }),
      ]),
      [true, true],
    )
    for (const [messageId, state] of [
      ["msg_1", "sent"],
      ["msg_2", "invalid"],
    ] as const) {
      const attempts = (await reader.attempts({ messageId, limit: 9 })).items
      assert.deepEqual(
        attempts.map(({ number, errcode }) => [number, errcode]),
        [
          [1, -1],
          [2, 0],
        ],
      )
      const [recipient] = (await reader.recipients({ messageId, limit: 9 })).items
      assert.deepEqual([recipient?.state, recipient?.msgid], [state, "wecom-msgid"])
    }
  }),

  rule("an attempt of a shared call that a crash cut off cannot be settled for any message", async (store) => {
    const { host, sharer } = await sharing(store.stores.outbox)
    const started = await begin(store.stores.outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    await using after = await store.crash()
    const { outbox } = after.stores
    const settled = await outbox.settle([accepted(started), accepted({ ...started, messageId: "msg_2" })])
    assert.deepEqual(settled, [false, false])
    const again = await begin(outbox, (await claimDue(outbox, { limit: 1 }))[0] ?? lost(), { call: "again" })
    assert.equal((await openCall(outbox, "msg_2")).phase, "in_flight")
    assert.deepEqual(await outbox.settle([busy(again), busy({ ...again, messageId: "msg_2" })]), [true, true])
  }),

  ...forEachSide(
    "closing a shared call that cannot have arrived ends it for all, and the others are due",
    async (store, side) => {
      const { outbox } = store.stores
      const { host, sharer } = await sharing(outbox)
      const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
      await outbox.settle([busy(started), busy({ ...started, messageId: "msg_2" })])
      const later = NOON + 2 * HOUR_MS
      await outbox.release([host, sharer].map((held) => ({ ...held, nextAt: later })))
      const other = side === "msg_1" ? "msg_2" : "msg_1"
      const updates = [updateOf("cancelled")]
      const changed = await outbox.update({ messageId: side, at: NOON + 1, closeCalls: [1], updates })
      assert.deepEqual([changed?.state, changed?.closedCalls], ["cancelled", [1]])
      assert.deepEqual(await outbox.openCalls(other), [])
      assert.equal((await claimOne(outbox, NOON + 1)).messageId, other)
    },
  ),

  ...forEachSide("a shared call that may have arrived is not closed from any side", async (store, side) => {
    const { outbox } = store.stores
    const { host, sharer } = await sharing(outbox)
    const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    const settlements = [started, { ...started, messageId: "msg_2" }]
    await outbox.settle(settlements.map((one) => busy(one, { result: "in_doubt" })))
    const updates = [updateOf("cancelled")]
    const changed = await outbox.update({ messageId: side, at: NOON + 1, closeCalls: [1], updates })
    assert.deepEqual([changed?.changed, changed?.closedCalls], [0, []])
    assert.equal((await openCall(outbox, "msg_1")).mayHaveArrived, true)
    assert.equal((await openCall(outbox, "msg_2")).mayHaveArrived, true)
  }),

  rule(
    "a sharer that has something left when the call ends is due as the settlement says",
    async ({ stores: { outbox } }) => {
      const { host, sharer } = await sharing(outbox)
      const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
      await outbox.release([{ ...sharer, nextAt: NOON + HOUR_MS }])
      const ofSharer = busy({ ...started, messageId: "msg_2" }, { final: true, dueAt: NOON + 100 })
      await outbox.settle([accepted(started), ofSharer])
      assert.equal((await claimOne(outbox, NOON + 100)).messageId, "msg_2")
    },
  ),

  rule("so it is where the sharer is worked on until after the settlement", async ({ stores: { outbox } }) => {
    const { host, sharer } = await sharing(outbox)
    const started = await begin(outbox, host, { call: aCall({ shares: [shareOf(sharer)] }) })
    const ofSharer = busy({ ...started, messageId: "msg_2" }, { final: true, dueAt: NOON + 100 })
    await outbox.settle([accepted(started), ofSharer])
    await outbox.release([{ ...sharer, nextAt: NOON + HOUR_MS }])
    assert.equal((await claimOne(outbox, NOON + 100)).messageId, "msg_2")
  }),
]
