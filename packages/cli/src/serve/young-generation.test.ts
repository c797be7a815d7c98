import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { packCommand } from "../../../../tools/packed-command.ts"
import { start } from "../testing/start-process.ts"

/** Makes objects that outlive some collections, as those of requests under way do, and says how large the space of the young is. */
const LOAD = `
  import { getHeapSpaceStatistics } from "node:v8"
  process.on("SIGUSR2", async () => {
    const kept = []
    for (let round = 0; round < 120; round++) {
      for (let n = 0; n < 4000; n++) kept[n] = Array.from({ length: 16 }, () => ({ n }))
      await new Promise(setImmediate)
    }
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space")
    process.stderr.write("young " + Math.round(young.space_size / 1e6) + " MB\\n")
  })`

// proves 29.E7: a message to many that waits
test("29.E7: under load a gateway's young generation grows to 34 MB, or to what an operator names", async () => {
  await using packed = await packCommand()
  const load = join(packed.home, "load.mjs")
  await writeFile(load, LOAD)
  const megabytes = async (flags = ""): Promise<number> => {
    const env = { NODE_OPTIONS: `--import=${load} ${flags}` }
    const words = ["serve", "--simulator", "0", "--port", "0", "--json"]
    await using gateway = start(words, packed.home, env, { launcher: packed.command })
    await gateway.says(/"url"/)
    gateway.child.kill("SIGUSR2")
    return Number(/young (\d+) MB/.exec(await gateway.says(/young \d+ MB\n/))?.[1])
  }
  const most = await megabytes()
  assert.ok(most < 40, `${most} MB`)
  const named = await megabytes("--max-semi-space-size=64")
  assert.ok(named > 60, `${named} MB`)
})
