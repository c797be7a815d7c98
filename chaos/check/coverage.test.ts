import assert from "node:assert/strict"
import { test } from "node:test"
import { coverageOf, missedPhases } from "./coverage.ts"
import { RunByHand } from "./testing.ts"

const killed = { kind: "died", node: 1, cause: "killed", underWay: [] } as const

test("a kill counts in each phase it met, and a phase that was met too seldom is named", () => {
  const { happenings } = new RunByHand()
    .happen(1, { ...killed, life: 1, phases: ["accept", "in_flight"] })
    .happen(2, { ...killed, life: 2, phases: ["accept"] })
  const coverage = coverageOf(happenings)
  assert.deepEqual(coverage, { kills: 2, start: 0, accept: 2, resolve: 0, in_flight: 1, settle: 0, idle: 0 })
  assert.deepEqual(missedPhases(coverage, { least: 1, nodes: 1 }), ["start", "resolve", "settle", "idle"])
  assert.deepEqual(missedPhases(coverage, { least: 2, nodes: 1 }), ["start", "resolve", "in_flight", "settle", "idle"])
  assert.deepEqual(missedPhases(coverage, { least: 1, nodes: 2 }), ["start", "resolve", "settle"])
})
