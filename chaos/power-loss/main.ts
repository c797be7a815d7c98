// Records a gateway's operations on its files, and cuts the power at random moments of a replay: npm run power-loss -- --help
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "../../tools/options.ts"
import { packCommand } from "../../tools/packed-command.ts"
import { without } from "../../tools/testing/programs.ts"
import { describe } from "../gateway/describe.ts"
import type { StateVerdict } from "./judge-state.ts"
import { replay } from "./replay.ts"
import { record } from "./workload.ts"
import type { Synchronous } from "./workload.ts"

const { values, lineWith } = readOptions({
  command: "npm run power-loss",
  about:
    "Records what a gateway at work writes, cuts the power at random places of that, and starts from what is left.",
  options: {
    states: { kind: "count", default: 1000, help: "power cuts" },
    seed: { kind: "text", help: "one run is like another of the same seed; drawn unless given" },
    controls: { kind: "flag", help: "without syncs as well, which must be found out" },
    keep: { kind: "flag", help: "leaves what was recorded" },
  },
})
/** Few, since without syncs every state depends on everything that was ever written, and nearly all states are bad. */
const CONTROL_STATES = 30
const POSTS = 200
/** Half of the posts find as much. */
const CONTROL_POSTS = POSTS / 2
const { states, seed = String(Date.now()) } = values
const missing = process.platform === "linux" ? without("gcc") : "records with LD_PRELOAD, which Linux alone has"
if (missing !== false) {
  console.error(`power-loss ${missing}`)
  process.exit(1)
}

await using packed = await packCommand()
console.log(describe(packed, { wrapped: "writes down what its store has promised" }))
let isGood = await isAsExpected("full", POSTS, states, ({ well }) => well === states)
if (values.controls) {
  // These gateways are broken on purpose: the replay must find it.
  isGood = (await isAsExpected("normal", CONTROL_POSTS, CONTROL_STATES, ({ lost }) => lost > 0)) && isGood
  isGood = (await isAsExpected("off", CONTROL_POSTS, CONTROL_STATES, ({ corrupt }) => corrupt > 0)) && isGood
}
console.log(`to repeat: ${lineWith({ seed, keep: false })}`)
process.exitCode = isGood ? 0 : 1

async function isAsExpected(
  synchronous: Synchronous,
  posts: number,
  states: number,
  expected: (counts: Readonly<Record<StateVerdict["kind"], number>>) => boolean,
): Promise<boolean> {
  const startedAt = performance.now()
  const folder = mkdtempSync(join(tmpdir(), "wecom-push-power-"))
  const found = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "wecom-push-power-"))
  try {
    const recording = await record(packed.command, folder, { seed, synchronous, posts })
    const recordedAt = performance.now()
    const { counts, examples } = await replay(recording, { states, seed, folder: join(found, "state") })
    const promises = recording.operations.filter(({ kind }) => kind === "marker").length
    console.log(
      `synchronous=${synchronous}: ${states} power cuts in ${recording.operations.length} operations (${promises} promises): ` +
        `${counts.lost} lost a promise, ${counts.corrupt} corrupt, ${counts.refused} refused; ` +
        `recorded in ${seconds(startedAt, recordedAt)}, replayed in ${seconds(recordedAt, performance.now())}`,
    )
    const isExpected = expected(counts)
    if (synchronous === "full")
      for (const { kind, detail, operation } of examples) console.log(`${kind} at operation ${operation}: ${detail}`)
    if (!isExpected && synchronous !== "full")
      console.log(`synchronous=${synchronous} is broken, and the replay did not find out`)
    return isExpected
  } finally {
    if (!values.keep) for (const one of [folder, found]) rmSync(one, { recursive: true, force: true })
  }
}

function seconds(fromMs: number, toMs: number): string {
  return `${((toMs - fromMs) / 1000).toFixed(1)} s`
}
