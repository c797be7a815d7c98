import { test } from "node:test"
import * as fc from "fast-check"
import { commandsOfALife, endOfLife } from "./testing/life/commands.ts"
import { GatewayInLife } from "./testing/life/gateway-in-life.ts"
import { Model } from "./testing/life/model.ts"

/** A failure prints its seed. Given back by WECOM_PUSH_LIFE_SEED it is made as short as can be, which takes its time. */
const { WECOM_PUSH_LIVES: lives = "20", WECOM_PUSH_LIFE_SEED: seed } = process.env

test(`in ${lives} lives full of faults, kills, cancels, retries and recalls the API tells what the phones have shown`, async () => {
  await fc.assert(
    fc.asyncProperty(commandsOfALife, async (commands) => {
      await using life = await GatewayInLife.start()
      const model = new Model()
      await fc.asyncModelRun(() => ({ model, real: life }), commands)
      await endOfLife(model, life)
    }),
    { numRuns: Number(lives), ...(seed === undefined ? { endOnFailure: true } : { seed: Number(seed) }) },
  )
})
