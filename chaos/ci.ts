// What CI asks of the gateway's reliability beyond the tests (the judge, the tools, and a kill at each point are among
// those), in some seven minutes on two cores. npm run chaos:ci
import { spawnSync } from "node:child_process"
import { packCommand } from "../tools/packed-command.ts"

const SOURCE = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
/**
 * Those that are found out soonest. The others, whose duplicates the tests of the judge and the broken stores show too:
 * npm run chaos:controls
 */
const SOME_CONTROLS = ["acknowledge-early", "no-lanes"]
const STEPS: readonly (readonly [name: string, words: readonly string[]])[] = [
  ["power cuts", ["chaos/power-loss/main.ts", "--states", "1000", "--controls"]],
  ["gateways that are broken on purpose", ["chaos/controls/main.ts", ...SOME_CONTROLS]],
  ["WeCom at its worst", ["chaos/main.ts", "--kills", "30", "--variant", "worst", "--kills-per-phase", "0"]],
  ["random kills", ["chaos/main.ts", "--kills", "100", "--kills-per-phase", "5"]],
]
/** Far beyond what a step takes: one that hangs must not hang CI. */
const STEP_TIMEOUT_MS = 15 * 60_000

{
  await using packed = await packCommand()
  console.log(packed.describe())
}
let isGood = true
for (const [name, words] of STEPS) {
  const startedAt = performance.now()
  console.log(`\n== ${name}`)
  const { status } = spawnSync(process.execPath, [...SOURCE, ...words], { stdio: "inherit", timeout: STEP_TIMEOUT_MS })
  console.log(
    `== ${name}: ${status === 0 ? "well" : "NOT WELL"} after ${Math.round((performance.now() - startedAt) / 1000)} s`,
  )
  isGood &&= status === 0
}
process.exit(isGood ? 0 : 1)
