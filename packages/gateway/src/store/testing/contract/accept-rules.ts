import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import type { IdempotencyRecord } from "../../../model/ports/outbox.ts"
import type { LocalStores } from "../../../model/ports/stores.ts"
import {
  aChunk,
  acceptAll,
  aKey,
  aRequest,
  aSource,
  chunksOf,
  claimDue,
  claimOne,
  HOUR_MS,
  NOON,
  updateOf,
} from "../build.ts"
import { rule } from "./rule.ts"

const key = { client: "key_1", key: "order-4711", fingerprint: "f1", expiresAt: NOON + 72 * HOUR_MS }

export const acceptRules = [
  rule("what was accepted is there after a crash", async (store) => {
    assert.deepEqual(await store.stores.outbox.accept(aRequest()), { kind: "accepted", state: "queued" })
    await using after = await store.crash()
    assert.equal((await claimOne(after.stores.outbox)).messageId, "msg_1")
  }),

  rule("a message comes back as it was given", async ({ stores: { outbox } }) => {
    const { message } = aRequest({
      parts: ['{"a":"1\\n"}', '{"a":"磁盘"}'],
      priority: "high",
      orderKey: "deploy",
      duplicateCheck: { by: "caller", intervalSeconds: 1800 },
      otherwise: { app: "hr", msgtype: "text", parts: ['{"a":"磁盘"}'] },
    })
    await outbox.accept({ message, chunks: [aChunk(["13800000001"])] })
    const claimed = await claimOne(outbox)
    assert.deepEqual(claimed.message, message)
    assert.deepEqual([claimed.chunkCount, claimed.callCount, claimed.counts.pending], [1, 0, 1])
  }),

  // proves 30.trace: over a crash
  rule("30.trace: the trace of a message is there after a crash, for its calls and its recall", async (store) => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1"
    const { outbox } = store.stores
    await acceptAll(outbox, ["msg_1"], { trace })
    await acceptAll(outbox, ["msg_2"])
    await using after = await store.crash()
    const claimed = await claimDue(after.stores.outbox)
    const { reader } = after.stores
    for (const { messageId, message } of claimed) {
      const detail = await reader.message(messageId, { apps: "all", now: NOON })
      const expected = messageId === "msg_1" ? trace : undefined
      assert.deepEqual([message.trace, detail?.trace], [expected, expected])
    }
    assert.equal(claimed.length, 2)
  }),

  rule("recipients come back as they were given, one chunk or several", async ({ stores: { outbox } }) => {
    const chunk = aChunk(["13800000001", "zhangsan", "2"], {
      types: ["mobile", "user", "department"],
      states: ["invalid", "pending", "pending"],
      userids: [null, "zhangsan", null],
      details: { 0: { reason: "malformed_mobile", at: NOON } },
    })
    await outbox.accept(aRequest({ id: "msg_1", chunks: [chunk] }))
    assert.deepEqual(await outbox.chunks({ messageId: "msg_1", from: 0, count: 9 }), [chunk])
    const chunks = chunksOf(["a", "b", "c", "d", "e", "f", "g"])
    await outbox.accept(aRequest({ id: "msg_2", chunks }))
    assert.deepEqual(await outbox.chunks({ messageId: "msg_2", from: 0, count: 9 }), chunks)
    assert.deepEqual(await outbox.chunks({ messageId: "msg_2", from: 1, count: 1 }), chunks.slice(1, 2))
    assert.deepEqual(await outbox.chunks({ messageId: "msg_2", from: 3, count: 1 }), [])
  }),

  rule("the same key and request again give the first message, and no second one", async ({ stores: { outbox } }) => {
    await outbox.accept(aRequest({ id: "msg_1", sendAt: NOON + HOUR_MS, idempotency: key }))
    const again = await outbox.accept(aRequest({ id: "msg_2", acceptedAt: NOON + 2 * HOUR_MS, idempotency: key }))
    assert.deepEqual(again, { kind: "replayed", messageId: "msg_1", state: "scheduled", recipientCount: 1 })
    assert.equal((await claimOne(outbox, NOON + 2 * HOUR_MS)).messageId, "msg_1")
  }),

  rule("a hundred requests with one key at once make one message", async ({ stores: { outbox } }) => {
    const requests = Array.from({ length: 100 }, (_, n) => aRequest({ id: `msg_${n}`, idempotency: key }))
    const results = await Promise.all(requests.map((request) => outbox.accept(request)))
    assert.equal(results.filter(({ kind }) => kind === "accepted").length, 1)
    assert.equal(results.filter(({ kind }) => kind === "replayed").length, 99)
    assert.equal((await claimDue(outbox)).length, 1)
  }),

  rule("a key is remembered over a crash", async (store) => {
    await store.stores.outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    await using after = await store.crash()
    const again = await after.stores.outbox.accept(aRequest({ id: "msg_2", idempotency: key }))
    assert.equal(again.kind === "replayed" ? again.messageId : again.kind, "msg_1")
  }),

  rule("the same key with another request is refused, and stores nothing", async ({ stores: { outbox } }) => {
    await outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    const other = await outbox.accept(aRequest({ id: "msg_2", idempotency: { ...key, fingerprint: "f2" } }))
    assert.deepEqual(other, { kind: "key_reused" })
    assert.equal((await claimDue(outbox)).length, 1)
  }),

  rule("the same key of another client is another key", async ({ stores: { outbox } }) => {
    await outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    const other = await outbox.accept(aRequest({ id: "msg_2", idempotency: { ...key, client: "key_2" } }))
    assert.equal(other.kind, "accepted")
  }),

  rule("what a key was used for can be looked up, until it has expired", async ({ stores: { outbox } }) => {
    assert.equal(await outbox.earlier(key, NOON), undefined)
    await outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    const replayed = { kind: "replayed", messageId: "msg_1", state: "queued", recipientCount: 1 }
    assert.deepEqual(await outbox.earlier(key, key.expiresAt - 1), replayed)
    assert.deepEqual(await outbox.earlier({ ...key, fingerprint: "f2" }, NOON), { kind: "key_reused" })
    assert.equal(await outbox.earlier({ ...key, client: "key_2" }, NOON), undefined)
    assert.equal(await outbox.earlier(key, key.expiresAt), undefined)
  }),

  rule("a key is free again once it has expired, and not before", async ({ stores: { outbox } }) => {
    await outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    const acceptedAt = key.expiresAt
    const before = await outbox.accept(aRequest({ id: "msg_2", acceptedAt: acceptedAt - 1, idempotency: key }))
    assert.equal(before.kind, "replayed")
    const after = await outbox.accept(
      aRequest({ id: "msg_3", acceptedAt, idempotency: { ...key, fingerprint: "f3", expiresAt: acceptedAt + 1 } }),
    )
    assert.equal(after.kind, "accepted")
  }),

  rule("a key that the end of its message frees is free from then on, and not before", async (store) => {
    const { outbox } = store.stores
    const freed = { ...key, key: "join", expiresAt: NOON + 60_000, isFreedByEnd: true } as const
    const accept = (id: string, at = NOON) => outbox.accept(aRequest({ id, acceptedAt: at, idempotency: freed }))
    const replayed = { kind: "replayed", messageId: "msg_1", state: "queued", recipientCount: 1 }
    assert.equal((await accept("msg_1")).kind, "accepted")
    assert.deepEqual(await accept("msg_2"), replayed)
    assert.deepEqual(await outbox.earlier(freed, NOON), replayed)
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] })
    assert.equal(await outbox.earlier(freed, NOON), undefined)
    const [third, fourth] = await Promise.all([accept("msg_3"), accept("msg_4")])
    assert.deepEqual([third.kind, fourth.kind].toSorted(), ["accepted", "replayed"])
    assert.equal((await accept("msg_5", NOON + 60_000)).kind, "accepted")
  }),

  rule("equal requests join the first until it is finished or their time is over, after a crash too", async (store) => {
    const accept = async (id: string, idempotency: IdempotencyRecord, at = NOON, { outbox } = store.stores) => {
      const result = await outbox.accept(aRequest({ id, acceptedAt: at, idempotency }))
      return result.kind === "replayed" ? result.messageId : result.kind
    }
    assert.equal(await accept("msg_1", join("a")), "accepted")
    assert.equal(await accept("msg_2", join("a", "key_2")), "accepted")
    assert.deepEqual(await Promise.all([accept("msg_3", join("b")), accept("msg_4", join("b"))]), ["accepted", "msg_3"])
    await store.stores.outbox.update({ messageId: "msg_3", at: NOON, updates: [updateOf("cancelled")] })
    assert.equal(await store.stores.outbox.earlier(join("b"), NOON), undefined)
    assert.equal(await accept("msg_5", join("b")), "accepted")

    await using after = await store.crash()
    const { outbox } = after.stores
    const earlier = await outbox.earlier(join("a", "key_2"), NOON)
    assert.equal(earlier?.kind === "replayed" ? earlier.messageId : earlier?.kind, "msg_2")
    assert.equal(await accept("msg_6", join("a"), NOON + 59_999, after.stores), "msg_1")
    assert.equal(await accept("msg_7", join("b"), NOON, after.stores), "msg_5")
    assert.equal(await accept("msg_8", join("a", "key_1", NOON + 120_000), NOON + 60_000, after.stores), "accepted")
    assert.equal(await accept("msg_9", join("a", "key_1", NOON + 120_001), NOON + 60_001, after.stores), "msg_8")
  }),

  rule("a key that its time alone frees stays when its message is finished", async ({ stores: { outbox } }) => {
    await outbox.accept(aRequest({ id: "msg_1", idempotency: key }))
    await outbox.update({ messageId: "msg_1", at: NOON, updates: [updateOf("cancelled")] })
    assert.equal((await outbox.accept(aRequest({ id: "msg_2", idempotency: key }))).kind, "replayed")
  }),

  // proves 28.D5: a key revoked at work
  rule("what comes with a key that has been revoked is not taken, and keeps no other back", async ({ stores }) => {
    const { outbox, keys } = stores
    for (const id of ["key_1", "key_2"]) await keys.add(aKey(id))
    await keys.revoke("key_1", NOON)
    const kinds = await Promise.all(
      ["key_1", "key_2", "key_of_no_record"].map(async (keyId, n) => {
        const request = aRequest({ id: `msg_${n}`, keyId, idempotency: { ...key, client: keyId } })
        return (await outbox.accept(request)).kind
      }),
    )
    assert.deepEqual(kinds, ["key_revoked", "accepted", "accepted"])
    const large = await outbox.accept(aRequest({ id: "msg_3", keyId: "key_1", to: LARGE, chunks: chunksOf(LARGE) }))
    assert.equal(large.kind, "key_revoked")
    assert.deepEqual(await outbox.chunks({ messageId: "msg_3", from: 0, count: 1 }), [])
    assert.equal((await claimDue(outbox)).length, 2)
    assert.equal(await outbox.earlier({ ...key, client: "key_1" }, NOON), undefined)
  }),

  // proves 32.in.revoked: a source removed at work
  rule("what comes of a source that has been removed is not taken, and keeps no other back", async ({ stores }) => {
    const { outbox, sources } = stores
    for (const id of ["src_1", "src_2"]) await sources.add({ ...aSource, id, hash: id.padEnd(64, "0") })
    await sources.remove("src_1")
    const kinds = await Promise.all(
      ["src_1", "src_2", "key_of_no_record"].map(async (keyId, n) => {
        return (await outbox.accept(aRequest({ id: `msg_${n}`, keyId }))).kind
      }),
    )
    assert.deepEqual(kinds, ["key_revoked", "accepted", "accepted"])
    assert.equal((await claimDue(outbox)).length, 2)
  }),

  rule("a request that cannot be stored fails alone", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const results = await Promise.allSettled(["msg_2", "msg_1", "msg_3"].map((id) => outbox.accept(aRequest({ id }))))
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    )
    const ids = (await claimDue(outbox)).map(({ messageId }) => messageId)
    assert.deepEqual(ids, ["msg_1", "msg_2", "msg_3"])
  }),

  rule("a message with no recipient left to send to is finished when it is accepted", async ({ stores }) => {
    const { outbox, reader } = stores
    const chunks = [aChunk(["1", "2"], { states: ["invalid", "invalid"] })]
    assert.deepEqual(await outbox.accept(aRequest({ chunks })), { kind: "accepted", state: "failed" })
    assert.deepEqual(await claimDue(outbox), [])
    const message = await reader.message("msg_1", { apps: "all", now: NOON })
    assert.deepEqual([message?.state, message?.finishedAt, message?.counts.invalid], ["failed", NOON, 2])
  }),

  rule("a large message is seen when all of it is stored, and not before", async ({ stores }) => {
    // A busy machine may store all of it before the first look: then the next message is tried.
    for (let n = 1; !(await isMissedBefore(stores, `msg_${n}`)); n++) assert.ok(n < 20, "no look came before")
  }),

  rule("of a large message that a crash cut short nothing is left", async (store) => {
    const over = new AbortController()
    // Endless before the crash, however fast the machine is.
    const chunks = function* () {
      for (let index = 0; !over.signal.aborted; index++) yield aChunk(["user1", "user2", "user3"], { index })
    }
    const lost = store.stores.outbox.accept(aRequest({ id: "msg_1", to: LARGE, chunks: { [Symbol.iterator]: chunks } }))
    const end = Promise.allSettled([lost])
    for (let turn = 0; turn < 3; turn++) await immediate()
    await using after = await store.crash()
    try {
      assert.deepEqual(await claimDue(after.stores.outbox), [])
      assert.deepEqual(await after.stores.outbox.chunks({ messageId: "msg_1", from: 0, count: 9 }), [])
      const again = await after.stores.outbox.accept(aRequest({ id: "msg_1", to: LARGE, chunks: chunksOf(LARGE) }))
      assert.equal(again.kind, "accepted")
    } finally {
      over.abort()
      await end
    }
  }),

  rule("a large message that repeats a key leaves nothing behind", async ({ stores: { outbox } }) => {
    const requests = ["msg_1", "msg_2"].map((id) =>
      aRequest({ id, to: LARGE, chunks: chunksOf(LARGE), idempotency: key }),
    )
    const kinds = await Promise.all(requests.map((request) => outbox.accept(request)))
    assert.deepEqual(kinds.map(({ kind }) => kind).sort(), ["accepted", "replayed"])
    const loser = kinds[0]?.kind === "accepted" ? "msg_2" : "msg_1"
    assert.deepEqual(await outbox.chunks({ messageId: loser, from: 0, count: 1 }), [])
  }),
]

const LARGE = Array.from({ length: 600 }, (_, n) => `user${n}`)

/** Stores a large message, which must be seen whole or not at all. @returns whether a look came before it was stored */
async function isMissedBefore({ outbox, reader }: LocalStores, id: string): Promise<boolean> {
  const seen: (number | undefined)[] = []
  const look = async (): Promise<void> => {
    const { items } = await reader.messages({ apps: "all", now: NOON, limit: 99 })
    const isThere = items.some((item) => item.id === id)
    const chunks = isThere ? await outbox.chunks({ messageId: id, from: 0, count: 999 }) : undefined
    seen.push(chunks?.reduce((count, { addresses }) => count + addresses.length, 0))
  }
  // The first look may have to open a connection, which takes longer than storing the message.
  await look()
  seen.length = 0
  const state = { isStored: false }
  const accepting = outbox.accept(aRequest({ id, to: LARGE, chunks: chunksOf(LARGE) })).finally(() => {
    state.isStored = true
  })
  for (; !state.isStored; await immediate()) await look()
  assert.equal((await accepting).kind, "accepted")
  await look()
  assert.deepEqual(
    seen.filter((count) => count !== undefined && count !== LARGE.length),
    [],
  )
  assert.equal(seen.at(-1), LARGE.length)
  const message = await reader.message(id, { apps: "all", now: NOON })
  assert.equal(message?.counts.pending, LARGE.length)
  return seen.includes(undefined)
}

/** The record of a request that equal requests join. @param what a digit of its hash */
function join(what: string, client = "key_1", expiresAt = NOON + 60_000): IdempotencyRecord {
  return { client, key: `join ${what.repeat(64)}`, fingerprint: what.repeat(64), expiresAt, isFreedByEnd: true }
}
