import assert from "node:assert/strict"
import { test } from "node:test"
import { RunByHand, summary } from "../check/testing.ts"
import type { GoneBack } from "../history.ts"
import { judgeDay } from "./judge-day.ts"

const options = { others: [], events: 0, longestSilenceMs: 20_000 }
const verdict = (run: RunByHand): string => summary((evidence) => judgeDay(evidence, options).faults, run)

const [FROM, DIED, BACK] = [10_000, 12_000, 14_000]
/** The standby has everything until 10 s and nothing after it; the primary dies at 12 s, and the standby takes over at 14 s. */
function goBack(
  run: RunByHand,
  there: Partial<Pick<GoneBack, "lostEvents" | "finished" | "unfinished">> = {},
): RunByHand {
  const start = run.happenings[0]?.at ?? 0
  const times = { from: start + FROM, lacksFrom: start + FROM + 100, diedAt: start + DIED }
  return run
    .happen(BACK, { kind: "trouble", trouble: "standby", node: null, about: "by hand", forMs: BACK - DIED })
    .happen(BACK, { kind: "gone_back", ...times, lastEvent: 0, lostEvents: 1, finished: [], unfinished: [], ...there })
}
const acceptedAt = (ms: number): RunByHand => new RunByHand().post(ms - 10).accepted(ms)
const tried = (outcome: "ok" | "info", forMs: number, id: string | null = null) =>
  ({ kind: "tried", post: 1, outcome, status: id === null ? null : 202, id, replayed: false, forMs }) as const

// proves 29.badday: a standby promoted with loss
test("a message that was accepted while the standby lacked it may be unknown, and no other", () => {
  assert.equal(verdict(goBack(acceptedAt(11_000))), "")
  assert.equal(verdict(goBack(acceptedAt(11_000), { finished: ["msg_1"] })), "lost 1", "the standby had it")
  assert.equal(verdict(goBack(acceptedAt(11_000), { unfinished: ["msg_1"] })), "lost 1", "the standby had it")
  assert.match(verdict(goBack(acceptedAt(9000))), /^lost 1/, "before")
  assert.match(verdict(goBack(acceptedAt(12_500))), /^lost 1/, "after")
  assert.match(verdict(acceptedAt(11_000).send(11_100)), /^lost 1/, "on another day")
})

const answered = (forMs: number): RunByHand => new RunByHand().post(11_900).happen(12_500, tried("ok", forMs, "msg_1"))
test("one whose answer came after the server had died, and that was asked for before, may be unknown too", () => {
  assert.equal(verdict(goBack(answered(600))), "")
  assert.match(verdict(goBack(answered(400))), /^lost 1/)
})

test("the people of an unknown message may have got it once", () => {
  assert.equal(verdict(goBack(acceptedAt(11_000).send(11_100))), "")
  assert.equal(verdict(goBack(acceptedAt(11_000).send(11_100).send(15_000))), "duplicated 1")
})

const lost = (): RunByHand =>
  new RunByHand().post(7000).happen(10_200, tried("info", 3000)).accepted(10_500).send(10_600)
const repeated = (at: number): RunByHand =>
  new RunByHand()
    .post(at - 200)
    .send(at - 100)
    .happen(at, tried("info", 200))
    .happen(15_000, tried("ok", 10, "msg_1"))
    .send(15_100)
    .tell()
test("a request without an answer that is repeated afterwards may have been stored and sent twice, and not more often", () => {
  assert.equal(verdict(goBack(repeated(11_000))), "")
  assert.equal(verdict(goBack(repeated(11_000).send(15_200))), "duplicated 1")
  assert.equal(verdict(goBack(repeated(9000))), "duplicated 1", "before the standby lacked anything")
  assert.equal(verdict(goBack(lost().send(15_000))), "", "a gateway that stood still takes the first later")
  assert.equal(verdict(goBack(lost().send(15_000).send(15_100))), "duplicated 1")
  assert.equal(verdict(goBack(repeated(11_000), { finished: ["msg_1"] })), "duplicated 1", "the standby had it")
})

// proves 29.badday: a standby promoted with loss
test("what the standby had unfinished is held back, in doubt for that reason alone", () => {
  const inDoubt = (reason: string): RunByHand => acceptedAt(9000).send(11_000).tell({ state: "in_doubt", reason })
  const unfinished = { unfinished: ["msg_1"] }
  assert.equal(verdict(goBack(inDoubt("restored_backup"), unfinished)), "")
  assert.equal(verdict(goBack(inDoubt("restored_backup"), { finished: ["msg_1"] })), "untruthful 1")
  assert.equal(verdict(goBack(inDoubt("answer_lost"), unfinished)), "unexpected 1, untruthful 1")
  assert.equal(verdict(goBack(acceptedAt(9000).tell({ state: "expired" }), unfinished)), "untruthful 2, unexpected 1")
})

const waited = (forMs: number, reason = "restored_backup"): RunByHand =>
  new RunByHand()
    .post(14_500 - forMs)
    .happen(14_500, tried("ok", forMs, "msg_1"))
    .tell({ state: "in_doubt", reason })
test("a message whose request waited while the standby took over may be held back too", () => {
  assert.equal(verdict(goBack(waited(3500))), "")
  assert.equal(verdict(goBack(waited(3500, "answer_lost"))), "untruthful 1", "for that reason alone")
  assert.equal(verdict(goBack(waited(3300))), "untruthful 1", "it came later than gateways may be wrong")
  assert.equal(verdict(waited(3500)), "untruthful 1", "on another day")
})

// proves 29.badday: a standby promoted with loss
test("what is sent again without being held back is a fault, and its second copy another", () => {
  const sent = acceptedAt(9000).send(15_000).tell()
  assert.equal(verdict(goBack(sent, { unfinished: ["msg_1"] })), "unexpected 1")
  assert.equal(
    verdict(goBack(acceptedAt(9000).send(15_000).tell(), { unfinished: ["msg_1"], lostEvents: 0 })),
    "",
    "nothing was lost, while no gateway could log in",
  )
  assert.equal(verdict(goBack(sent.send(15_100), { unfinished: ["msg_1"] })), "duplicated 1, unexpected 1")
})

test("a call that was under way at the loss may settle its message, until the gateways have found it", () => {
  const refused = { errcode: 42001, shown: [] }
  const unfinished = { unfinished: ["msg_1"] }
  assert.equal(verdict(goBack(acceptedAt(9000).send(11_900).tell(), unfinished)), "", "answered after it")
  assert.equal(verdict(goBack(acceptedAt(9000).send(9100, refused).send(14_200).tell(), unfinished)), "")
  assert.equal(verdict(goBack(acceptedAt(9000).send(9100, refused).send(17_100).tell(), unfinished)), "unexpected 1")
  assert.equal(verdict(goBack(acceptedAt(9000).send(12_100).tell(), unfinished)), "unexpected 1", "not begun before")
})

test("what an operator has tried again is sent, with one copy more at most", () => {
  const released = acceptedAt(9000).send(11_000).retry(16_000, "in_doubt").send(16_100)
  const unfinished = { unfinished: ["msg_1"] }
  assert.equal(verdict(goBack(released.tell(), unfinished)), "")
  assert.equal(
    verdict(goBack(released.tell({ state: "in_doubt", reason: "restored_backup" }), unfinished)),
    "untruthful 1",
  )
  assert.equal(verdict(goBack(released.tell().send(16_200), unfinished)), "duplicated 1")
})

const unchecked = (): RunByHand => acceptedAt(20_000).send(20_100).tell({ state: "in_doubt", reason: "no_check" })
test("without the check a call whose answer was lost ends in doubt where something has lost it", () => {
  const frozen = { kind: "trouble", trouble: "frozen", node: 1, about: "by hand", forMs: 10_000 } as const
  assert.equal(verdict(goBack(unchecked().happen(31_000, frozen))), "")
  assert.equal(verdict(goBack(unchecked().happen(20_000, frozen))), "", "a paused process sends when it runs again")
  assert.equal(verdict(goBack(unchecked().happen(18_000, frozen))), "untruthful 1", "it ran again before the call")
  assert.equal(verdict(goBack(unchecked())), "untruthful 1", "nothing was wrong")
  assert.equal(verdict(goBack(unchecked().happen(60_000, frozen))), "untruthful 1", "long after")
  assert.equal(verdict(unchecked().happen(31_000, frozen)), "untruthful 1", "the check is on")
  const begun = acceptedAt(20_000).tell({ state: "in_doubt", reason: "no_check" })
  assert.equal(verdict(goBack(begun.happen(50_000, { ...frozen, forMs: 11_000 }))), "", "a call that has not arrived")
  const to = [{ type: "user", address: "m000001", person: "m000001" } as const]
  const about = {
    app: "alerts",
    topic: "t1",
    sendAt: null,
    lane: null,
    to,
    mayWait: true,
    isAnsweredBadly: true,
  } as const
  const marked = new RunByHand().happen(19_990, { kind: "post", post: 1, ...about }).accepted(20_000)
  assert.equal(verdict(goBack(marked.tell({ state: "in_doubt", reason: "no_check" }))), "")
})

const other = (): RunByHand => RunByHand.good().post(11_000, { post: 2 }).accepted(11_010, { post: 2 })
test("all others are judged as on any day", () => {
  assert.equal(verdict(goBack(other(), { finished: ["msg_1"] })), "")
  assert.equal(
    verdict(goBack(other().tell({ state: "cancelled" }), { finished: ["msg_1"] })),
    "untruthful 2, unexpected 1",
  )
  assert.equal(verdict(goBack(other().send(15_000), { finished: ["msg_1"] })), "duplicated 1")
})
