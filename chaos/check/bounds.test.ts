import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppChange } from "../history.ts"
import { judgeBounds, mostWithin } from "./bounds.ts"
import { exchangeOf, RunByHand, summary } from "./testing.ts"

const verdict = (run: RunByHand): string => summary(judgeBounds, run)
const died = { kind: "died", node: 1, life: 1, cause: "by hand", phases: ["in_flight"], underWay: [] } as const
const started = { kind: "started", node: 1, afterMs: 100 } as const
const repeated = (): RunByHand => RunByHand.good().send(5000, { shown: [] })
const closed = (againAfterMs: number): RunByHand =>
  new RunByHand().send(0, { errcode: 45009, shown: [] }).send(againAfterMs, { topic: "t2", sha256: "2" })

/** A call that WeCom refused with 45009, and that is repeated. */
const waited = (errcode: number): RunByHand =>
  new RunByHand()
    .send(0, { topic: "t2", sha256: "2", errcode, shown: [] })
    .send(100, { errcode: 45009, shown: [] })
    .send(6000, { topic: "t2", sha256: "2" })

const named = (): RunByHand => RunByHand.namingMobile().lookUp(0)

function messages(count: number, everyMs: number): RunByHand {
  const run = new RunByHand()
  for (let n = 0; n < count; n++) run.send(n * everyMs, { topic: `t${n}`, sha256: `${n}` })
  return run
}
/** A slow answer to the call with this number. */
const slow = (call: number) => ({ kind: "slow", path: "any", exchange: exchangeOf(call), ms: 3000 }) as const
const wire = (call: number) =>
  ({ kind: "wire", fault: "reset_reply", path: "any", exchange: exchangeOf(call) }) as const

test("a call that was answered and is repeated without a cause is unbounded", () => {
  assert.equal(verdict(RunByHand.good().send(5000, { shown: [] })), "unbounded 1")
})

test("a death, a fault on the wire, a refusal or a missing answer is a cause", () => {
  assert.equal(verdict(repeated().happen(3000, died)), "")
  assert.equal(verdict(repeated().happen(190, wire(1))), "")
  assert.equal(verdict(repeated().happen(4000, wire(1))), "")
  assert.equal(verdict(repeated().happen(190, wire(2))), "unbounded 1")
  assert.equal(verdict(repeated().happen(9000, died)), "unbounded 1")
  assert.equal(verdict(new RunByHand().send(1, { errcode: 42001, shown: [] }).send(2)), "")
  assert.equal(verdict(new RunByHand().send(1, { errcode: null, shown: [] }).send(2)), "")
})

test("equal bodies of two apps, or without the check, are no repeats", () => {
  assert.equal(verdict(RunByHand.good().send(9000, { agentId: 1000003 })), "")
  assert.equal(verdict(new RunByHand().send(1, { isChecked: false }).send(9000, { isChecked: false })), "")
})

test("a retry asks for a number once more", () => {
  assert.equal(verdict(named().lookUp(9000)), "unbounded 1")
  const retry = { kind: "retry", post: 0, states: ["not_found"], outcome: "ok", status: 200, retried: 1 } as const
  assert.equal(verdict(named().happen(5000, retry).lookUp(9000)), "")
  assert.equal(verdict(named().happen(5000, retry).lookUp(9000).lookUp(12_000)), "unbounded 1")
})

test("a number that was answered for is not asked for again, unless the process died before it was stored", () => {
  assert.equal(verdict(named()), "")
  assert.equal(verdict(named().lookUp(9000)), "unbounded 1")
  assert.equal(verdict(named().lookUp(9000, { errcode: 46004 })), "unbounded 1")
  assert.equal(verdict(named().lookUp(9000, { errcode: 42001 })), "")
  assert.equal(verdict(named().lookUp(9000).happen(500, died)), "")
  assert.equal(verdict(named().lookUp(9000).happen(5000, died).happen(5100, started)), "unbounded 1")
})

// proves 13.K2: limits of all nodes together
test("of two nodes that meet a new number at the same moment one asks for it", () => {
  const both = new RunByHand("documented", 2).namingMobile().lookUp(0, { node: 1 }).lookUp(100, { node: 2 })
  assert.equal(verdict(both), "unbounded 1")
})

test("of several nodes one that was being stopped may have lost the answer to a look-up, and not to a send", () => {
  const stopped = { kind: "stopped", node: 1, afterMs: 500 } as const
  const twice = (firstAt: number): RunByHand =>
    new RunByHand("documented", 2).namingMobile().happen(3000, stopped).lookUp(firstAt).lookUp(9000, { node: 2 })
  assert.equal(verdict(twice(600)), "")
  assert.equal(verdict(twice(400)), "unbounded 1")
  assert.equal(verdict(repeated().happen(3000, stopped)), "unbounded 1")
})

const late = (): RunByHand => RunByHand.namingMobile().happen(500, died).lookUp(900).lookUp(9000)

test("what a process asked for may come after its death, until the next one has started", () => {
  assert.equal(verdict(late().happen(1500, started)), "")
  assert.equal(verdict(late().happen(700, started)), "unbounded 1")
})

test("each app may ask for the numbers that it names, and for no other", () => {
  assert.equal(verdict(RunByHand.namingMobile("hr").lookUp(0).lookUp(9000)), "")
  assert.equal(verdict(RunByHand.namingMobile("hr").lookUp(0).lookUp(9000).lookUp(18_000)), "unbounded 1")
  assert.equal(verdict(new RunByHand().lookUp(0)), "unbounded 1")
})

test("each app needs one token, and one more for each revocation or cut-off refresh", () => {
  assert.equal(verdict(new RunByHand().token(0)), "")
  assert.equal(verdict(new RunByHand().token(0).token(9000)), "unbounded 1")
  assert.equal(verdict(new RunByHand().token(0).token(9000).happen(8000, { kind: "tokens_revoked" })), "")
  assert.equal(verdict(new RunByHand().token(0).token(9000).happen(100, died)), "")
})

const changed = (run: RunByHand, change: AppChange, from: number, until: number): RunByHand =>
  run
    .happen(from, { kind: "app_change", app: "alerts", change, step: "asked", agentId: 1000002 })
    .happen(until, { kind: "app_change", app: "alerts", change: "mended", step: "done", agentId: 1000002 })

const wrong = (until: number): RunByHand => changed(new RunByHand(), "secret_wrong", 1000, until)

// proves 12.C1: twenty apps, slow answers, changes
test("a wrong secret takes one token more once it is corrected, and is tried once and then once a minute", () => {
  assert.equal(verdict(wrong(5000).token(0).token(6000)), "")
  assert.equal(verdict(wrong(5000).token(0).token(6000).token(7000)), "unbounded 1")
  const refused = { errcode: 40001 }
  assert.equal(verdict(wrong(5000).token(2000, refused)), "")
  assert.equal(verdict(wrong(5000).token(2000, refused).token(4000, refused)), "unbounded 1")
  assert.equal(verdict(wrong(70_000).token(2000, refused).token(62_000, refused)), "")
  assert.equal(verdict(wrong(5000).token(2000, refused).token(4000, refused).happen(2100, died)), "")
})

test("another agent id or a secret that was reset is a reason to ask for a number once more", () => {
  for (const change of ["agent_wrong", "secret_reset"] as const) {
    assert.equal(verdict(changed(named().lookUp(9000), change, 1000, 5000)), "")
    assert.equal(verdict(changed(named().lookUp(9000).lookUp(12_000), change, 1000, 5000)), "unbounded 1")
  }
  assert.equal(verdict(changed(named().lookUp(9000), "settings", 1000, 5000)), "unbounded 1")
})

// proves 12.C1: twenty apps, slow answers, changes
test("what the answer brings is not there before a slow answer is", () => {
  assert.equal(verdict(named().lookUp(9000).happen(0, slow(1)).happen(3500, died)), "")
  assert.equal(verdict(named().lookUp(9000).happen(0, slow(1)).happen(4500, died).happen(4600, started)), "unbounded 1")
  assert.equal(verdict(closed(4500).happen(0, slow(1))), "")
  assert.equal(verdict(closed(8500).happen(0, slow(1))), "unbounded 1")
})

test("no member gets more than the rate in any minute", () => {
  assert.equal(verdict(messages(30, 1)), "")
  assert.equal(verdict(messages(31, 1)), "unbounded 1")
  assert.equal(verdict(messages(90, 2001)), "")
})

test("what WeCom drops over a rate is lost", () => {
  assert.equal(verdict(new RunByHand().send(0, { shown: [], dropped: ["m000001"] })), "lost 1")
})

test("a call whose token was refused before 45009 may wait for another, and continues after it", () => {
  assert.equal(verdict(waited(42001)), "")
  assert.equal(verdict(waited(-1)), "unbounded 1")
})

test("after 45009 the app is quiet for a minute; what was under way with it is not counted", () => {
  assert.equal(verdict(closed(500)), "")
  assert.equal(verdict(closed(9000)), "unbounded 1")
  assert.equal(verdict(closed(60_000)), "")
  assert.equal(verdict(closed(9000).happen(500, died)), "")
})

test("a call with more than a thousand users is unbounded", () => {
  assert.equal(verdict(new RunByHand().send(0, { userCount: 1001 })), "unbounded 1")
})

test("a window holds what lies less than its length apart", () => {
  assert.equal(mostWithin([], 10), 0)
  assert.equal(mostWithin([20, 0, 10], 10), 1)
  assert.equal(mostWithin([0, 9, 18, 19], 10), 2)
  assert.equal(mostWithin([9, 0, 18, 17], 10), 3)
})

test("trouble with the database counts as a cause from its beginning to three seconds after its end", () => {
  const restarted = { kind: "database", fault: "restarted", node: null, forMs: 2000 } as const
  for (const [at, faults] of [
    [100, ""],
    [7000, ""],
    [7100, "unbounded 1"],
  ] as const) {
    assert.equal(verdict(repeated().happen(at, restarted)), faults, `${at}`)
  }
  const twice = (firstAt: number): RunByHand =>
    new RunByHand().happen(0, restarted).send(firstAt).send(9000, { shown: [] })
  assert.equal(verdict(twice(2900)), "")
  assert.equal(verdict(twice(3100)), "unbounded 1")
})

const paused = (forMs: number) => ({ kind: "paused", node: 1, life: 1, forMs, underWay: [] }) as const
/** The first node was paused from the beginning, and repeats what the second has sent. */
const frozen = (forMs: number, firstAt: number, repeatAt: number): RunByHand =>
  new RunByHand("documented", 2)
    .happen(0, paused(forMs))
    .send(firstAt, { node: 2 })
    .send(repeatAt, { node: 1, shown: [] })

test("what a node had frozen before it hung may be sent when it continues, though another node has sent it", () => {
  assert.equal(verdict(frozen(12_000, 11_000, 12_500)), "")
  assert.equal(verdict(frozen(12_000, 11_000, 16_000)), "unbounded 1")
  assert.equal(verdict(frozen(12_000, 12_200, 12_500)), "unbounded 1")
})

// proves 13.K4: a node that hangs
test("a node that hung for longer than its calls may last sends nothing that another node has taken over", () => {
  assert.equal(verdict(frozen(17_000, 11_000, 17_200)), "unbounded 1")
})

/** A call that one of two nodes made, and the other made again. */
const byTheOther = (): RunByHand =>
  new RunByHand("documented", 2).send(900, { node: 1 }).send(20_000, { node: 2, shown: [] })
const byTwo = (node: number, firstAt: number): RunByHand =>
  new RunByHand("documented", 2).send(firstAt, { node }).send(20_000, { node: 1, shown: [] })

test("what a node had asked when it hung may be asked again by any node", () => {
  const standsStill = { ...paused(17_000), node: 2 }
  assert.equal(verdict(byTwo(2, 3000).happen(0, standsStill)), "")
  assert.equal(verdict(byTwo(1, 3000).happen(0, standsStill)), "unbounded 1")
})

// proves 13.K6: whose call it was
test("the death of one node is no cause for the calls of another", () => {
  const secondDied = { ...died, node: 2 }
  assert.equal(verdict(byTwo(2, 900).happen(1000, secondDied)), "")
  assert.equal(verdict(byTwo(1, 900).happen(1000, secondDied)), "unbounded 1")
})

test("a death is a cause though it was seen after another node had made the call again", () => {
  assert.equal(verdict(byTheOther().happen(20_900, died)), "")
  assert.equal(verdict(byTheOther().happen(21_100, died)), "unbounded 1")
  assert.equal(verdict(byTheOther().happen(20_900, { ...died, node: 2 })), "unbounded 1")
})

test("trouble between one node and its database is no cause for the calls of another", () => {
  const cut = { kind: "database", fault: "commit_cut", node: 2, forMs: 0 } as const
  assert.equal(verdict(byTwo(2, 900).happen(1000, cut)), "")
  assert.equal(verdict(byTwo(1, 900).happen(1000, cut)), "unbounded 1")
})

// proves 13.K2: limits of all nodes together
test("each node may not have a token for itself", () => {
  assert.equal(verdict(new RunByHand("documented", 2).token(0, { node: 1 }).token(0, { node: 2 })), "unbounded 1")
})

// proves 13.K2: limits of all nodes together
test("no member gets more than the rate from all nodes together", () => {
  const run = new RunByHand("documented", 2)
  for (let n = 0; n < 32; n++) run.send(n * 1000, { node: 1 + (n % 2), topic: `t${n}`, sha256: `${n}` })
  assert.equal(verdict(run), "unbounded 2")
})

// proves 13.K2: limits of all nodes together
test("all nodes together look up no more than a corp may in any minute", () => {
  const run = new RunByHand("documented", 2, 3)
  const at = [0, 20_000, 40_000, 60_000, 61_000]
  for (const [index, time] of at.entries()) run.lookUp(time, { node: 1 + (index % 2), errcode: 42001 })
  assert.equal(verdict(run), "unbounded 1")
})

// proves 13.K5: nodes restarted one after another
test("a rolling restart during which a request is not served is reported", () => {
  const rolled = { kind: "rolled", forMs: 2000, unserved: 0 } as const
  assert.equal(verdict(RunByHand.good().happen(9000, rolled)), "")
  assert.equal(verdict(RunByHand.good().happen(9000, { ...rolled, unserved: 2 })), "unbounded 2")
})
