import assert from "node:assert/strict"
import { test } from "node:test"
import { NOON } from "../../store/testing/build.ts"
import { aTarget, OneMessage } from "../testing/one-message.ts"
import { withinLimits } from "./within-limits.ts"

const TARGETS = [aTarget("a", 0), aTarget("b", 1, 2), aTarget("c", 3)]

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
