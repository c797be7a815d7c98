import assert from "node:assert/strict"
import { test } from "node:test"
import type { AppChange } from "../history.ts"
import { judgeConfiguration } from "./configuration.ts"
import { ALERTS, RunByHand, summary } from "./testing.ts"

const WRONG = 1_999_999
const verdict = (run: RunByHand): string => summary(judgeConfiguration, run)

/** A change that is requested, and done 100 ms later. */
function changed(run: RunByHand, afterMs: number, change: AppChange, agentId: number = ALERTS.agentId): RunByHand {
  const about = { kind: "app_change", app: ALERTS.name, change, agentId } as const
  return run.happen(afterMs, { ...about, step: "asked" }).happen(afterMs + 100, { ...about, step: "done" })
}

const wrongAgent = (nodes = 1): RunByHand =>
  changed(changed(new RunByHand("documented", nodes).post(0), 1000, "agent_wrong", WRONG), 9000, "mended")
const wrongSecret = (change: AppChange): RunByHand => changed(changed(new RunByHand(), 1000, change), 9000, "mended")

test("as long as it is in force, and while a change is under way, an agent id may be sent with", () => {
  assert.equal(verdict(RunByHand.good()), "")
  const inTime = wrongAgent().send(900).send(1050).send(2900).send(8990).send(12_000)
  assert.equal(verdict(inTime.send(1000, { agentId: WRONG }).send(10_000, { agentId: WRONG })), "")
})

// proves 12.C1: twenty apps, slow answers, changes
test("an agent id that was replaced before is unexpected, the right one too while another is in force", () => {
  assert.equal(verdict(wrongAgent().send(15_000, { agentId: WRONG })), "unexpected 1")
  assert.equal(verdict(wrongAgent().send(500, { agentId: WRONG })), "unexpected 1")
  assert.equal(verdict(wrongAgent().send(7000)), "unexpected 1")
})

test("one of several nodes may hear of a change from another, and has two seconds more for that", () => {
  assert.equal(verdict(wrongAgent(2).send(16_000, { agentId: WRONG })), "")
  assert.equal(verdict(wrongAgent(2).send(16_500, { agentId: WRONG })), "unexpected 1")
})

// proves 12.C1: twenty apps, slow answers, changes
test("of an app that was deleted nothing goes out until it is registered again", () => {
  const deleted = (): RunByHand => changed(new RunByHand().post(0), 1000, "deleted", 0)
  assert.equal(verdict(deleted().send(1050)), "")
  assert.equal(verdict(deleted().send(2000)), "unexpected 1")
  assert.equal(verdict(changed(deleted(), 3000, "created").send(3050)), "")
})

// proves 12.C1: twenty apps, slow answers, changes
test("a secret that was replaced is not asked with", () => {
  for (const change of ["secret_wrong", "secret_reset"] as const) {
    assert.equal(verdict(wrongSecret(change).token(1500, { errcode: 40001 }).token(9500, { errcode: 40001 })), "")
    assert.equal(verdict(wrongSecret(change).token(500, { errcode: 40001 })), "unexpected 1")
    assert.equal(verdict(wrongSecret(change).token(20_000, { errcode: 40001 })), "unexpected 1")
    assert.equal(verdict(wrongSecret(change).token(20_000)), "")
  }
})

test("while a node hung another took the change: what it had frozen may come when it continues", () => {
  const paused = { kind: "paused", node: 1, life: 1, forMs: 10_000, underWay: [] } as const
  const late = (afterMs: number): RunByHand => wrongAgent().happen(8000, paused).send(afterMs, { agentId: WRONG })
  assert.equal(verdict(late(22_900)), "")
  assert.equal(verdict(late(23_500)), "unexpected 1")
})

const resetSecret = (nodes: number): RunByHand =>
  changed(changed(new RunByHand("documented", nodes), 1000, "secret_reset"), 9000, "mended")

test("one of several nodes may have waited for its turn with the secret that it had", () => {
  const refused = { errcode: 40001 }
  // The limit counts from the moment at which the node must know of the change.
  assert.equal(verdict(resetSecret(2).token(25_900, refused)), "")
  assert.equal(verdict(resetSecret(2).token(26_500, refused)), "unexpected 1")
  assert.equal(verdict(resetSecret(1).token(23_000, refused)), "unexpected 1")
})

test("a node whose connections have ended hears of a change when it has others", () => {
  const ended = { kind: "database", fault: "terminated", node: null, forMs: 100 } as const
  const late = (afterMs: number): RunByHand => wrongAgent().happen(7500, ended).send(afterMs, { agentId: WRONG })
  assert.equal(verdict(late(15_400)), "")
  assert.equal(verdict(late(15_600)), "unexpected 1")
})
