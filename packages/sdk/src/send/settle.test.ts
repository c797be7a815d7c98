import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { settleAnswer } from "./settle.ts"
import { newTarget } from "./target.ts"
import type { Target } from "./target.ts"

const ZHANGSAN = newTarget("user", "ZhangSan")
const LISI = newTarget("user", "lisi")
const SEVEN = newTarget("user", "7")
const DEPARTMENT = newTarget("department", "7")
const TAG = newTarget("tag", "7")
const ALL = [ZHANGSAN, LISI, SEVEN, DEPARTMENT, TAG]

function statesAfter(fields: object): string[] {
  const { fateOf } = settleAnswer(ALL, { errcode: 0, errmsg: "ok", msgid: "m", ...fields })
  return ALL.map((target) => fateOf(target).state)
}

test("everybody is sent whom the answer does not name, with its msgid", () => {
  const { fateOf, strangers } = settleAnswer(ALL, { errcode: 0, errmsg: "ok", msgid: "m" })
  for (const target of ALL) assert.deepEqual(fateOf(target), { state: "sent", errcode: 0, msgid: "m" })
  assert.deepEqual(strangers, [])
})

test("names are compared without case, and lists may be texts, arrays, numbers or empty", () => {
  for (const invaliduser of ["zhangsan", "ZHANGSAN|", ["zhangsan"], " zhangsan | "]) {
    assert.deepEqual(statesAfter({ invaliduser, invalidparty: "", invalidtag: [] }), [
      "invalid",
      "sent",
      "sent",
      "sent",
      "sent",
    ])
  }
})

test("a user, a department and a tag with one number are told apart", () => {
  assert.deepEqual(statesAfter({ invaliduser: "7" }), ["sent", "sent", "invalid", "sent", "sent"])
  assert.deepEqual(statesAfter({ invalidparty: 7 }), ["sent", "sent", "sent", "invalid", "sent"])
  assert.deepEqual(statesAfter({ invalidtag: "7" }), ["sent", "sent", "sent", "sent", "invalid"])
})

test("with 81013 nobody is sent, listed or not, and the unlicensed are told apart", () => {
  assert.deepEqual(statesAfter({ errcode: 81013, unlicenseduser: "lisi", msgid: "x" }), [
    "invalid",
    "unlicensed",
    "invalid",
    "invalid",
    "invalid",
  ])
})

test("an answer without a msgid, as old ones are, still counts", () => {
  const { fateOf } = settleAnswer([LISI], { errcode: 0, errmsg: "ok" })
  assert.deepEqual(fateOf(LISI), { state: "sent", errcode: 0 })
})

test("whatever the answer holds, it never throws and never makes a listed member sent", () => {
  const fields = fc.dictionary(
    fc.constantFrom("invaliduser", "invalidparty", "invalidtag", "unlicenseduser", "msgid", "response_code", "x"),
    fc.oneof(fc.jsonValue(), fc.constantFrom("zhangsan|lisi", ["LISI"], "7", [7], "|||", "@all")),
  )
  fc.assert(
    fc.property(fields, fc.constantFrom(0, 81013), (answer, errcode) => {
      const { fateOf } = settleAnswer(ALL, { errmsg: "", ...answer, errcode })
      for (const target of ALL) {
        const isListed = [answer["invaliduser"], answer["unlicenseduser"]].some((list) => names(list, target))
        if (isListed || errcode !== 0) assert.notEqual(fateOf(target).state, "sent")
      }
    }),
    { numRuns: 2000 },
  )
})

function names(list: unknown, { kind, id }: Target): boolean {
  const items = (Array.isArray(list) ? list : [list]).filter(
    (item) => typeof item === "string" || typeof item === "number",
  )
  return (
    kind === "user" &&
    items
      .join("|")
      .toLowerCase()
      .split("|")
      .some((item) => item.trim() === id.toLowerCase())
  )
}
