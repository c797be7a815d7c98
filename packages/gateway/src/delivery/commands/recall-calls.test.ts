import assert from "node:assert/strict"
import { test } from "node:test"
import type { CallView } from "../../model/ports/reader.ts"
import { HOUR_MS, NOON } from "../../store/testing/build.ts"
import { recallCalls } from "./recall-calls.ts"
import { aCallView, failure, OneMessage } from "../testing/one-message.ts"
import type { Answer } from "../testing/one-message.ts"

const inOnePart = ({ message: { id, app } }: OneMessage) => ({ id, app, partCount: 1 })

async function recall(calls: readonly CallView[], { answers = [] as Answer[], isOpen = true } = {}) {
  const one = new OneMessage({ to: ["1", "2", "3", "4"] })
  for (const chunk of one.outbox.chunksNow) {
    chunk.states.fill("sent")
    chunk.calls.fill(1)
  }
  one.outbox.calls = calls
  one.answers = answers
  const outcomes = await recallCalls(one.deps, { own: isOpen ? one.runtime : undefined }, inOnePart(one))
  return { one, outcomes }
}

test("a call that WeCom takes back is noted with its recipients, and they are counted", async () => {
  const { one, outcomes } = await recall([aCallView({ msgid: "m1", positions: [0, 2, 1000] })])
  assert.deepEqual(outcomes, [{ call: 1, result: "recalled", errcode: 0, errmsg: "ok" }])
  const [request, ...others] = one.requests
  assert.deepEqual(others, [])
  assert.deepEqual([request?.path, request?.body, request?.repeatable], ["message/recall", '{"msgid":"m1"}', true])
  const update = { from: ["sent", "suppressed"], ofCall: 1, state: "recalled" }
  assert.deepEqual(one.outbox.updates, [
    {
      messageId: "msg_1",
      at: NOON,
      recalledCalls: [1],
      updates: [
        { ...update, chunk: 0, slots: [0, 2] },
        { ...update, chunk: 1, slots: [0] },
      ],
    },
  ])
  assert.deepEqual(one.finished, [["alerts", "recalled", 2]])
})

test("where the message is gone meanwhile no recipient is counted", async () => {
  const one = new OneMessage()
  one.outbox.isGone = true
  one.outbox.calls = [aCallView()]
  await recallCalls(one.deps, { own: one.runtime }, inOnePart(one))
  assert.deepEqual(one.finished, [["alerts", "recalled", 0]])
})

test("every call of the message is asked for, in tens", async () => {
  const { one, outcomes } = await recall(Array.from({ length: 21 }, (_, index) => aCallView({ number: index + 1 })))
  assert.deepEqual(
    outcomes.map(({ call }) => call),
    Array.from({ length: 21 }, (_, index) => index + 1),
  )
  assert.equal(one.outbox.pagesRead, 3)
})

for (const [title, call, result] of [
  ["one that has been recalled is reported so", { recalledAt: NOON }, "recalled"],
  ["one that is under way is", { inFlight: true, result: undefined }, "in_flight"],
  ["one whose answer was lost may have arrived", { result: "in_doubt", mayHaveArrived: true }, "unknown"],
  ["one that WeCom gave no msgid is not to be named", { msgid: undefined }, "unknown"],
  ["one of over a day ago is too old", { finishedAt: NOON - 24 * HOUR_MS - 1 }, "expired"],
  ["one that ended at an unknown time is too old", { finishedAt: undefined }, "expired"],
] as const) {
  test(`WeCom is not asked: ${title}`, async () => {
    const { one, outcomes } = await recall([aCallView(call)])
    assert.deepEqual(outcomes, [{ call: 1, result }])
    assert.deepEqual([one.requests, one.outbox.updates], [[], []])
  })
}

test("a call that reached no recipient is not listed", async () => {
  const { outcomes } = await recall([aCallView({ result: "refused" }), aCallView({ result: undefined, number: 2 })])
  assert.deepEqual(outcomes, [])
})

test("a call of just a day ago is asked for", async () => {
  const { outcomes } = await recall([aCallView({ finishedAt: NOON - 24 * HOUR_MS })])
  assert.equal(outcomes[0]?.result, "recalled")
})

test("by an app that cannot be used WeCom cannot be asked, and the result says why", async () => {
  const { one, outcomes } = await recall([aCallView()], { isOpen: false })
  const errmsg = "the app was removed, or its stored secret is damaged"
  assert.deepEqual([outcomes, one.requests], [[{ call: 1, result: "unreachable", errmsg }], []])
})

test("WeCom's refusal is reported, and no recipient counts as recalled", async () => {
  const { one, outcomes } = await recall([aCallView(), aCallView({ number: 2 })], {
    answers: [
      { errcode: 42052, errmsg: "too late" },
      { errcode: 40001, errmsg: "no" },
    ],
  })
  assert.deepEqual(outcomes, [
    { call: 1, result: "expired", errcode: 42052, errmsg: "too late" },
    { call: 2, result: "refused", errcode: 40001, errmsg: "no" },
  ])
  assert.deepEqual([one.outbox.updates, one.finished], [[], []])
})

test("a failure is reported, with a code where there is one", async () => {
  const refused = failure({ code: "refused", errcode: 40013, errmsg: "invalid corpid" })
  const { one, outcomes } = await recall([aCallView(), aCallView({ number: 2 })], { answers: [refused, failure({})] })
  assert.deepEqual(outcomes, [
    { call: 1, result: "unreachable", errcode: 40013, errmsg: "invalid corpid" },
    { call: 2, result: "unreachable", errmsg: "WeCom cannot be reached" },
  ])
  assert.deepEqual(one.outbox.updates, [])
})
