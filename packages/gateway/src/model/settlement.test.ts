import assert from "node:assert/strict"
import { test } from "node:test"
import type { ApiAnswer } from "@wecom-push/sdk/internals"
import { APP_MESSAGE, decideAttempt, SMART_ROBOT, targetKey } from "@wecom-push/protocol/delivery"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { AttemptDecision, AttemptEnd } from "@wecom-push/protocol/delivery"
import { settle } from "./settlement.ts"
import type { Settled } from "./settlement.ts"
import type { CallTarget } from "./target.ts"

const NOW = Date.UTC(2026, 10, 25, 4)

/** Each name is a recipient; a `?` after it: its userid was remembered. */
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
    kind: APP_MESSAGE,
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
  return settle(
    { kind: APP_MESSAGE, started, targets: to, part, partCount, isSuppressed, finishedAt: NOW },
    exchange,
    decision,
  )
}

/** The new state of each slot. */
function states({ settlement }: Settled): Record<number, string> {
  return Object.fromEntries(
    settlement.updates.flatMap(({ slots, state, detail }) =>
      slots === "all"
        ? []
        : slots.map((slot) => [slot, detail?.reason === undefined ? state : `${state} ${detail.reason}`]),
    ),
  )
}

test("errcode 0 without a list means every recipient, in one update that carries userids and the call", () => {
  const { settlement, survivors, finished } = settled({ answer: { msgid: "m", response_code: "r" } })
  assert.deepEqual(settlement.updates, [
    { chunk: 0, slots: [0, 1], from: ["pending"], state: "sent", userids: ["ZhangSan", "lisi"], call: 7 },
  ])
  assert.deepEqual([settlement.msgid, settlement.responseCode, settlement.final], ["m", "r", true])
  assert.deepEqual([survivors, finished], [[], 2])
})

test("recipients that WeCom lists get that result, whatever the case, the form of the list, or what else it names", () => {
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

test("81013 means every recipient, listed or not", () => {
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

test("after a part that is not the last, recipients that got it continue, and those that did not have the missing part in their reason", () => {
  const it = settled({ answer: { invaliduser: "lisi" }, part: 1, partCount: 3 })
  assert.deepEqual(states(it), { 0: "pending", 1: "invalid part_2_of_3_outside_visible_range" })
  assert.deepEqual(
    it.survivors.map(({ id }) => id),
    ["ZhangSan"],
  )
  const last = settled({ answer: {}, part: 2, partCount: 3 })
  assert.deepEqual([states(last), last.survivors], [{ 0: "sent", 1: "sent" }, []])
})

test("a call that the caller's duplicate check kept back is suppressed", () => {
  assert.deepEqual(states(settled({ answer: {}, isSuppressed: true })), { 0: "suppressed", 1: "suppressed" })
})

test("a refusal fails every recipient alike, with the code and a problem of the message", () => {
  const { settlement } = settled({ answer: { errcode: 45002, errmsg: "too long" } })
  assert.deepEqual([settlement.final, settlement.reason, settlement.errcode], [true, "call_refused", 45002])
  assert.deepEqual(settlement.problem, { code: "call_refused", errcode: 45002, errmsg: "too long" })
})

test("a later acceptance clears an earlier problem, and not written without need", () => {
  assert.equal(settled({ answer: {}, attempt: 2 }).settlement.problem, null)
  assert.equal(settled({ answer: {} }).settlement.problem, undefined)
})

for (const [what, given, expected] of [
  ["accepted", { answer: {} }, { result: "accepted", final: true, spent: true }],
  ["without a valid recipient", { answer: { errcode: 81013 } }, { result: "refused", final: true, spent: true }],
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

const LOST: AttemptEnd = {
  kind: "failure",
  failure: { code: "in_doubt", class: undefined, errcode: undefined, errmsg: "the answer was lost", kind: "reset" },
}

function settledAs(decision: AttemptDecision, end: AttemptEnd = LOST, delayedUntil?: number): Settled {
  const attempted = {
    kind: APP_MESSAGE,
    started: { messageId: "msg_1", number: 7, attempt: 2 },
    targets: carried("ZhangSan", "tag:1"),
    part: 1,
    partCount: 2,
    isSuppressed: false,
    finishedAt: NOW,
  }
  return settle(attempted, end, decision, delayedUntil)
}

const healthy = { kind: "healthy" } as const
const nothing = { survivors: [], hasNewOwners: false, unknownIds: [] }
const base = { messageId: "msg_1", number: 7, attempt: 2, finishedAt: NOW, errmsg: "the answer was lost" }

test("an attempt whose answer was lost for good has no code, and no recipient is certain to have got nothing", () => {
  const decision = {
    kind: "final",
    result: "in_doubt",
    state: "in_doubt",
    reason: "answer_lost",
    health: healthy,
  } as const
  assert.deepEqual(settledAs(decision), {
    ...nothing,
    settlement: {
      ...base,
      result: "in_doubt",
      reason: "part_2_of_2_answer_lost",
      final: true,
      spent: true,
      updates: [
        { chunk: 0, slots: [0], from: ["pending"], state: "in_doubt", userids: ["ZhangSan"], call: 7 },
        { chunk: 0, slots: [1], from: ["pending"], state: "in_doubt", call: 7 },
      ],
    },
    unreached: [],
    finished: 2,
  })
})

test("after a final refusal every recipient certainly got nothing", () => {
  const decision = {
    kind: "final",
    result: "refused",
    state: "failed",
    reason: "call_refused",
    health: healthy,
  } as const
  const { settlement, unreached, finished, hasNewOwners } = settledAs(decision)
  assert.deepEqual(settlement.problem, { code: "call_refused", errmsg: "the answer was lost" })
  assert.deepEqual(
    unreached.map(({ id }) => id),
    ["ZhangSan", "1"],
  )
  assert.deepEqual([finished, hasNewOwners], [2, false])
})

for (const kind of ["halve", "renew"] as const) {
  test(`a call that is to ${kind} ends, and its recipients continue`, () => {
    const answer = { kind: "answer", answer: { errcode: 40003, errmsg: "invalid" } } as const
    const ended = { ...base, errcode: 40003, errmsg: "invalid", result: "refused", final: true, spent: true }
    const expected = { ...nothing, settlement: { ...ended, updates: [] }, unreached: [], finished: 0 }
    assert.deepEqual(settledAs({ kind, health: healthy }, answer), expected)
  })
}

test("a call that is tried again has the time, and its recipients only when its app delays them", () => {
  const again = { kind: "again", result: "in_doubt", spent: false, at: NOW + 1000, health: healthy } as const
  const settlement = { ...base, result: "in_doubt", final: false, spent: false, updates: [], retryAt: NOW + 1000 }
  assert.deepEqual(settledAs(again), { ...nothing, settlement, unreached: [], finished: 0 })
  const detail = { delayedUntil: NOW + 5000, reason: "app_rate" }
  assert.deepEqual(settledAs({ ...again, at: undefined }, LOST, NOW + 5000), {
    ...nothing,
    settlement: {
      ...base,
      result: "in_doubt",
      final: false,
      spent: false,
      updates: [
        { chunk: 0, slots: [0], from: ["pending"], state: "pending", userids: ["ZhangSan"], detail },
        { chunk: 0, slots: [1], from: ["pending"], state: "pending", detail },
      ],
    },
    unreached: [],
    finished: 0,
  })
})

test("a paused app is a problem of the message, and no other wait is", () => {
  const again = { kind: "again", result: "refused", spent: false, at: undefined } as const
  const answer = { kind: "answer", answer: { errcode: 60020, errmsg: "not allow to access from your ip" } } as const
  const paused = { kind: "misconfigured", errcode: 60020, errmsg: "not allow to access from your ip" } as const
  const problem = { code: "app_paused", errcode: 60020, errmsg: "not allow to access from your ip" }
  assert.deepEqual(settledAs({ ...again, health: paused }, answer).settlement.problem, problem)
  assert.equal("problem" in settledAs({ ...again, health: { kind: "throttled" } }, answer).settlement, false)
})

test("WeCom's text is cut to a length", () => {
  const { settlement } = settled({ answer: { errcode: 45002, errmsg: "x".repeat(5000) } })
  assert.equal(settlement.errmsg?.length, 500)
})

test("only an answer counts as an acceptance", () => {
  assert.throws(() => settledAs({ kind: "accepted", health: healthy }), /without an answer/)
})

test("an accepted call that WeCom could not read as JSON says so, whatever was in the way before", () => {
  const errmsg = "ok. Warning: wrong json format. hint: [1] from ip: 1.2.3.4"
  for (const attempt of [1, 2]) {
    const { problem } = settled({ answer: { errmsg }, attempt }).settlement
    assert.deepEqual(problem, { code: "json_not_understood", errcode: 0, errmsg })
  }
  assert.equal(settled({ answer: { errmsg: "ok. hint" } }).settlement.problem, undefined)
})

test("an acceptance without a msgid or a code for its card has neither", () => {
  const { settlement } = settled({ answer: {} })
  assert.deepEqual(["msgid" in settlement, "responseCode" in settlement], [false, false])
})

function unreached(it: Settled): string[] {
  return it.unreached.map(({ id }) => id)
}

test("a refused recipient certainly got nothing; one that was sent to, or held back by the check, is not reported", () => {
  assert.deepEqual(unreached(settled({ answer: { invaliduser: "lisi" } })), ["lisi"])
  assert.deepEqual(unreached(settled({ answer: {} })), [])
  assert.deepEqual(unreached(settled({ answer: {}, isSuppressed: true })), [])
})

test("a remembered userid that was sent to, or has no licence, stays; of one member only those remembered are asked anew", () => {
  const fine = settled({ answer: { unlicenseduser: "b" }, to: carried("a?", "b?") })
  assert.deepEqual([states(fine), fine.hasNewOwners], [{ 0: "sent", 1: "unlicensed no_licence" }, false])
  const [a = assert.fail()] = carried("a")
  const to = [{ ...a, positions: [0, 1, 2], remembered: [false, true, false] }]
  const mixed = settled({ answer: { invaliduser: "a" }, to })
  const [invalid, pending] = ["invalid outside_visible_range", "pending"]
  assert.deepEqual([states(mixed), mixed.hasNewOwners], [{ 0: invalid, 1: pending, 2: invalid }, true])
  assert.equal(mixed.finished, 2)
})

const NOT_OPENED: AttemptDecision = {
  kind: "final",
  result: "refused",
  state: "not_opened",
  reason: "no_conversation",
  health: { kind: "answered" },
}

for (const [what, decision, part, expected] of [
  [
    "a member without a conversation waits for the other app, a group does not",
    NOT_OPENED,
    0,
    ["pending", "not_opened"],
  ],
  ["of a later part no recipient waits for the other app", NOT_OPENED, 1, ["not_opened", "not_opened"]],
  ["nor does who cannot get it for another reason", { ...NOT_OPENED, state: "invalid" }, 0, ["invalid", "invalid"]],
] as const) {
  // proves 32.else: members without a conversation get it from the app that else names
  test(`of a message of two apps: ${what}`, () => {
    const { settlement } = settle(
      {
        kind: SMART_ROBOT,
        started: { messageId: "msg_1", number: 7, attempt: 1 },
        targets: carried("lisi", "chat:oncall"),
        part,
        partCount: 2,
        isSuppressed: false,
        otherApp: "hr",
        finishedAt: NOW,
      },
      { kind: "answer", answer: { errcode: 93006, errmsg: "no conversation" } },
      decision,
    )
    const bySlot = settlement.updates.flatMap(({ slots, state, detail }) =>
      slots === "all" ? [] : slots.map((slot) => [slot, state, detail?.app]),
    )
    assert.deepEqual(
      bySlot.toSorted(([a], [b]) => Number(a) - Number(b)),
      expected.map((state, slot) => [slot, state, state === "pending" ? "hr" : undefined]),
    )
  })
}
