import { test } from "node:test"
import { fc } from "../../../../../tools/testing/fast-check.ts"
import { commandsOfALife, endOfLife } from "./testing/life/commands.ts"
import { GatewayInLife } from "./testing/life/gateway-in-life.ts"
import { Model } from "./testing/life/model.ts"

/** A failure prints its seed. Run with that seed, the failure is reduced to the shortest one, which takes long. */
const { WECOM_PUSH_LIVES: lives = "20", FC_SEED: seed } = process.env

// proves 3.test 6: a model of a message's life
test(`in ${lives} lives full of faults, kills, cancels, retries and recalls the API tells what the phones have shown`, async () => {
  await fc.assert(
    fc.asyncProperty(commandsOfALife, async (commands) => {
      await using life = await GatewayInLife.start()
      const model = new Model()
      await fc.asyncModelRun(() => ({ model, real: life }), commands)
      await endOfLife(model, life)
    }),
    { numRuns: Number(lives), endOnFailure: seed === undefined },
  )
})
