import assert from "node:assert/strict"
import { test } from "node:test"
import { CONTRACT, SHARED_CONTRACT } from "../contract.ts"
import { openTemporaryPostgres } from "./testing/open-store.ts"
import { postgresRules } from "./testing/postgres-rules.ts"

const SWEEP = "to come: what a finished message or a dead node leaves behind is not deleted yet"
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["old files go, but none that a stored message names, and no bytes that another file has too", SWEEP],
  ["messages finished long enough ago go, with all that belongs to them", SWEEP],
  ["old events go, but for the newest, and no id is given again", SWEEP],
  ["expired keys, old look-ups and old bodies go, others stay", SWEEP],
])

const instead = new Set(postgresRules.flatMap(({ insteadOf }) => insteadOf))

for (const rule of SHARED_CONTRACT) {
  if (instead.has(rule.title)) continue
  const skip = LEFT_OUT.get(rule.title) ?? false
  test(`postgres: ${rule.title}`, { skip }, () => rule.check(openTemporaryPostgres))
}
for (const rule of postgresRules) test(`postgres: ${rule.title}`, () => rule.check(openTemporaryPostgres))

test("for each rule of the contract that is not this store's there is one that is", () => {
  const titles = new Set(CONTRACT.map(({ title }) => title))
  const run = new Set(SHARED_CONTRACT.flatMap(({ title }) => (instead.has(title) ? [] : title)))
  assert.deepEqual(
    [...instead].filter((title) => !titles.has(title)),
    [],
  )
  assert.deepEqual(
    [...titles].filter((title) => !instead.has(title) && !run.has(title)),
    [],
  )
})
