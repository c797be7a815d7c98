import assert from "node:assert/strict"
import { setImmediate as immediate } from "node:timers/promises"
import type { Due } from "../../../model/ports/claims.ts"
import { accepted, aCall, acceptAll, begin, claimDue, claimOne, HOUR_MS, NOON, updateOf } from "../build.ts"
import { rule } from "./rule.ts"

/** Claims by leases, and the store's notices that something is due. */
export const claimRules = [
  rule("a claim ends with its lease, and a later one has a greater number", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [first] = await claimDue(outbox, { leaseMs: 1000 })
    assert.deepEqual(await claimDue(outbox, { now: NOON + 999 }), [])
    const [second] = await claimDue(outbox, { now: NOON + 1000 })
    assert.ok(first !== undefined && second !== undefined && second.claim > first.claim)
    assert.deepEqual(await outbox.renew([first, second], NOON + HOUR_MS), [false, true])
  }),

  rule("a renewed claim lasts longer", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const claims = await claimDue(outbox, { leaseMs: 1000 })
    assert.deepEqual(await outbox.renew(claims, NOON + 5000), [true])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 4999 }), [])
    assert.equal((await claimDue(outbox, { now: NOON + 5000 })).length, 1)
  }),

  rule("who has lost a claim cannot release the message of the next", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [first] = await claimDue(outbox, { leaseMs: 1000 })
    await claimDue(outbox, { now: NOON + 1000 })
    assert.ok(first !== undefined)
    await outbox.release([{ ...first, nextAt: NOON }])
    assert.deepEqual(await claimDue(outbox, { now: NOON + 2000 }), [])
  }),

  rule("it tells what waits, and from when on", async (store) => {
    const { outbox } = store.stores
    assert.deepEqual([await outbox.unfinished(), await outbox.appsWithWork()], [0, []])
    await acceptAll(outbox, ["msg_1", "msg_2"], { sendAt: NOON + 1000 })
    await acceptAll(outbox, ["msg_3"], { app: "hr", priority: "bulk" })
    assert.deepEqual([await outbox.unfinished(), await outbox.appsWithWork()], [3, ["alerts", "hr"]])
    const alerts = [{ app: "alerts", priority: "normal", unfinished: 2, dueAt: NOON + 1000 }]
    const hr = { app: "hr", priority: "bulk", unfinished: 1, dueAt: NOON }
    assert.deepEqual(await outbox.waiting("alerts", NOON), alerts)
    assert.deepEqual(await outbox.waiting("hr", NOON), [hr])
    assert.deepEqual(await outbox.waiting("hr", NOON, ["bulk"]), [hr])
    assert.deepEqual(await outbox.waiting("hr", NOON, ["high", "normal"]), [])
    await claimDue(outbox, { app: "hr" })
    assert.deepEqual(await outbox.waiting("hr", NOON), [{ ...hr, dueAt: undefined }])
    await outbox.update({ messageId: "msg_3", at: NOON, updates: [updateOf("cancelled")] })
    assert.deepEqual(await outbox.waiting("hr", NOON), [])
    await using after = await store.crash()
    const again = after.stores.outbox
    assert.deepEqual([await again.unfinished(), await again.appsWithWork()], [2, ["alerts"]])
    assert.deepEqual(await again.waiting("alerts", NOON), alerts)
  }),

  rule("a listener for work hears of it, until it stops listening", async ({ stores: { outbox } }) => {
    let told = 0
    const end = outbox.onWork(() => told++)
    await acceptAll(outbox, ["msg_1"])
    await immediate()
    assert.equal(told, 1)
    const claimed = await claimOne(outbox)
    await outbox.release([{ ...claimed, nextAt: NOON }])
    await immediate()
    assert.equal(told, 2)
    end()
    await acceptAll(outbox, ["msg_2"])
    await immediate()
    assert.equal(told, 2)
  }),

  rule("a listener for work hears of what is scheduled, at once or with its time", async ({ stores: { outbox } }) => {
    const told: (Due | undefined)[] = []
    outbox.onWork((due) => told.push(due))
    await acceptAll(outbox, ["msg_1"], { sendAt: NOON + HOUR_MS })
    await immediate()
    assert.equal(told.length, 1)
    const { app, at } = told[0] ?? { app: "alerts" }
    assert.equal(app, "alerts")
    assert.ok(at === undefined || at === NOON + HOUR_MS)
  }),

  rule("who has lost the claim may not begin", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [first] = await claimDue(outbox, { leaseMs: 1000 })
    assert.ok(first !== undefined)
    await claimDue(outbox, { now: NOON + 1000 })
    const start = { ...first, number: 1, startedAt: NOON + 1000, frozen: aCall() }
    assert.deepEqual(await outbox.begin([start]), [])
    assert.deepEqual(await outbox.openCalls("msg_1"), [])
  }),

  rule("a claim past its lease may not begin, claimed by another or not", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1"])
    const [claimed] = await claimDue(outbox, { leaseMs: 1000 })
    assert.ok(claimed !== undefined)
    assert.deepEqual(await outbox.begin([{ ...claimed, number: 1, startedAt: NOON + 1000, frozen: aCall() }]), [])
  }),

  rule("a settle that frees a lane says so", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"], { orderKey: "k" })
    let told = 0
    outbox.onWork(() => told++)
    const started = await begin(outbox, await claimOne(outbox))
    await outbox.settle([accepted(started)])
    assert.equal(told > 0, true)
  }),

  rule("a listener for work hears whose messages are called", async ({ stores: { outbox } }) => {
    await acceptAll(outbox, ["msg_1", "msg_2"])
    await acceptAll(outbox, ["msg_3"], { app: "hr" })
    const waiting = [...(await claimDue(outbox)), ...(await claimDue(outbox, { app: "hr" }))]
    await outbox.release(waiting.map((held) => ({ ...held, nextAt: NOON + HOUR_MS })))
    const told: (Due | undefined)[] = []
    outbox.onWork((due) => told.push(due))
    await outbox.makeDue(["msg_1", "msg_3", "msg_unknown"], NOON + 1)
    assert.deepEqual(told.map((due) => due?.app ?? "any").toSorted(), ["alerts", "hr"])
  }),
]
