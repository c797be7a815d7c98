import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { shared } from "../../../../../tools/testing/shared.ts"
import { randomSteps } from "./testing/random-steps.ts"
import { ReusedPostgres } from "./testing/reused-postgres.ts"
import { StorePair } from "./testing/store-pair.ts"

const reused = shared((resources) => Promise.resolve(resources.use(new ReusedPostgres())))

/**
 * `WECOM_PUSH_PAIRS=200` runs that many other pairs. A failure prints its seed: a run with that shortens the steps as
 * far as possible.
 */
const { WECOM_PUSH_PAIRS: wanted, FC_SEED: seed } = process.env
/**
 * Among all tests: the same steps each time, so that a change elsewhere cannot fail here by chance, and for a limited
 * time.
 */
const isOneOfAll = wanted === undefined && seed === undefined
const longestMs = isOneOfAll ? 90_000 : Infinity

// proves 13.M2: one contract for both stores
test("whatever the steps and their order, SQLite and PostgreSQL answer, store and hand out the same", async (t) => {
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
