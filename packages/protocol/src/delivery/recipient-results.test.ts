import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { readSendAnswer } from "./answer.ts"
import { targetKey } from "./call-target.ts"
import type { TargetKind } from "./call-target.ts"
import { ANSWERED_REASONS, getsNextPart, isLookedUpAnew, recipientResults } from "./recipient-results.ts"

const target = (kind: TargetKind, id: string) => ({ kind, id, key: targetKey(kind, id) })
const CALL = [
  target("user", "ZhangSan"),
  target("user", "lisi"),
  target("user", "7"),
  target("department", "7"),
  target("tag", "7"),
]

function resultsOf(answer: Readonly<Record<string, unknown>>, errcode = 0, isSuppressed = false, call = CALL) {
  const results = recipientResults(errcode, readSendAnswer(answer), isSuppressed)
  return {
    each: call.map(({ kind, key }) => {
      const state = results.of(kind, key)
      const reason = ANSWERED_REASONS[state]
      return reason === undefined ? state : `${state} ${reason}`
    }),
    unknown: results.unknownIds(call),
  }
}

const INVALID = "invalid outside_visible_range"
const UNLICENSED = "unlicensed no_licence"

for (const [title, answer, each] of [
  ["an answer that names no recipient: all are sent", { msgid: "m" }, ["sent", "sent", "sent", "sent", "sent"]],
  ["empty lists are no lists", { invaliduser: "", invalidparty: [] }, ["sent", "sent", "sent", "sent", "sent"]],
  ["a member comes back in lower case", { invaliduser: "zhangsan" }, [INVALID, "sent", "sent", "sent", "sent"]],
  ["or with bars and blanks", { invaliduser: " ZHANGSAN | " }, [INVALID, "sent", "sent", "sent", "sent"]],
  ["or in an array", { invaliduser: ["zhangsan"] }, [INVALID, "sent", "sent", "sent", "sent"]],
  ["one number, three lists: a member", { invaliduser: "7" }, ["sent", "sent", INVALID, "sent", "sent"]],
  ["a department", { invalidparty: 7 }, ["sent", "sent", "sent", INVALID, "sent"]],
  ["a tag", { invalidtag: "7" }, ["sent", "sent", "sent", "sent", INVALID]],
  ["no licence", { unlicenseduser: "lisi" }, ["sent", UNLICENSED, "sent", "sent", "sent"]],
  [
    "who is in both lists has no licence",
    { invaliduser: "lisi", unlicenseduser: "lisi" },
    ["sent", UNLICENSED, "sent", "sent", "sent"],
  ],
] as const) {
  test(`errcode 0, ${title}`, () => assert.deepEqual(resultsOf(answer).each, each))
}

test("with 81013 no recipient is sent, listed or not, and the unlicensed are distinguished", () => {
  assert.deepEqual(resultsOf({ unlicenseduser: "lisi" }, 81013).each, [INVALID, UNLICENSED, INVALID, INVALID, INVALID])
  assert.deepEqual(resultsOf({}, 81013).each, [INVALID, INVALID, INVALID, INVALID, INVALID])
})

test("what the caller's own check kept back is suppressed, whom WeCom lists is not", () => {
  assert.deepEqual(resultsOf({ invaliduser: "lisi" }, 0, true).each.slice(0, 2), ["suppressed", INVALID])
})

test("everyone is in the list of members", () => {
  const everybody = [target("all", "@all")]
  assert.deepEqual(resultsOf({ invaliduser: "@all" }, 0, false, everybody).each, [INVALID])
  assert.deepEqual(resultsOf({ invalidparty: "@all" }, 0, false, everybody).each, ["sent"])
})

test("an id that the call did not name makes no recipient invalid, and is reported with its kind", () => {
  const { each, unknown } = resultsOf({ invaliduser: "lisi|Stranger", invalidparty: "7|8", invalidtag: 9 })
  assert.deepEqual(each, ["sent", INVALID, "sent", INVALID, "sent"])
  assert.deepEqual(unknown, ["user stranger", "department 8", "tag 9"])
  assert.deepEqual(resultsOf({}).unknown, [])
})

test("who got a part gets the next one; who did not has no use for it", () => {
  const states = ["sent", "suppressed", "invalid", "unlicensed", "failed", "in_doubt"]
  assert.deepEqual(states.filter(getsNextPart), ["sent", "suppressed"])
})

test("an invalid userid that was remembered is looked up anew, one that was just asked for is not", () => {
  assert.deepEqual(
    [isLookedUpAnew("invalid", true), isLookedUpAnew("invalid", false), isLookedUpAnew("unlicensed", true)],
    [true, false, false],
  )
})

// proves 12.D1: one rule book, in both worlds
test("whatever the answer holds, it never throws and never makes a listed member sent", () => {
  const fields = fc.dictionary(
    fc.constantFrom("invaliduser", "invalidparty", "invalidtag", "unlicenseduser", "msgid", "response_code", "x"),
    fc.oneof(fc.jsonValue(), fc.constantFrom("zhangsan|lisi", ["LISI"], "7", [7], "|||", "@all")),
  )
  fc.assert(
    fc.property(fields, fc.constantFrom(0, 81013), (answer, errcode) => {
      const { each } = resultsOf(answer, errcode)
      for (const [index, { kind, id }] of CALL.entries()) {
        const isListed =
          kind === "user" && [answer["invaliduser"], answer["unlicenseduser"]].some((list) => names(list, id))
        if (isListed || errcode !== 0) assert.notEqual(each[index], "sent")
      }
    }),
    { numRuns: 2000 },
  )
})

function names(list: unknown, id: string): boolean {
  const items = (Array.isArray(list) ? list : [list]).filter(
    (item) => typeof item === "string" || typeof item === "number",
  )
  const written = items.join("|").toLowerCase().split("|")
  return written.some((item) => item.trim() === id.toLowerCase())
}

test("unless the caller's own check is said to have kept it back, it was sent", () => {
  assert.equal(recipientResults(0, readSendAnswer({ invaliduser: "lisi" })).of("user", "zhangsan"), "sent")
})
