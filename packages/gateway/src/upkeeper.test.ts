import assert from "node:assert/strict"
import { test } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { createLog } from "./log.ts"
import { Upkeeper } from "./upkeeper.ts"
import type { UpkeeperDeps } from "./upkeeper.ts"

const TEN_MINUTES_MS = 600_000

/** @param isMore whether there is more to delete after so many calls */
function anUpkeeper(isMore: (calls: number) => boolean): { upkeeper: Upkeeper; told: string[]; lines: string[] } {
  const told: string[] = []
  const lines: string[] = []
  const upkeep: UpkeeperDeps["upkeep"] = {
    prune: async () => {
      told.push("pruned")
      await nextTurn()
      return { messages: 1, auditEntries: 0, more: isMore(told.length) }
    },
  }
  const audit: UpkeeperDeps["audit"] = {
    flush: async () => undefined,
    finish: async () => void told.push("finished"),
  }
  const log = createLog("info", { write: (line) => void lines.push(line) })
  const upkeeper = new Upkeeper({ upkeep, audit, log, now: () => 0, retentionDays: 1, auditDays: 1, auditLimit: 1 })
  return { upkeeper, told, lines }
}

test("every ten minutes all that is past its time is deleted", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  const { upkeeper, told, lines } = anUpkeeper((calls) => calls % 3 !== 0)
  using _ = upkeeper
  for (const calls of [3, 6]) {
    t.mock.timers.tick(TEN_MINUTES_MS)
    while (lines.length < calls / 3) await nextTurn()
    assert.equal(told.length, calls)
  }
  assert.match(lines[0] ?? "", /"messages":3,.*past their time were deleted/)
})

test("a gateway that stops does not wait until all that is past its time has been deleted", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] })
  const { upkeeper, told, lines } = anUpkeeper(() => true)
  t.mock.timers.tick(TEN_MINUTES_MS)
  while (told.length < 2) await nextTurn()
  await upkeeper.finish()
  assert.equal(told.at(-1), "finished")
  assert.match(lines[0] ?? "", /messages past their time were deleted/)
  const count = told.length
  t.mock.timers.tick(TEN_MINUTES_MS)
  await nextTurn()
  assert.equal(told.length, count)
})
