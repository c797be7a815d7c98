import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeCopies } from "./copies.ts"
import { RunByHand, summary } from "./testing.ts"

const verdict = (run: RunByHand): string => summary((evidence) => judgeCopies(evidence).faults, run)
const figures = (run: RunByHand) => judgeCopies(run).figures
const doubt = (reason: string | null): RunByHand =>
  new RunByHand().post(0).accepted(1).tell({ state: "in_doubt", reason })
const cancelled = (): RunByHand => new RunByHand().post(0).accepted(1).tell({ state: "cancelled" })
const removed = (): RunByHand => new RunByHand().post(0).accepted(1).tell({ state: "cancelled", reason: "app_removed" })
const unknown = (state: string): RunByHand =>
  new RunByHand().post(0, { person: null }).accepted(1).tell({ address: "nobody", state, userid: null })
const recalled = (): RunByHand => new RunByHand().post(0).accepted(1).tell({ state: "recalled" })
const unknownSent = (variant: string): RunByHand =>
  new RunByHand(variant).post(0, { person: null }).accepted(1).tell({ address: "nobody", userid: "nobody" })
const two = (): RunByHand =>
  new RunByHand()
    .post(0, { topic: "alert" })
    .accepted(1)
    .tell()
    .post(2, { post: 2, topic: "alert" })
    .accepted(3, { post: 2 })

const told = (): RunByHand => two().tell({}, "msg_2").send(4, { topic: "alert" })

test("accepted, reported as sent and shown once is well", () => {
  assert.equal(verdict(RunByHand.good()), "")
  assert.deepEqual(figures(RunByHand.good()), {
    posts: 1,
    recipients: 1,
    shown: 1,
    suppressed: 0,
    inDoubt: {},
    cancelled: 0,
    recalled: 0,
    recovered: 0,
  })
})

test("reported as sent and never shown is lost", () => {
  assert.equal(verdict(RunByHand.good().send(0, { shown: [] })), "")
  assert.equal(verdict(new RunByHand().post(0).accepted(1).tell()), "lost 1")
  assert.equal(
    verdict(
      new RunByHand()
        .post(0)
        .accepted(1)
        .tell()
        .send(2, { shown: [], dropped: ["m000001"] }),
    ),
    "lost 1",
  )
})

test("accepted and unknown to the API is lost, also without the recipient alone", () => {
  assert.equal(verdict(new RunByHand().post(0).accepted(1)), "lost 1")
  assert.equal(verdict(new RunByHand().post(0).accepted(1).tell({ address: "m000002" })), "lost 1")
})

test("still pending when all is quiet is lost", () => {
  assert.equal(verdict(new RunByHand().post(0).accepted(1).tell({ state: "pending" })), "lost 1")
})

test("shown twice is duplicated, whatever the API tells", () => {
  assert.equal(verdict(RunByHand.good().send(300)), "duplicated 1")
  const inDoubt = new RunByHand().post(0).accepted(1).tell({ state: "in_doubt", reason: "answer_lost" })
  assert.equal(verdict(inDoubt.send(2).send(3)), "duplicated 1")
})

test("one key with two messages is duplicated, though each was shown once", () => {
  assert.equal(verdict(RunByHand.good().accepted(120, { id: "msg_2" })), "duplicated 1")
})

test("in doubt may be shown once or not at all, and needs a reason", () => {
  assert.equal(verdict(doubt("answer_lost")), "")
  assert.equal(verdict(doubt("answer_lost").send(2)), "")
  assert.equal(verdict(doubt(null)), "untruthful 1")
  assert.deepEqual(figures(doubt("answer_lost")).inDoubt, { answer_lost: 1 })
})

test("a post without an answer may be shown once, never twice", () => {
  assert.equal(verdict(new RunByHand().post(0)), "")
  assert.equal(verdict(new RunByHand().post(0).send(1)), "")
  assert.equal(figures(new RunByHand().post(0).send(1)).recovered, 1)
  assert.equal(verdict(new RunByHand().post(0).send(1).send(2)), "duplicated 1")
})

test("shown and never posted, refused at the door, or for another recipient is unexpected", () => {
  assert.equal(verdict(new RunByHand().send(1)), "unexpected 1")
  const refused = new RunByHand()
    .post(0)
    .happen(1, { kind: "tried", post: 1, outcome: "fail", status: 422, id: null, replayed: false })
  assert.equal(verdict(refused), "")
  assert.equal(verdict(refused.send(2)), "unexpected 1")
  assert.equal(verdict(RunByHand.good().send(300, { shown: ["m000009"] })), "unexpected 1")
})

test("shown after a confirmed cancel is unexpected; reported as cancelled without being asked is untruthful", () => {
  const asked = { kind: "cancel", post: 1, outcome: "ok", status: 200, cancelled: 1 } as const
  assert.equal(verdict(cancelled().happen(2, asked)), "")
  assert.equal(verdict(cancelled().happen(2, asked).send(3)), "unexpected 1")
  assert.equal(verdict(cancelled()), "untruthful 1")
})

test("cancelled because the app was deleted is well only after a retry, and where it was deleted", () => {
  const deletion = { kind: "app_change", app: "alerts", change: "deleted", step: "asked", agentId: 0 } as const
  assert.equal(verdict(removed().happen(2, deletion).retry(3, "failed")), "")
  assert.equal(verdict(removed().retry(3, "failed")), "untruthful 1")
  assert.equal(verdict(removed().happen(2, deletion)), "untruthful 1")
})

test("shown and reported as failed is untruthful; so is failed where the person can be reached", () => {
  assert.equal(verdict(new RunByHand().post(0).accepted(1).tell({ state: "failed" })), "untruthful 1")
  assert.equal(verdict(new RunByHand().post(0).accepted(1).tell({ state: "failed" }).send(2)), "untruthful 2")
})

test("an address that no member has must be reported as invalid or not found", () => {
  assert.equal(verdict(unknown("invalid")), "")
  assert.equal(verdict(unknown("not_found")), "")
  assert.equal(verdict(unknown("sent")), "untruthful 1")
})

test("sent to another member than the address belongs to is untruthful", () => {
  assert.equal(verdict(RunByHand.good().tell({ userid: "m000002" })), "untruthful 1")
})

test("equal posts are counted together: each must be shown, none twice", () => {
  assert.equal(verdict(told().send(5, { topic: "alert" })), "")
  assert.equal(verdict(told()), "lost 1")
  assert.equal(verdict(told().send(5, { topic: "alert" }).send(6, { topic: "alert" })), "duplicated 1")
})

test("recalled must have been shown, and be taken from the phone; what is on no phone any more must be reported as recalled", () => {
  assert.equal(verdict(recalled().send(2).recall(3)), "")
  assert.equal(figures(recalled().send(2).recall(3)).recalled, 1)
  assert.equal(verdict(recalled().send(2).recall(3).recall(4)), "")
  assert.equal(verdict(recalled().send(2).recall(3, 9)), "untruthful 1")
  assert.equal(verdict(recalled().recall(3)), "lost 1, untruthful 1")
  assert.equal(verdict(recalled().send(2).send(3).recall(4)), "duplicated 1")
  assert.equal(verdict(RunByHand.good().recall(300)), "untruthful 1")
  assert.equal(verdict(recalled().send(2)), "untruthful 2")
})

test("a retry of those in doubt may show a second copy, another retry may not", () => {
  assert.equal(verdict(RunByHand.good().retry(250, "in_doubt").send(300)), "")
  assert.equal(verdict(RunByHand.good().retry(250, "in_doubt").send(300).send(400)), "duplicated 1")
  assert.equal(verdict(RunByHand.good().retry(250, "not_found", "invalid").send(300)), "duplicated 1")
})

test("an address that no member has may be reported as sent only where WeCom does not name it again, and after a repeat", () => {
  const repeat = { shown: [], suppressed: ["m000002"] }
  assert.equal(verdict(unknownSent("worst").send(2, { shown: [] }).send(3, repeat)), "")
  assert.equal(verdict(unknownSent("worst").send(2, { shown: [] })), "untruthful 1")
  assert.equal(verdict(unknownSent("documented").send(2, { shown: [] }).send(3, repeat)), "untruthful 1")
})

test("shown before its send_at is unexpected", () => {
  assert.equal(verdict(new RunByHand().post(0, { sendAt: 150 }).accepted(1).tell().send(149)), "unexpected 1")
  assert.equal(verdict(new RunByHand().post(0, { sendAt: 150 }).accepted(1).tell().send(150)), "")
})
