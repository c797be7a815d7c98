import assert from "node:assert/strict"
import { test } from "node:test"
import { BROKEN_GOVERNORS } from "./testing/broken-governors.ts"
import { GOVERNOR_RULES } from "./testing/governor-rules.ts"
import { openInProcess } from "./testing/open-governor.ts"

// proves 12.R3: stores and governors
// proves 12.G1: one governor, a port
for (const rule of GOVERNOR_RULES) test(`in process: ${rule.title}`, () => rule.check(openInProcess))

for (const broken of BROKEN_GOVERNORS) {
  // proves 12.G2: governors broken on purpose
  test(`a governor that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = GOVERNOR_RULES.find(({ title }) => title === broken.caughtBy)
    assert.ok(rule !== undefined, "the contract has no such rule")
    await assert.rejects(rule.check(broken.damage(openInProcess)), isFound)
  })
}

// proves 12.G2: governors broken on purpose
test("each rule has a governor that breaks it", () => {
  const broken = new Set(BROKEN_GOVERNORS.map(({ caughtBy }) => caughtBy))
  assert.deepEqual(
    GOVERNOR_RULES.map(({ title }) => title).filter((title) => !broken.has(title)),
    [],
  )
})

/** An error that the damage itself throws counts too. */
function isFound(error: unknown): boolean {
  return error instanceof assert.AssertionError || (error instanceof Error && error.message === "broken")
}
