import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { randomSteps } from "./testing/random-steps.ts"
import { ReusedPostgres } from "./testing/reused-postgres.ts"
import { StorePair } from "./testing/store-pair.ts"

const reused = shared((resources) => Promise.resolve(resources.use(new ReusedPostgres())))

/** `WECOM_PUSH_PAIRS=200` does so many others. A failure prints its seed: run again with that it is made as short as can be. */
const { WECOM_PUSH_PAIRS: wanted, FC_SEED: seed } = process.env
/** Among all tests: the same each time, lest they find fault with whoever changes something else, and for so long at most. */
const isOneOfAll = wanted === undefined && seed === undefined
const longestMs = isOneOfAll ? 90_000 : Infinity

// proves 13.M2: one contract for both stores
test("whatever is done in whatever order, SQLite and PostgreSQL answer, keep and hand out the same", async (t) => {
  const until = performance.now() + longestMs
  let runs = 0
  const property = fc.asyncProperty(randomSteps, async (steps) => {
    if (runs > 0 && performance.now() > until) return
    runs++
    await using pair = await StorePair.open(() => reused().open())
    for (const step of steps) {
      await pair.take(step)
      await pair.compare()
    }
    await pair.compare("all")
  })
  await fc.assert(property, {
    numRuns: Number(wanted ?? 12),
    endOnFailure: seed === undefined,
    ...(isOneOfAll && { seed: 8 }),
  })
  t.diagnostic(`${runs} runs`)
})
