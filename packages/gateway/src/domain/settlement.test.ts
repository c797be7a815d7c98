import assert from "node:assert/strict"
import { test } from "node:test"
import type { ApiAnswer } from "@wecom-push/sdk/internals"
import { decideAttempt, targetKey } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import { settle } from "./settlement.ts"
import type { Settled } from "./settlement.ts"
import type { CallTarget } from "./target.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

/** Each is a recipient of its own; a `?` behind it: its userid was remembered. */
function carried(...names: readonly string[]): CallTarget[] {
  return names.map((name, slot) => {
    const [kind, id] = name.includes(":")
      ? (name.split(":") as [TargetKind, string])
      : (["user", name.replace("?", "")] as const)
    return { kind, id, key: targetKey(kind, id), positions: [slot], remembered: [name.endsWith("?")] }
  })
}

interface Given {
  readonly answer: Partial<ApiAnswer>
  readonly to?: readonly CallTarget[]
  readonly part?: number
  readonly partCount?: number
  readonly attempt?: number
  readonly isSuppressed?: boolean
}

function settled({
  answer,
  to = carried("ZhangSan", "lisi"),
  part = 0,
  partCount = 1,
  attempt = 1,
  isSuppressed = false,
}: Given): Settled {
  const exchange = { kind: "answer", answer: { errcode: 0, errmsg: "ok", ...answer } } as const
  const facts = {
    targetCount: to.length,
    checkSeconds: 14_400,
    firstTryAt: NOW,
    number: attempt,
    spentAttempts: 0,
    mayHaveArrived: false,
    namesMedia: false,
  }
  const decision = decideAttempt(exchange, facts, NOW, () => 1)
  const started = { messageId: "msg_1", number: 7, attempt }
  return settle({ started, targets: to, part, partCount, isSuppressed, finishedAt: NOW }, exchange, decision)
}

/** What becomes of each slot. */
function states({ settlement }: Settled): Record<number, string> {
  return Object.fromEntries(
    settlement.updates.flatMap(({ slots, state, detail }) =>
      slots === "all"
        ? []
        : slots.map((slot) => [slot, detail?.reason === undefined ? state : `${state} ${detail.reason}`]),
    ),
  )
}

test("errcode 0 without a list means everybody, in one update that carries userids and the call", () => {
  const { settlement, survivors, finished } = settled({ answer: { msgid: "m", response_code: "r" } })
  assert.deepEqual(settlement.updates, [
    { chunk: 0, slots: [0, 1], from: ["pending"], state: "sent", userids: ["ZhangSan", "lisi"], call: 7 },
  ])
  assert.deepEqual([settlement.msgid, settlement.responseCode, settlement.final], ["m", "r", true])
  assert.deepEqual([survivors, finished], [[], 2])
})

test("whoever WeCom lists is told so, whatever the case, the form of the list, or what else it names", () => {
  const to = carried("ZhangSan", "lisi", "WangWu", "department:2", "department:3", "tag:1")
  const answer = { invaliduser: ["zhangsan"], unlicenseduser: "wangwu", invalidparty: "3", invalidtag: 1 }
  assert.deepEqual(states(settled({ answer, to })), {
    0: "invalid outside_visible_range",
    1: "sent",
    2: "unlicensed no_licence",
    3: "sent",
    4: "invalid outside_visible_range",
    5: "invalid outside_visible_range",
  })
})

test("a department's number in the list of members judges no department", () => {
  const it = settled({ answer: { invaliduser: "2|stranger" }, to: carried("department:2", "lisi") })
  assert.deepEqual(states(it), { 0: "sent", 1: "sent" })
  assert.deepEqual(it.unknownIds, ["user 2", "user stranger"])
})

test("81013 is everybody, listed or not", () => {
  const it = settled({ answer: { errcode: 81013, unlicenseduser: "lisi" } })
  assert.deepEqual(states(it), { 0: "invalid outside_visible_range", 1: "unlicensed no_licence" })
  assert.equal(it.settlement.result, "refused")
})

test("a remembered userid that WeCom does not know is forgotten and asked anew; one just asked for is invalid", () => {
  const it = settled({ answer: { invaliduser: "a|b" }, to: carried("a?", "b") })
  assert.deepEqual(it.settlement.updates[0], {
    chunk: 0,
    slots: [0],
    from: ["pending"],
    state: "pending",
    userids: [null],
    detail: { fresh: true },
  })
  assert.deepEqual([states(it)[1], it.hasNewOwners, it.finished], ["invalid outside_visible_range", true, 1])
})

test("a remembered userid that alone is refused may have a new owner too: it is asked anew", () => {
  const it = settled({ answer: { errcode: 60111, errmsg: "userid not found" }, to: carried("a?") })
  assert.deepEqual(it.settlement.updates[0]?.detail, { fresh: true })
  assert.deepEqual([states(it), it.hasNewOwners, it.finished], [{ 0: "pending" }, true, 0])
  const justAsked = settled({ answer: { errcode: 60111, errmsg: "userid not found" }, to: carried("a") })
  assert.deepEqual([justAsked.hasNewOwners, justAsked.finished], [false, 1])
})

test("after a part that is not the last, who got it goes on, and who did not is told which part is missing", () => {
  const it = settled({ answer: { invaliduser: "lisi" }, part: 1, partCount: 3 })
  assert.deepEqual(states(it), { 0: "pending", 1: "invalid part_2_of_3_outside_visible_range" })
  assert.deepEqual(
    it.survivors.map(({ id }) => id),
    ["ZhangSan"],
  )
  const last = settled({ answer: {}, part: 2, partCount: 3 })
  assert.deepEqual([states(last), last.survivors], [{ 0: "sent", 1: "sent" }, []])
})

test("what the caller's check kept back is suppressed", () => {
  assert.deepEqual(states(settled({ answer: {}, isSuppressed: true })), { 0: "suppressed", 1: "suppressed" })
})

test("a refusal fails everybody alike, with the code and a problem of the message", () => {
  const { settlement } = settled({ answer: { errcode: 45002, errmsg: "too long" } })
  assert.deepEqual([settlement.final, settlement.reason, settlement.errcode], [true, "call_refused", 45002])
  assert.deepEqual(settlement.problem, { code: "call_refused", errcode: 45002, errmsg: "too long" })
})

test("a problem that was in the way is cleared by a later acceptance, and not written without need", () => {
  assert.equal(settled({ answer: {}, attempt: 2 }).settlement.problem, null)
  assert.equal(settled({ answer: {} }).settlement.problem, undefined)
})

for (const [what, given, expected] of [
  ["accepted", { answer: {} }, { result: "accepted", final: true, spent: true }],
  ["with nobody it can go to", { answer: { errcode: 81013 } }, { result: "refused", final: true, spent: true }],
  ["refused for good", { answer: { errcode: 45002 } }, { result: "refused", final: true, spent: true }],
  ["to be halved", { answer: { errcode: 40003 } }, { result: "refused", final: true, spent: true }],
  ["that a busy WeCom refused", { answer: { errcode: -1 } }, { result: "refused", final: false, spent: true }],
  ["whose app is paused", { answer: { errcode: 60020 } }, { result: "refused", final: false, spent: false }],
] as const) {
  test(`an attempt ${what} ${expected.final ? "ends" : "does not end"} its call and ${expected.spent ? "counts" : "does not count"}`, () => {
    const { result, final, spent } = settled(given).settlement
    assert.deepEqual({ result, final, spent }, expected)
  })
}
