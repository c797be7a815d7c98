import assert from "node:assert/strict"
import { MESSAGE_STATES } from "@wecom-push/protocol/delivery"
import type { MessageState, RecipientState } from "@wecom-push/protocol/delivery"
import type { StartedCall } from "../../../model/ports/outbox.ts"
import type { MessagesQuery, MessageReader, Page, Whose } from "../../../model/ports/reader.ts"
import {
  aChunk,
  aRequest,
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

/** All pages in order, so that gaps and repeats at their edges show. */
async function pagesOf<T>(read: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  for (let page = await read(); ; page = await read(page.nextCursor)) {
    items.push(...page.items)
    if (page.nextCursor === undefined) return items
  }
}

async function list(reader: MessageReader, query: Partial<MessagesQuery>): Promise<string[]> {
  const messages = await pagesOf((cursor) =>
    reader.messages({ apps: "all", now: NOON, limit: 2, ...query, ...(cursor !== undefined && { cursor }) }),
  )
  return messages.map(({ id }) => id)
}

/** @returns the state in which a message is shown at a time, and listed in no other */
function statesShown(reader: MessageReader, id: string): (now: number) => Promise<MessageState | undefined> {
  return async (now) => {
    const state = (await reader.message(id, { apps: "all", now }))?.state
    const lists: string[] = []
    for (const one of MESSAGE_STATES) {
      const ids = await list(reader, { state: one, now, limit: 3 })
      lists.push(...ids.filter((listed) => listed === id).map(() => one))
    }
    assert.deepEqual(lists, [state])
    return state
  }
}

export const readerRules = [
  rule("a message of an app outside the scope does not exist", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"])
    await acceptAll(outbox, ["msg_2"], { app: "hr" })
    assert.equal((await reader.message("msg_1", { apps: ["alerts"], now: NOON }))?.id, "msg_1")
    assert.equal(await reader.message("msg_1", { apps: ["hr"], now: NOON }), undefined)
    assert.equal(await reader.message("msg_1", { apps: [], now: NOON }), undefined)
    assert.equal(await reader.message("msg_9", { apps: "all", now: NOON }), undefined)
    assert.deepEqual(await list(reader, { apps: ["hr", "none", "hr"] }), ["msg_2"])
    assert.deepEqual(await list(reader, { apps: [] }), [])
  }),

  // proves 11.B30: strict
  rule("warnings of a message are shown with it, also after a crash", async (store) => {
    const warnings = [{ path: "text.content", rule: "too_long", severity: "warning", tolerated: true }] as const
    await acceptAll(store.stores.outbox, ["msg_1"], { warnings })
    await acceptAll(store.stores.outbox, ["msg_2"])
    await using after = await store.crash()
    const { reader } = after.stores
    assert.deepEqual((await reader.message("msg_1", { apps: "all", now: NOON }))?.warnings, warnings)
    assert.deepEqual((await reader.message("msg_2", { apps: "all", now: NOON }))?.warnings, [])
  }),

  rule("messages are listed newest first, page by page, each once", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
    await acceptAll(outbox, ["msg_4"], { acceptedAt: NOON - 1, app: "hr" })
    await acceptAll(outbox, ["msg_5"], { acceptedAt: NOON + 1, app: "hr" })
    await acceptAll(outbox, ["msg_6"], { acceptedAt: NOON + 1 })
    assert.deepEqual(await list(reader, {}), ["msg_6", "msg_5", "msg_3", "msg_2", "msg_1", "msg_4"])
    assert.deepEqual(await list(reader, { since: NOON }), ["msg_6", "msg_5", "msg_3", "msg_2", "msg_1"])
    assert.deepEqual(await list(reader, { since: NOON + 1, apps: ["hr"] }), ["msg_5"])
    const page = await reader.messages({ apps: "all", now: NOON, limit: 6 })
    assert.deepEqual([page.items.length, page.nextCursor], [6, undefined])
  }),

  rule("messages are listed by the state they are in now", async ({ stores: { outbox, reader } }) => {
    const finish = async (id: string, state: "sent" | "failed" | "cancelled") => {
      await outbox.update({ messageId: id, at: NOON, updates: [updateOf(state)] })
    }
    await acceptAll(outbox, ["msg_1"], { sendAt: NOON + HOUR_MS })
    await acceptAll(outbox, ["msg_2"])
    await begin(outbox, await claimOne(outbox))
    await acceptAll(outbox, ["msg_3", "msg_4", "msg_5", "msg_6"])
    await finish("msg_3", "failed")
    await finish("msg_4", "sent")
    await finish("msg_5", "cancelled")
    const expected: Partial<Record<MessageState, string[]>> = {
      scheduled: ["msg_1"],
      sending: ["msg_2"],
      failed: ["msg_3"],
      sent: ["msg_4"],
      cancelled: ["msg_5"],
      queued: ["msg_6"],
      in_doubt: [],
    }
    for (const [state, ids] of Object.entries(expected)) {
      assert.deepEqual(await list(reader, { state: state as MessageState }), ids, state)
    }
    assert.deepEqual(await list(reader, { state: "queued", now: NOON + HOUR_MS }), ["msg_6", "msg_1"])
    assert.equal((await reader.message("msg_2", { apps: "all", now: NOON }))?.state, "sending")
  }),

  // proves 12.R14: long histories
  rule(
    "from the hour it is scheduled for to the end a message is listed by the state it is shown in, and by no other",
    async (store) => {
      const { outbox, reader } = store.stores
      const due = NOON + HOUR_MS
      const shown = statesShown(reader, "msg_1")
      await acceptAll(outbox, ["msg_1"], { sendAt: due, to: ["1", "2"] })
      assert.equal(await shown(due - 1), "scheduled")
      assert.equal(await shown(due), "queued")
      // Setting the clock back schedules it again.
      assert.equal(await shown(NOON), "scheduled")
      const claimed = await claimOne(outbox, due)
      assert.equal(await shown(due), "queued")
      const first = await begin(outbox, claimed, { at: due })
      assert.equal(await shown(due), "sending")
      assert.equal(await shown(NOON), "sending")
      await outbox.settle([accepted(first)])
      assert.equal(await shown(due), "sending")
      const update = (state: "sent" | "pending" | "cancelled", from: "pending" | "cancelled") =>
        outbox.update({ messageId: "msg_1", at: due, updates: [updateOf(state, { slots: [1], from: [from] })] })
      await update("cancelled", "pending")
      assert.equal(await shown(due), "partly_sent")
      await update("pending", "cancelled")
      assert.equal(await shown(due), "sending")
      await using after = await store.crash()
      const shownAfter = statesShown(after.stores.reader, "msg_1")
      assert.equal(await shownAfter(due), "sending")
      const again = await claimOne(after.stores.outbox, due)
      const second = await begin(after.stores.outbox, again, { at: due, number: 2, call: aCall({ positions: [1] }) })
      const updates = [updateOf("sent", { call: 2, slots: [1], userids: ["lisi"] })]
      await after.stores.outbox.settle([accepted(second, { updates })])
      assert.equal(await shownAfter(due), "sent")
    },
  ),

  // proves 12.R14: long histories
  rule("what is retried before any of its calls began is scheduled or queued anew", async ({ stores }) => {
    const { outbox, reader } = stores
    const due = NOON + HOUR_MS
    const shown = statesShown(reader, "msg_1")
    const update = (state: "pending" | "cancelled", from: "pending" | "cancelled") =>
      outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf(state, { from: [from] })] })
    await acceptAll(outbox, ["msg_1"], { sendAt: due })
    await update("cancelled", "pending")
    assert.deepEqual([await shown(NOON), await shown(due)], ["cancelled", "cancelled"])
    await update("pending", "cancelled")
    assert.deepEqual([await shown(NOON), await shown(due)], ["scheduled", "queued"])
    await begin(outbox, await claimOne(outbox, due), { at: due })
    assert.equal(await shown(due), "sending")
  }),

  // proves 12.R14: long histories
  rule("whose calls have begun is sending, whatever happens to them before it is finished", async (store) => {
    const { outbox, reader } = store.stores
    const ids = ["crashed", "repeated", "given_up", "twice", "cancelled"] as const
    await acceptAll(outbox, ids, { to: ["1", "2"] })
    const expectSending = async (of: MessageReader, names: readonly string[]): Promise<void> => {
      for (const id of names) assert.equal(await statesShown(of, id)(NOON), "sending", id)
    }
    const claimed = new Map((await claimDue(outbox, { limit: 9 })).map((claim) => [claim.messageId, claim]))
    const claimOf = (id: string) => claimed.get(id) ?? assert.fail(id)
    const first = new Map<string, StartedCall>()
    for (const id of ids) first.set(id, await begin(outbox, claimOf(id)))
    const second = { number: 2, call: aCall({ positions: [1], body: '{"touser":"lisi"}' }) }
    await begin(outbox, claimOf("twice"), second)
    await expectSending(reader, ids)
    const settleBusy = (id: string) => outbox.settle([busy(first.get(id) ?? assert.fail(id), { retryAt: NOON })])
    for (const id of ["repeated", "given_up", "twice", "cancelled"]) await settleBusy(id)
    await expectSending(reader, ids)
    await begin(outbox, claimOf("repeated"), { call: "again" })
    await outbox.update({ messageId: "given_up", at: NOON, updates: [], abandonCalls: [1] })
    await outbox.update({ messageId: "cancelled", at: NOON, updates: [updateOf("cancelled")], closeCalls: [1] })
    await expectSending(reader, ids)
    await using after = await store.crash()
    await expectSending(after.stores.reader, ids)
    await after.stores.outbox.update({ messageId: "crashed", at: NOON, updates: [], abandonCalls: [1] })
    await after.stores.outbox.update({ messageId: "twice", at: NOON, updates: [], abandonCalls: [1, 2] })
    await expectSending(after.stores.reader, ids)
    const finish = { at: NOON, updates: [updateOf("failed", { slots: [0, 1], from: ["pending"] })] }
    await after.stores.outbox.update({ messageId: "twice", ...finish })
    assert.equal(await statesShown(after.stores.reader, "twice")(NOON), "failed")
  }),

  // proves 12.R14: long histories
  rule("a message that shares a call has begun with it", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2", "msg_3"])
    const [one, other] = await claimDue(outbox, { limit: 2 })
    assert.ok(one !== undefined && other !== undefined)
    const share = { ...other, number: 1, positions: [0], body: '{"touser":"lisi"}' }
    await begin(outbox, one, { call: aCall({ shares: [share] }) })
    assert.deepEqual(await list(reader, { state: "sending" }), ["msg_2", "msg_1"])
    assert.deepEqual(await list(reader, { state: "queued" }), ["msg_3"])
  }),

  // proves 12.R14: long histories
  rule(
    "what was scheduled and what was not is queued in one order, page by page, and so is what is scheduled",
    async ({ stores: { outbox, reader } }) => {
      // In each three messages one is sent at once, one was scheduled for an earlier hour, and one for a later hour.
      const sendTimes = [0, HOUR_MS, 3 * HOUR_MS]
      const apps = ["alerts", "hr"]
      const expected: Record<"scheduled" | "queued", string[]> = { scheduled: [], queued: [] }
      for (let n = 0; n < 36; n++) {
        const [app, wait] = [apps[n % 2], sendTimes[n % 3]]
        assert.ok(app !== undefined && wait !== undefined)
        // Two messages at each moment; the later one is scheduled for the earlier hour.
        const acceptedAt = NOON + Math.floor(n / 2)
        const id = `msg_${n}`
        await acceptAll(outbox, [id], { app, acceptedAt, ...(wait > 0 && { sendAt: NOON + wait - n }) })
        expected[wait > 2 * HOUR_MS ? "scheduled" : "queued"].unshift(id)
      }
      const now = NOON + 2 * HOUR_MS
      for (const state of ["scheduled", "queued"] as const) {
        const all = expected[state]
        assert.deepEqual(await list(reader, { state, now }), all)
        assert.deepEqual(await list(reader, { state, now, limit: 5 }), all)
        const page = await reader.messages({ apps: "all", now, state, limit: all.length })
        assert.deepEqual([page.items.length, page.nextCursor], [all.length, undefined])
        const since = NOON + 9
        assert.deepEqual(await list(reader, { state, now, since }), all.slice(0, 12 - (state === "queued" ? 0 : 6)))
        const ofHr = all.filter((id) => Number(id.slice("msg_".length)) % 2 === 1)
        assert.deepEqual(await list(reader, { state, now, apps: ["hr"] }), ofHr)
      }
    },
  ),

  rule("recipients are listed in the order they were named, of one state or all", async ({ stores }) => {
    const { outbox, reader } = stores
    const to = Array.from({ length: 10 }, (_, n) => `user${n}`)
    await acceptAll(outbox, ["msg_1"], { to, chunks: chunksOf(to) })
    const updates = [
      updateOf("failed", { slots: [1] }),
      updateOf("failed", { chunk: 2, slots: [0, 2] }),
      updateOf("sent", { chunk: 1, slots: "all" }),
    ]
    await outbox.update({ messageId: "msg_1", at: NOON, updates })
    const addresses = async (state?: "failed" | "sent" | "pending" | "expired") => {
      const query = { messageId: "msg_1", limit: 2, ...(state !== undefined && { state }) }
      const items = await pagesOf((cursor) => reader.recipients({ ...query, ...(cursor !== undefined && { cursor }) }))
      return items.map(({ address }) => address)
    }
    assert.deepEqual(await addresses(), to)
    assert.deepEqual(await addresses("failed"), ["user1", "user6", "user8"])
    assert.deepEqual(await addresses("sent"), ["user3", "user4", "user5"])
    assert.deepEqual(await addresses("pending"), ["user0", "user2", "user7", "user9"])
    assert.deepEqual(await addresses("expired"), [])
  }),

  rule("the answer to a call is reported for each recipient it carried", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const started = await begin(outbox, await claimOne(outbox), {
      call: aCall({
        positions: [0, 1],
      }),
    })
    const updates = [
      updateOf("failed", { call: 1 }),
      updateOf("failed", { call: 1, slots: [1], detail: { errcode: 60_111, reason: "unknown_member" } }),
    ]
    await outbox.settle([busy(started, { final: true, errcode: 45_002, reason: "call_refused", updates })])
    const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
    assert.deepEqual(
      items.map(({ errcode, reason, at }) => [errcode, reason, at]),
      [
        [45_002, "call_refused", NOON + 100],
        [60_111, "unknown_member", NOON + 100],
      ],
    )
  }),

  rule("attempts and calls are listed in their order, page by page", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
    const claimed = await claimOne(outbox)
    await outbox.settle([busy(await begin(outbox, claimed))])
    await begin(outbox, claimed, { number: 2, call: aCall({ part: 1, positions: [1] }) })
    await outbox.settle([busy(await begin(outbox, claimed, { call: "again" }))])
    await outbox.settle([accepted(await begin(outbox, claimed, { call: "again" }))])
    const messageId = "msg_1"
    const attempts = await pagesOf((cursor) =>
      reader.attempts({ messageId, limit: 1, ...(cursor !== undefined && { cursor }) }),
    )
    assert.deepEqual(
      attempts.map(({ call, number, result }) => [call, number, result]),
      [
        [1, 1, "refused"],
        [1, 2, "refused"],
        [1, 3, "accepted"],
        [2, 1, undefined],
      ],
    )
    const calls = await pagesOf((cursor) =>
      reader.calls({ messageId, limit: 1, ...(cursor !== undefined && { cursor }) }),
    )
    assert.deepEqual(
      calls.map(({ number, part, final, inFlight, positions }) => [number, part, final, inFlight, positions]),
      [
        [1, 0, true, false, [0]],
        [2, 1, false, true, [1]],
      ],
    )
  }),

  rule("an invented cursor gives an empty page", async ({ stores: { outbox, reader, audit } }) => {
    await acceptAll(outbox, ["msg_1"])
    await audit.append([
      { at: NOON, actor: "local", from: undefined, action: "a", target: undefined, detail: {}, apps: "all" },
    ])
    for (const cursor of ["nonsense", "", "'; drop table messages", Buffer.from("1").toString("base64url")]) {
      const page = { limit: 9, cursor }
      const nothing = { items: [], nextCursor: undefined }
      assert.deepEqual(await reader.messages({ ...page, apps: "all", now: NOON }), nothing)
      assert.deepEqual(await reader.recipients({ ...page, messageId: "msg_1" }), nothing)
      assert.deepEqual(await reader.attempts({ ...page, messageId: "msg_1" }), nothing)
      assert.deepEqual(await reader.calls({ ...page, messageId: "msg_1" }), nothing)
      assert.deepEqual(await audit.list({ ...page, apps: "all" }), nothing)
    }
  }),

  // proves 28.D4: what is unfinished, counted
  rule("what is unfinished is counted by app and key, as it comes, ends and is opened again", async (store) => {
    const { outbox } = store.stores
    const counted = async ({ stores: { reader } } = store) =>
      (await reader.unfinished()).map(({ app, keyId, count }) => `${app} ${keyId} ${count}`).toSorted()
    await acceptAll(outbox, ["msg_1", "msg_2"], { keyId: "key_1" })
    await acceptAll(outbox, ["msg_3"], { keyId: "key_2", sendAt: NOON + 300 * 24 * HOUR_MS, priority: "bulk" })
    await acceptAll(outbox, ["msg_4", "msg_5"], { keyId: "key_2", app: "hr", orderKey: "k" })
    await outbox.accept(aRequest({ id: "msg_6", keyId: "key_2", chunks: [aChunk(["1"], { states: ["invalid"] })] }))
    const all = ["alerts key_1 2", "alerts key_2 1", "hr key_2 2"]
    assert.deepEqual(await counted(), all)
    const change = (messageId: string, state: RecipientState, from?: RecipientState[]) =>
      outbox.update({ messageId, at: NOON, updates: [updateOf(state, from && { from })] })
    for (const id of ["msg_1", "msg_4", "msg_5"]) await change(id, "cancelled")
    await change("msg_1", "cancelled")
    assert.deepEqual(await counted(), ["alerts key_1 1", "alerts key_2 1"])
    await change("msg_4", "pending", ["cancelled"])
    const left = ["alerts key_1 1", "alerts key_2 1", "hr key_2 1"]
    assert.deepEqual(await counted(), left)
    await using after = await store.crash()
    assert.deepEqual(await counted(after), left)
  }),

  // proves 28.D4: all of a key or an app cancelled
  rule("what is unfinished of a key or an app is listed by page, each once, whatever blocks it", async (store) => {
    const { outbox, reader } = store.stores
    await acceptAll(outbox, ["msg_1", "msg_2"], { keyId: "key_1" })
    await acceptAll(outbox, ["msg_3", "msg_4"], { keyId: "key_2", sendAt: NOON + HOUR_MS, app: "hr" })
    await acceptAll(outbox, ["msg_5", "msg_6"], { keyId: "key_1", orderKey: "k", app: "hr" })
    await outbox.update({ messageId: "msg_2", at: NOON, updates: [updateOf("failed")] })
    const all = async (of: Whose, limit: number): Promise<readonly string[]> => {
      const ids: string[] = []
      let cursor: string | undefined
      do {
        const page = await reader.unfinishedOf({ of, limit, ...(cursor !== undefined && { cursor }) })
        ids.push(...page.items)
        cursor = page.nextCursor
      } while (cursor !== undefined)
      return ids.toSorted()
    }
    for (const limit of [1, 2, 100]) {
      assert.deepEqual(await all({ keyId: "key_1" }, limit), ["msg_1", "msg_5", "msg_6"])
      assert.deepEqual(await all({ app: "hr" }, limit), ["msg_3", "msg_4", "msg_5", "msg_6"])
    }
    assert.deepEqual(await all({ keyId: "key_3" }, 100), [])
  }),

  rule("it tells how long the oldest has been due", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1"], { acceptedAt: NOON - 5000 })
    await acceptAll(outbox, ["msg_2"], { priority: "high", sendAt: NOON + HOUR_MS })
    await claimDue(outbox)
    const backlog = (await reader.backlog(NOON)).toSorted((a, b) => a.oldestDueMs - b.oldestDueMs)
    assert.deepEqual(backlog, [
      { app: "alerts", priority: "high", unfinished: 1, due: 0, oldestDueMs: 0 },
      { app: "alerts", priority: "normal", unfinished: 1, due: 1, oldestDueMs: 5000 },
    ])
  }),

  // proves 10.6: what operators see
  rule(
    "what should have gone out counts as late whatever it waits for, but not for its lane, and after a retry from then on",
    async ({ stores: { outbox, reader } }) => {
      const late = async (now: number) => {
        const [{ due, oldestDueMs } = { due: 0, oldestDueMs: 0 }] = await reader.backlog(now)
        return [due, oldestDueMs]
      }
      await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
      const claimed = await claimOne(outbox)
      await outbox.release([{ ...claimed, nextAt: NOON + HOUR_MS }])
      assert.deepEqual(await late(NOON + 60_000), [1, 60_000])
      const cancelled = updateOf("cancelled")
      for (const messageId of ["msg_1", "msg_2"])
        await outbox.update({ messageId, at: NOON + 60_000, updates: [cancelled] })
      assert.deepEqual(await late(NOON + 60_000), [0, 0])
      const retried = updateOf("pending", { from: ["cancelled"] })
      await outbox.update({ messageId: "msg_1", at: NOON + HOUR_MS, updates: [retried] })
      assert.deepEqual(await late(NOON + HOUR_MS + 5000), [1, 5000])
    },
  ),

  // proves 10.6: what operators see
  rule(
    "recipients of a call that waits for its next try have the time, and the reason",
    async ({ stores: { outbox, reader } }) => {
      await acceptAll(outbox, ["msg_1"], { to: ["1", "2"] })
      const claimed = await claimOne(outbox)
      await outbox.settle([busy(await begin(outbox, claimed), { retryAt: NOON + 1000 })])
      const lost = await begin(outbox, claimed, { number: 2, call: aCall({ positions: [1] }) })
      await outbox.settle([busy(lost, { result: "in_doubt", retryAt: NOON + 2000 })])
      const { items } = await reader.recipients({ messageId: "msg_1", limit: 9 })
      assert.deepEqual(
        items.map(({ reason, delayedUntil }) => [reason, delayedUntil]),
        [
          ["wecom_busy", NOON + 1000],
          ["unreachable", NOON + 2000],
        ],
      )
    },
  ),

  rule("only recipients that wait for their lane have that reason", async ({ stores: { outbox, reader } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    await acceptAll(outbox, ["msg_3"])
    const behind = async (id: string) => (await reader.message(id, { apps: "all", now: NOON }))?.isBehind
    assert.deepEqual([await behind("msg_1"), await behind("msg_2"), await behind("msg_3")], [false, true, false])
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] })
    assert.equal(await behind("msg_2"), false)
  }),
]
