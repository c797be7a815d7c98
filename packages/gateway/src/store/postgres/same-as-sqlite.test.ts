// More of it: PAIR_RUNS=200 [PAIR_SEED=7] node --conditions=wecom-push-source --test packages/gateway/src/store/postgres/same-as-sqlite.test.ts
import { test } from "node:test"
import * as fc from "fast-check"
import { randomSteps } from "./testing/random-steps.ts"
import { StorePair } from "./testing/store-pair.ts"

const { PAIR_RUNS: wanted, PAIR_SEED: seed } = process.env
/** As many as were asked for take as long as they take; among all tests a slow machine makes fewer. */
const longestMs = wanted === undefined ? 90_000 : Infinity

test("whatever is done in whatever order, SQLite and PostgreSQL answer, keep and hand out the same", async (t) => {
  const until = performance.now() + longestMs
  let runs = 0
  const property = fc.asyncProperty(randomSteps, async (steps) => {
    if (runs > 0 && performance.now() > until) return
    runs++
    await using pair = await StorePair.open()
    for (const step of steps) {
      await pair.take(step)
      await pair.compare()
    }
  })
  await fc.assert(property, { numRuns: Number(wanted ?? 12), ...(seed !== undefined && { seed: Number(seed) }) })
  t.diagnostic(`${runs} runs`)
})
