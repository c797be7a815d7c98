import assert from "node:assert/strict"
import { test } from "node:test"
import { judgeTakeovers, madeAgain, takeoversIn } from "./takeover.ts"
import { exchangeOf, RunByHand, summary } from "./testing.ts"

const died = { kind: "died", node: 1, life: 1, cause: "by hand", phases: ["in_flight"], underWay: [] } as const
const started = (node: number) => ({ kind: "started", node, afterMs: 100 }) as const
const takenOver = (afterMs: number) => ({ kind: "taken_over", messages: 3, afterMs }) as const
const two = (): RunByHand => new RunByHand("documented", 2).happen(0, started(1)).happen(0, started(2))
const verdict = (run: RunByHand): string => summary((evidence) => judgeTakeovers(evidence, 2000), run)

// proves N4: a node that dies
// proves 13.K3: the work of a dead node
test("what a dead node had at work is with another within two seconds", () => {
  assert.equal(verdict(two().happen(5000, died).happen(6900, takenOver(1900))), "")
  assert.equal(verdict(two().happen(5000, died).happen(7100, takenOver(2100))), "unbounded 1")
})

test("time in which no other node lived is charged to none", () => {
  const both = two()
    .happen(5000, died)
    .happen(5000, { ...died, node: 2 })
  assert.deepEqual(takeoversIn(both.happen(9000, started(1)).happen(9700, takenOver(4700)).happenings), [700])
})

test("a node that hung or was stopping does not count as alive", () => {
  const paused = { kind: "paused", node: 2, life: 2, forMs: 3000, underWay: [] } as const
  assert.deepEqual(
    takeoversIn(two().happen(5000, died).happen(5000, paused).happen(8600, takenOver(3600)).happenings),
    [600],
  )
  const stopped = { kind: "stopped", node: 2, afterMs: 3000 } as const
  const stopping = two().happen(5000, died).happen(8500, stopped).happen(9000, started(2))
  assert.deepEqual(takeoversIn(stopping.happen(9300, takenOver(4300)).happenings), [500])
})

function troubled(node: number | null): number[] {
  const fault = { kind: "database", fault: "terminated", node, forMs: 500 } as const
  return takeoversIn(two().happen(5000, died).happen(6500, fault).happen(8000, takenOver(3000)).happenings)
}

test("time of database trouble, and the second after it, is charged to no node", () => {
  assert.deepEqual(troubled(null), [1000])
  assert.deepEqual(troubled(2), [1000])
  assert.deepEqual(troubled(1), [3000])
})

test("a call under way when its node died and made again by another is reported, with the delay", () => {
  const run = two()
    .send(4900, { node: 1 })
    .happen(5000, { ...died, underWay: [exchangeOf(1)] })
    .send(5600, { node: 2, shown: [] })
  assert.deepEqual(madeAgain(run), [{ why: "died", afterMs: 600 }])
  const byItself = two()
    .send(4900, { node: 1 })
    .happen(5000, { ...died, underWay: [exchangeOf(1)] })
    .send(5600, { node: 1, shown: [] })
  assert.deepEqual(madeAgain(byItself), [])
  const late = two()
    .send(4900, { node: 1 })
    .happen(4950, { ...died, node: 2 })
  late
    .happen(5000, { ...died, underWay: [exchangeOf(1)] })
    .happen(5200, started(2))
    .send(5600, { node: 2, shown: [] })
  assert.deepEqual(madeAgain(late), [])
})

test("what a hung node may hold for four seconds the others leave alone for as long", () => {
  const paused = { kind: "paused", node: 1, life: 1, forMs: 18_000, underWay: [] } as const
  const three = new RunByHand("documented", 3).happen(0, started(2)).happen(0, started(3)).happen(0, started(1))
  const run = three.happen(4900, paused).happen(5000, { ...died, node: 2 })
  assert.deepEqual(takeoversIn(run.happen(9500, takenOver(4500)).happenings), [600])
})
