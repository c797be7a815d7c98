// More of it: PAIR_RUNS=200 [PAIR_SEED=7] node --conditions=wecom-push-source --test packages/gateway/src/store/postgres/same-as-sqlite.test.ts
import { test } from "node:test"
import * as fc from "fast-check"
import { randomSteps } from "./testing/random-steps.ts"
import { StorePair } from "./testing/store-pair.ts"

const { PAIR_RUNS: runs = "12", PAIR_SEED: seed } = process.env
/** For as long as it takes where it was asked for; in all tests no longer than this, whoever is slow. */
const longest = process.env["PAIR_RUNS"] === undefined ? { interruptAfterTimeLimit: 90_000 } : {}

test("whatever is done in whatever order, SQLite and PostgreSQL answer, keep and hand out the same", async () => {
  await fc.assert(
    fc.asyncProperty(randomSteps, async (steps) => {
      await using pair = await StorePair.open()
      for (const step of steps) {
        await pair.take(step)
        await pair.compare()
      }
    }),
    { numRuns: Number(runs), ...(seed !== undefined && { seed: Number(seed) }), ...longest },
  )
})
