import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as immediate } from "node:timers/promises"
import { JumpAwareClock } from "../model/jump-aware-clock.ts"
import { ManualClock } from "../delivery/testing/manual-clock.ts"
import { createLog } from "./log.ts"
import { Upkeeper } from "./upkeeper.ts"
import type { UpkeeperDeps } from "./upkeeper.ts"

const MINUTE_MS = 60_000
const DAY_MS = 24 * 3_600_000

interface UpkeeperUnderTest {
  readonly upkeeper: Upkeeper
  readonly clock: ManualClock
  readonly told: string[]
  readonly lines: string[]
  /** The cutoffs, counted in the time that has passed on the monotonic clock. */
  readonly finishedBefore: number[]
  readonly noted: number[]
  readonly pass: (ms: number) => Promise<void>
}

/** @param isMore whether there is more to delete after this many calls */
function anUpkeeper(isMore: (calls: number) => boolean): UpkeeperUnderTest {
  const [told, lines]: [string[], string[]] = [[], []]
  const [finishedBefore, noted]: [number[], number[]] = [[], []]
  const upkeep: UpkeeperDeps["upkeep"] = {
    prune: async (cutoffs) => {
      told.push("pruned")
      finishedBefore.push(cutoffs.finishedBefore)
      await immediate()
      return { messages: 1, auditEntries: 0, more: isMore(told.length) }
    },
  }
  const audit: UpkeeperDeps["audit"] = {
    flush: async () => undefined,
    finish: async () => void told.push("finished"),
  }
  const log = createLog("info", { write: (line) => void lines.push(line) })
  const clock = new ManualClock()
  const upkeeper = new Upkeeper({
    upkeep,
    clockNotes: { noteTrusted: async (at) => void noted.push(at) },
    audit,
    log,
    clock: new JumpAwareClock(clock),
    retentionDays: 30,
    auditDays: 1,
    auditLimit: 1,
  })
  const pass = async (ms: number): Promise<void> => {
    while (clock.sleepers === 0) await immediate()
    clock.advance(ms)
    for (let turns = 0; turns < 20; turns++) await immediate()
  }
  return { upkeeper, clock, told, lines, finishedBefore, noted, pass }
}

test("every ten minutes all that is past its time is deleted", async () => {
  const { upkeeper, told, lines, pass } = anUpkeeper((calls) => calls % 3 !== 0)
  using _ = upkeeper
  for (const calls of [3, 6]) {
    await pass(10 * MINUTE_MS)
    assert.equal(told.length, calls)
  }
  assert.match(lines[0] ?? "", /"messages":3,.*older than the retention time were deleted/)
})

// proves 12.R14: long histories
test("a gateway that stops does not wait until all that is past its time has been deleted", async () => {
  const { upkeeper, told, lines, pass } = anUpkeeper(() => true)
  await pass(10 * MINUTE_MS)
  await upkeeper.finish()
  assert.equal(told.at(-1), "finished")
  assert.match(lines[0] ?? "", /messages older than the retention time were deleted/)
  const count = told.length
  await immediate()
  assert.equal(told.length, count)
})

for (const [what, days, isLater] of [
  ["forwards", 40, true],
  ["back", -40, false],
] as const) {
  // proves 29.E3: a clock that is set deletes nothing
  test(`issue 29, E3: a clock that goes 40 days ${what} deletes and is trusted an hour later, and until then the earlier reading`, async () => {
    const { upkeeper, clock, finishedBefore, noted, pass } = anUpkeeper(() => false)
    using _ = upkeeper
    const began = clock.nowMs
    await pass(5 * MINUTE_MS)
    clock.jump(days * DAY_MS)
    for (let passed = 5; passed < 75; passed += 5) await pass(5 * MINUTE_MS)
    const by = days * DAY_MS
    const expected = [10, 20, 30, 40, 50, 60, 70].map((minutes) => {
      const isTrusted = minutes > 65
      return began + minutes * MINUTE_MS - 30 * DAY_MS + (isTrusted || !isLater ? by : 0)
    })
    assert.deepEqual(finishedBefore, expected)
    // Each is noted before the work of ten minutes later.
    assert.deepEqual(
      noted.map((at) => (at - began) / MINUTE_MS),
      [0, 10, 20, 30, 40, 50, 60, 70 + by / MINUTE_MS],
    )
  })
}
