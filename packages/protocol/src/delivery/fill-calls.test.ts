import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import type { TargetKind } from "./call-target.ts"
import { CallFiller } from "./fill-calls.ts"
import { APP_MESSAGE } from "./kinds/app-message.ts"

interface Target {
  readonly kind: TargetKind
  readonly id: number
}

interface Call {
  readonly targets: Target[]
}

let n = 0
const aTarget = (kind: TargetKind): Target => ({ kind, id: ++n })

/** Puts them in, and takes calls whenever one is full. */
function fill(kinds: readonly TargetKind[]): { calls: Call[]; targets: Target[] } {
  const filler = new CallFiller<Target, Call>(APP_MESSAGE.most, () => ({ targets: [] }))
  const calls: Call[] = []
  const targets = kinds.map(aTarget)
  for (const target of targets) {
    filler.put(filler.room(target.kind), target)
    for (let full = filler.takeFull(); full !== undefined; full = filler.takeFull()) calls.push(full)
  }
  for (let next = filler.take(); next !== undefined; next = filler.take()) calls.push(next)
  return { calls, targets }
}

const of = (call: Call, kind: TargetKind): number => call.targets.filter((target) => target.kind === kind).length

test("1000 members fill a call; departments and tags that came first travel in it", () => {
  const { calls } = fill([
    ...Array<TargetKind>(3).fill("department"),
    ...Array<TargetKind>(2).fill("tag"),
    ...Array<TargetKind>(1001).fill("user"),
  ])
  assert.deepEqual(
    calls.map((call) => [of(call, "user"), of(call, "department"), of(call, "tag")]),
    [
      [1000, 3, 2],
      [1, 0, 0],
    ],
  )
})

test("everybody is a call of its own kind", () => {
  const { calls } = fill(["all"])
  assert.equal(calls.length, 1)
})

// proves 12.D1: one rule book, in both worlds
test("calls are as few as WeCom's limits allow, hold everybody once, in order, and no more than 1000, 100 and 100", () => {
  const kinds = fc.record({ department: fc.nat(250), tag: fc.nat(250), user: fc.nat(2500) })
  fc.assert(
    fc.property(kinds, ({ department, tag, user }) => {
      const { calls, targets } = fill([
        ...Array<TargetKind>(department).fill("department"),
        ...Array<TargetKind>(tag).fill("tag"),
        ...Array<TargetKind>(user).fill("user"),
      ])
      const fewest = Math.max(Math.ceil(user / 1000), Math.ceil(department / 100), Math.ceil(tag / 100))
      assert.equal(calls.length, fewest)
      for (const call of calls) {
        assert.ok(of(call, "user") <= 1000 && of(call, "department") <= 100 && of(call, "tag") <= 100)
      }
      for (const kind of ["user", "department", "tag"] as const) {
        const ofKind = (all: readonly Target[]) => all.filter((target) => target.kind === kind)
        assert.deepEqual(ofKind(calls.flatMap((call) => call.targets)), ofKind(targets))
      }
    }),
    { numRuns: 50 },
  )
})

test("departments and tags that come last travel in the first call, when no call has left yet", () => {
  const filler = new CallFiller<Target, Call>(APP_MESSAGE.most, () => ({ targets: [] }))
  const kinds = [...Array<TargetKind>(1001).fill("user"), "department" as const, "tag" as const]
  for (const target of kinds.map(aTarget)) filler.put(filler.room(target.kind), target)
  assert.deepEqual([filler.take()?.targets.length, filler.take()?.targets.length, filler.take()], [1002, 1, undefined])
})

test("a call that was opened for a recipient that then did not come is no call", () => {
  const filler = new CallFiller<Target, Call>(APP_MESSAGE.most, () => ({ targets: [] }))
  filler.room("user")
  assert.equal(filler.take(), undefined)
})

test("as much as WeCom takes of each kind is one call, one more of any is two", () => {
  const most = { department: 100, tag: 100, user: 1000 } as const
  const kinds = Object.entries(most).flatMap(([kind, count]) => Array<TargetKind>(count).fill(kind as TargetKind))
  assert.deepEqual(
    fill(kinds).calls.map((call) => call.targets.length),
    [1200],
  )
  for (const kind of ["user", "department", "tag"] as const) assert.equal(fill([kind, ...kinds]).calls.length, 2, kind)
})

test("a call is taken as soon as it has a thousand members, and not before", () => {
  const filler = new CallFiller<Target, Call>(APP_MESSAGE.most, () => ({ targets: [] }))
  for (let count = 1; count <= 1000; count++) {
    assert.equal(filler.takeFull(), undefined)
    filler.put(filler.room("user"), aTarget("user"))
  }
  assert.equal(filler.takeFull()?.targets.length, 1000)
})

test("once a full call has left, the next department travels in the one that has room", () => {
  const filler = new CallFiller<Target, Call>(APP_MESSAGE.most, () => ({ targets: [] }))
  const put = (kind: TargetKind): void => filler.put(filler.room(kind), aTarget(kind))
  for (let count = 0; count < 101; count++) put("department")
  for (let count = 0; count < 1000; count++) put("user")
  assert.equal(filler.takeFull()?.targets.length, 1100)
  put("department")
  assert.deepEqual([filler.take()?.targets.length, filler.take()], [2, undefined])
})
