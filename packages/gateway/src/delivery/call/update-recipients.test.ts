import assert from "node:assert/strict"
import { test } from "node:test"
import { NOON } from "../../store/testing/build.ts"
import { aFrozenCall, OneMessage } from "../testing/one-message.ts"
import { aTarget } from "../../model/testing/a-target.ts"
import { countFinished, expire, giveUp, withinLimits } from "./update-recipients.ts"

const TARGETS = [aTarget("a", 0), aTarget("b", 1, 2), aTarget("c", 3)]

test("recipients in a final state are counted, and no others", () => {
  const one = new OneMessage()
  const of = { chunk: 0, from: ["pending"] } as const
  countFinished(one.run, [
    { ...of, slots: [0, 1, 2], state: "sent" },
    { ...of, slots: [3], state: "pending" },
    { ...of, slots: [4], state: "invalid" },
  ])
  assert.deepEqual(one.finished, [
    ["alerts", "sent", 3],
    ["alerts", "invalid", 1],
  ])
})

test("of a change of all slots the number is not known: the caller counts them", () => {
  const one = new OneMessage()
  countFinished(one.run, [{ chunk: 0, from: ["pending"], slots: "all", state: "expired" }])
  assert.deepEqual(one.finished, [])
})

test("all recipients of a call that WeCom refuses fail by its code, and are counted", async () => {
  const one = new OneMessage({ to: ["1", "2", "3", "4"] })
  await giveUp(one.run, TARGETS.slice(0, 2), 0, 45002)
  const detail = { reason: "call_refused", errcode: 45002 }
  const update = { chunk: 0, slots: [0, 1, 2], from: ["pending"], state: "failed", detail }
  assert.deepEqual(
    one.outbox.updates.map(({ updates }) => updates),
    [[update]],
  )
  assert.deepEqual(one.finished, [["alerts", "failed", 3]])
})

test("of a later part the reason says which, and no code is shown where there is none", async () => {
  const one = new OneMessage({ to: ["1", "2", "3"], parts: ["{}", "{}", "{}"] })
  await giveUp(one.run, TARGETS.slice(0, 2), 1, undefined)
  assert.deepEqual(one.outbox.updates[0]?.updates[0]?.detail, { reason: "part_2_of_3_call_refused" })
})

test("what has not gone out never will: calls that wait are closed, and all who are pending are counted", async () => {
  const one = new OneMessage({ to: ["1", "2"] })
  one.outbox.open.set("msg_1", [aFrozenCall(), aFrozenCall({ number: 2 })])
  await expire(one.run)
  assert.deepEqual(one.outbox.updates, [
    {
      messageId: "msg_1",
      at: NOON,
      updates: [{ chunk: 0, slots: "all", from: ["pending"], state: "expired" }],
      closeCalls: [1, 2],
    },
  ])
  assert.deepEqual(one.finished, [["alerts", "expired", 2]])
})

test("recipients that have to wait have the reason and the time, and the others are sent", async () => {
  const one = new OneMessage({ to: ["1", "2", "3", "4"] })
  one.governor.limitedAtLast.set("b", { untilMs: NOON + 2000, reason: "member_rate" })
  one.governor.limitedAtLast.set("c", { untilMs: NOON + 1000, reason: "day_quota" })
  const going = await withinLimits(one.run, one.governor.reserve("normal"), TARGETS)
  assert.deepEqual(going, [TARGETS[0]])
  const waiting = { chunk: 0, from: ["pending"], state: "pending" }
  assert.deepEqual(one.outbox.updates, [
    {
      messageId: "msg_1",
      at: NOON,
      updates: [
        { ...waiting, slots: [1, 2], detail: { delayedUntil: NOON + 2000, reason: "member_rate" } },
        { ...waiting, slots: [3], detail: { delayedUntil: NOON + 1000, reason: "day_quota" } },
      ],
    },
  ])
  assert.equal(one.run.nextWake.nextAt, NOON + 1000)
  assert.deepEqual(one.throttled, [
    ["alerts", "member_rate", undefined],
    ["alerts", "day_quota", undefined],
  ])
})

test("where no recipient has to wait nothing is written", async () => {
  const one = new OneMessage()
  assert.deepEqual(await withinLimits(one.run, one.governor.reserve("normal"), TARGETS), TARGETS)
  assert.deepEqual([one.outbox.updates, one.run.nextWake.nextAt], [[], Infinity])
})
