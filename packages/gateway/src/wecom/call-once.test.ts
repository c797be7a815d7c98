import assert from "node:assert/strict"
import { test } from "node:test"
import { NOON } from "../store/testing/build.ts"
import { callOnce } from "./call-once.ts"
import { failure, OneMessage } from "../delivery/testing/one-message.ts"

const SEND = { path: "message/send", body: "{}", repeatable: true }

test("a request goes out once, as a POST of these bytes, and its answer is a value", async () => {
  const one = new OneMessage()
  one.answers = [{ errcode: 45009, errmsg: "no" }]
  const end = await callOnce(one.api, SEND)
  assert.deepEqual(end, { kind: "answer", answer: { errcode: 45009, errmsg: "no", msgid: "wecom-msgid" } })
  assert.deepEqual(one.requests, [{ ...SEND, method: "POST", tries: "once", deadline: NOON + 15_000 }])
})

test("it has fifteen seconds, and what a big body takes beyond, unless there is less", async () => {
  const one = new OneMessage()
  const deadlineOf = async (more: object): Promise<number | undefined> => {
    await callOnce(one.api, { ...SEND, ...more })
    return one.requests.at(-1)?.deadline
  }
  assert.equal(await deadlineOf({ extraTimeMs: 4000 }), NOON + 19_000)
  assert.equal(await deadlineOf({ deadline: NOON + 7000 }), NOON + 7000)
  assert.equal(await deadlineOf({ deadline: NOON + 70_000 }), NOON + 15_000)
})

test("a failure is a value, in the words of WeCom where there are any", async () => {
  const one = new OneMessage()
  const details = { code: "refused", class: "configuration", errcode: 40013 } as const
  one.answers = [failure({ ...details, errmsg: "invalid corpid" }), failure({ failure: "dns" })]
  const failed = { ...details, errmsg: "invalid corpid", kind: undefined }
  assert.deepEqual(await callOnce(one.api, SEND), { kind: "failure", failure: failed })
  const unreachable = { code: "unreachable", class: undefined, errcode: undefined, kind: "dns" }
  const errmsg = "WeCom cannot be reached"
  assert.deepEqual(await callOnce(one.api, SEND), { kind: "failure", failure: { ...unreachable, errmsg } })
})

test("whatever else is thrown is a mistake of ours", async () => {
  const one = new OneMessage()
  one.answers = [new TypeError("not of WeCom")]
  await assert.rejects(callOnce(one.api, SEND), TypeError)
})
