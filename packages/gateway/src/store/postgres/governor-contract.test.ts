import assert from "node:assert/strict"
import { test } from "node:test"
import { BROKEN_GOVERNORS } from "../../limits/testing/broken-governors.ts"
import { GOVERNOR_RULES } from "../../limits/testing/governor-rules.ts"
import type { GovernorRule, OpenGovernor } from "../../limits/testing/governor-rules.ts"
import { openShared } from "./testing/open-shared-governor.ts"

/** Runs the check, and then closes everything that it opened. */
async function withNodes(check: (open: OpenGovernor) => Promise<void>): Promise<void> {
  await using opened = new AsyncDisposableStack()
  await check(async (limits) => opened.use(await openShared(limits)))
}

for (const rule of GOVERNOR_RULES) test(`on one node of two: ${rule.title}`, () => withNodes(rule.check))

for (const broken of BROKEN_GOVERNORS) {
  test(`on one node of two, a governor that ${broken.name} fails: ${broken.caughtBy}`, async () => {
    const rule = GOVERNOR_RULES.find(({ title }) => title === broken.caughtBy)
    assert.ok(rule !== undefined, "the contract has no such rule")
    // A check that waits a while to see that no call comes may wait too short on a busy machine to see that one does
    // come.
    for (let left = MOST_TRIES; left > 1; left--) if (await finds(rule, broken)) return
    await assert.rejects(
      withNodes((open) => rule.check(broken.damage(open))),
      isFound,
    )
  })
}

const MOST_TRIES = 3

async function finds(rule: GovernorRule, { damage }: (typeof BROKEN_GOVERNORS)[number]): Promise<boolean> {
  try {
    await withNodes((open) => rule.check(damage(open)))
    return false
  } catch (error) {
    if (isFound(error)) return true
    throw error
  }
}

/** An error that the damage itself throws counts too. */
function isFound(error: unknown): boolean {
  return error instanceof assert.AssertionError || (error instanceof Error && error.message === "broken")
}
