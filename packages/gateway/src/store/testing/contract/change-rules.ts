import assert from "node:assert/strict"
import {
  aCall,
  accepted,
  acceptAll,
  begin,
  busy,
  chunksOf,
  claimDue,
  claimOne,
  HOUR_MS,
  NOON,
  updateOf,
} from "../build.ts"
import { rule } from "./rule.ts"

export const changeRules = [
  rule("a change of an unknown message is answered as such", async ({ stores: { outbox } }) => {
    assert.equal(await outbox.update({ messageId: "msg_9", at: NOON, updates: [] }), undefined)
  }),

  rule("a update touches those in the states it names, of the call it names", async ({ stores }) => {
    const { outbox, reader } = stores
    const to = ["a", "b", "c", "d"]
    await acceptAll(outbox, ["msg_1"], { to, chunks: chunksOf(to) })
    const change = { messageId: "msg_1", at: NOON + 1 }
    await outbox.update({
      ...change,
      updates: [
        updateOf("sent", { slots: [1], call: 1 }),
        updateOf("sent", { slots: [2], call: 2 }),
        updateOf("not_found", { chunk: 1, detail: { reason: "no_visible_member" } }),
      ],
    })
    const changed = await outbox.update({
      ...change,
      updates: [
        updateOf("recalled", { slots: "all", from: ["sent"], ofCall: 2 }),
        updateOf("cancelled", { slots: "all", from: ["pending"] }),
        updateOf("cancelled", { chunk: 1, slots: "all", from: ["pending"] }),
        updateOf("cancelled", { chunk: 9, slots: [0, 7], from: ["pending"] }),
      ],
    })
    assert.deepEqual([changed?.changed, changed?.state], [2, "partly_sent"])
    const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
    assert.deepEqual(
      items.map(({ state, reason, at }) => [state, reason, at]),
      [
        ["cancelled", undefined, NOON + 1],
        ["sent", undefined, NOON + 1],
        ["recalled", undefined, NOON + 1],
        ["not_found", "no_visible_member", NOON + 1],
      ],
    )
    assert.deepEqual([changed?.counts.cancelled, changed?.counts.pending], [1, 0])
  }),

  rule("what was learnt of pending recipients is kept", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2", "3"] })
    await outbox.update({
      messageId: "msg_1",
      at: NOON,
      updates: [
        updateOf("pending", { slots: [0, 2], userids: ["zhangsan", "lisi"] }),
        updateOf("pending", { slots: [1], detail: { delayedUntil: NOON + HOUR_MS } }),
      ],
    })
    const [chunk] = await outbox.chunks({ messageId: "msg_1", from: 0, count: 1 })
    assert.deepEqual(chunk?.userids, ["zhangsan", null, "lisi"])
    assert.deepEqual(chunk?.details, { 1: { delayedUntil: NOON + HOUR_MS } })
  }),

  rule("chunks without pending recipients can be passed over", async ({ stores: { outbox } }) => {
    const to = ["a", "b", "c", "d", "e", "f", "g"]
    await acceptAll(outbox, ["msg_1"], { to, chunks: chunksOf(to) })
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("failed", { chunk: 1, slots: "all" })] })
    const query = { messageId: "msg_1", count: 1, pendingOnly: true }
    const indexes: (number | undefined)[] = []
    for (const from of [0, 1, 2, 3]) indexes.push((await outbox.chunks({ ...query, from }))[0]?.index)
    assert.deepEqual(indexes, [0, 2, 2, undefined])
  }),

  rule("recipients of a call that is not final wait for its settle", async ({ stores }) => {
    const { outbox, reader } = stores
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const started = await begin(outbox, await claimOne(outbox))
    const cancel = { messageId: "msg_1", at: NOON, updates: [updateOf("cancelled", { slots: "all" })] }
    const first = await outbox.update({ ...cancel, closeCalls: [1], abandonCalls: [1] })
    assert.deepEqual([first?.changed, first?.closedCalls, first?.state], [1, [], "sending"])
    await outbox.settle([accepted(started)])
    const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
    assert.deepEqual(
      items.map(({ state }) => state),
      ["sent", "cancelled"],
    )
  }),

  rule("a waiting call that has not arrived is closed, and frees its recipients", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    await outbox.settle([busy(await begin(outbox, await claimOne(outbox)))])
    const cancel = { messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] }
    assert.equal((await outbox.update(cancel))?.changed, 0)
    const closed = await outbox.update({ ...cancel, closeCalls: [1] })
    assert.deepEqual([closed?.changed, closed?.closedCalls, closed?.state], [1, [1], "cancelled"])
    assert.deepEqual(await outbox.openCalls("msg_1"), [])
  }),

  rule("the body of a waiting call that was closed holds up no other", async ({ stores: { outbox } }) => {
    const guard = { hash: "a".repeat(64), windowMs: HOUR_MS }
    await acceptAll(outbox, ["msg_1", "msg_2"])
    const [first, second] = await claimDue(outbox)
    assert.ok(first !== undefined && second !== undefined)
    await outbox.settle([busy(await begin(outbox, first, { call: aCall({ guard }) }))])
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")], closeCalls: [1] })
    const other = await begin(outbox, second, { at: NOON + 1, call: aCall({ guard }) })
    assert.equal(other.earlier, undefined)
  }),

  rule("a call that may have arrived is given up only by that word", async (store) => {
    const doubted = store.stores.outbox
    await acceptAll(doubted, ["msg_1", "msg_2"])
    const [first, second] = await claimDue(doubted)
    assert.ok(first !== undefined && second !== undefined)
    await doubted.settle([busy(await begin(doubted, first), { result: "in_doubt" })])
    await begin(doubted, second)
    await using after = await store.crash()
    const { outbox, reader } = after.stores
    for (const messageId of ["msg_1", "msg_2"]) {
      const updates = [updateOf("in_doubt", { call: 1, detail: { reason: "answer_lost" } })]
      const change = { messageId, at: NOON, updates }
      assert.deepEqual((await outbox.update({ ...change, closeCalls: [1] }))?.closedCalls, [])
      const abandoned = await outbox.update({ ...change, abandonCalls: [1] })
      assert.deepEqual([abandoned?.closedCalls, abandoned?.state], [[1], "in_doubt"])
      const [attempt] = (await reader.attempts({ messageId, limit: 1 })).items
      assert.equal(attempt?.result, "in_doubt")
    }
  }),

  rule("a retried message is unfinished again, due at once, and sent in a call of its own", async (store) => {
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const started = await begin(outbox, await claimOne(outbox))
    await outbox.settle([
      accepted(started, {
        updates: [
          updateOf("sent", { slots: [0], call: 1 }),
          updateOf("not_found", { slots: [1], userids: ["stale"], detail: { reason: "no_visible_member" } }),
        ],
      }),
    ])
    const at = NOON + 48 * HOUR_MS
    const retried = await outbox.update({
      messageId: "msg_1",
      at,
      expiry: { expiresAt: at + HOUR_MS },
      updates: [updateOf("pending", { slots: "all", from: ["not_found"], userids: null, detail: { fresh: true } })],
    })
    assert.deepEqual([retried?.changed, retried?.state], [1, "sending"])
    await using after = await store.crash()
    const claimed = await claimOne(after.stores.outbox, at)
    assert.deepEqual([claimed.message.expiresAt, claimed.counts.pending, claimed.callCount], [at + HOUR_MS, 1, 1])
    const [chunk] = await after.stores.outbox.chunks({ messageId: "msg_1", from: 0, count: 1 })
    assert.deepEqual([chunk?.userids[1], chunk?.details], [null, { 1: { fresh: true } }])
    const second = await begin(after.stores.outbox, claimed, { number: 2, at, call: aCall({ positions: [1] }) })
    await after.stores.outbox.settle([accepted(second, { updates: [updateOf("sent", { slots: [1], call: 2 })] })])
    const message = await after.stores.reader.message("msg_1", { apps: "all", now: at })
    assert.deepEqual([message?.state, message?.counts.sent], ["sent", 2])
  }),

  rule("what was cancelled before its time and is retried is not due before its time", async ({ stores }) => {
    const { outbox, events } = stores
    const sendAt = NOON + HOUR_MS
    for (const [messageId, lane] of [
      ["msg_1", {}],
      ["msg_2", { orderKey: "k" }],
    ] as const) {
      await acceptAll(outbox, [messageId], { sendAt, ...lane })
      const change = { messageId, at: NOON }
      await outbox.update({ ...change, updates: [updateOf("cancelled", { slots: "all" })] })
      const retried = await outbox.update({
        ...change,
        updates: [updateOf("pending", { slots: "all", from: ["cancelled"] })],
      })
      assert.equal(retried?.state, "scheduled")
      const reopened = (await events.since(0, { limit: 99, apps: "all" })).findLast(
        ({ messageId: id }) => id === messageId,
      )
      assert.deepEqual([reopened?.type, reopened?.data["state"]], ["message.reopened", "scheduled"])
      assert.deepEqual(await claimDue(outbox, { now: sendAt - 1 }), [])
      assert.equal((await claimOne(outbox, sendAt + 1)).messageId, messageId)
    }
  }),

  rule("a recall is noted of the call, and makes the message recalled", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"])
    await outbox.settle([accepted(await begin(outbox, await claimOne(outbox)))])
    const updates = [updateOf("recalled", { slots: "all", from: ["sent"], ofCall: 1 })]
    const at = NOON + HOUR_MS
    const recalled = await outbox.update({ messageId: "msg_1", at, updates, recalledCalls: [1] })
    assert.equal(recalled?.state, "recalled")
    assert.equal((await reader.calls({ messageId: "msg_1", limit: 1 })).items[0]?.recalledAt, at)
    const message = await reader.message("msg_1", { apps: "all", now: at })
    assert.equal(message?.finishedAt, NOON + 100)
  }),

  rule("what blocks a message can be reported, and cleared", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"])
    const problem = { code: "refused", errcode: 45_002, errmsg: "content size out of limit" }
    const problemOf = async () => (await reader.message("msg_1", { apps: "all", now: NOON }))?.problem
    await outbox.settle([busy(await begin(outbox, await claimOne(outbox)), { problem })])
    assert.deepEqual(await problemOf(), problem)
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [] })
    assert.deepEqual(await problemOf(), problem)
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [], problem: null })
    assert.equal(await problemOf(), undefined)
  }),

  // proves 28.D4: all of a key or an app cancelled
  rule("many end at once; what is at work, has begun, is finished or unknown is left", async (store) => {
    const { outbox, reader } = store.stores
    await acceptAll(outbox, ["msg_begun"], { priority: "high" })
    await begin(outbox, await claimOne(outbox))
    await acceptAll(outbox, ["msg_at_work"], { priority: "high" })
    await claimOne(outbox)
    const lots = Array.from({ length: 120 }, (_, n) => `msg_${n}`)
    await acceptAll(outbox, lots, { to: ["a", "b"], sendAt: NOON + HOUR_MS })
    await acceptAll(outbox, ["msg_first", "msg_second"], { orderKey: "lane" })
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("not_found")] })
    await outbox.update({ messageId: "msg_2", at: NOON, updates: [updateOf("failed", { slots: "all" })] })
    const messageIds = ["msg_begun", "msg_at_work", "msg_none", "msg_first", ...lots]
    const ended = await outbox.endUnbegun({ messageIds, state: "cancelled", at: NOON + 1 })
    const expected = ["msg_first", ...lots.filter((id) => id !== "msg_2")]
    assert.deepEqual(
      ended.map(({ messageId, app, recipients }) => `${messageId} ${app} ${recipients}`).toSorted(),
      expected.map((id) => `${id} alerts ${id === "msg_first" || id === "msg_1" ? 1 : 2}`).toSorted(),
    )
    await using after = await store.crash()
    const told = async (id: string) => {
      const message = await after.stores.reader.message(id, { apps: "all", now: NOON + 2 })
      return [message?.state, message?.counts.cancelled, message?.finishedAt]
    }
    assert.deepEqual(await told("msg_5"), ["cancelled", 2, NOON + 1])
    assert.deepEqual(await told("msg_1"), ["failed", 1, NOON + 1])
    assert.deepEqual((await told("msg_begun")).slice(1), [0, undefined])
    assert.equal(
      (await reader.unfinished()).reduce((sum, { count }) => sum + count, 0),
      3,
    )
    // It no longer waits for the one before it.
    assert.deepEqual(
      (await claimDue(after.stores.outbox, { now: NOON + 2 })).map(({ messageId }) => messageId).toSorted(),
      ["msg_at_work", "msg_begun", "msg_second"],
    )
  }),

  // proves 29.P8: many messages past their time
  rule("what is past its time ends some at a time, whatever it waits for; what has begun is left", async (store) => {
    const { outbox, reader } = store.stores
    const past = { expiresAt: NOON + 10 }
    const at = NOON + 20
    await acceptAll(outbox, ["msg_begun"], { ...past, priority: "high" })
    // From here on `at` is the store's time, too.
    await begin(outbox, await claimOne(outbox, at))
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"], { ...past, sendAt: NOON + HOUR_MS })
    await acceptAll(outbox, ["msg_later"], { expiresAt: NOON + 11, sendAt: NOON + HOUR_MS })
    const some = await outbox.endExpired({ at, expiredBy: NOON + 10, setByMs: 0, limit: 2 })
    assert.deepEqual([some.ended.length, some.more], [2, true])
    const rest = await outbox.endExpired({ at, expiredBy: NOON + 10, setByMs: 0, limit: 2 })
    assert.deepEqual([rest.ended.length, rest.more], [1, false])
    const ids = [...some.ended, ...rest.ended].map(({ messageId }) => messageId)
    assert.deepEqual(ids.toSorted(), ["msg_1", "msg_2", "msg_3"])
    const message = await reader.message("msg_2", { apps: "all", now: at })
    assert.deepEqual([message?.state, message?.finishedAt], ["expired", at])
    assert.deepEqual(await outbox.endExpired({ at, expiredBy: NOON + 10, setByMs: 0, limit: 2 }), {
      ended: [],
      more: false,
    })
  }),
]
