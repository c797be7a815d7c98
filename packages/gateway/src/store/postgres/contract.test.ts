import assert from "node:assert/strict"
import { test } from "node:test"
import { CONTRACT, SHARED_CONTRACT } from "../contract.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { recentSendRules } from "../testing/contract/recent-send-rules.ts"
import { mediaRules } from "../testing/contract/media-rules.ts"
import { openTemporaryWithBucket } from "./testing/open-store.ts"
import { postgresRules } from "./testing/postgres-rules.ts"
import { ReusedPostgres } from "./testing/reused-postgres.ts"

const reused = shared((resources) => Promise.resolve(resources.use(new ReusedPostgres())))

const instead = new Set([
  ...postgresRules.flatMap(({ insteadOf }) => insteadOf),
  // All gateways together count what members got, in tables of their own: see `governor-contract.test.ts`.
  ...recentSendRules.map(({ title }) => title),
])

for (const rule of SHARED_CONTRACT) {
  if (!instead.has(rule.title)) test(`postgres: ${rule.title}`, () => rule.check(() => reused().openFor(rule)))
}
for (const rule of mediaRules) {
  test(`postgres with a bucket: ${rule.title}`, () => rule.check(openTemporaryWithBucket))
}
for (const rule of postgresRules) test(`postgres: ${rule.title}`, () => rule.check(() => reused().open()))

// proves 13.M2: one contract for both stores
test("each rule of the contract that this store does not have is replaced by one of its own", () => {
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
