// The randomised kill test. npm run chaos -- --kills 300 [--seed S] [--variant worst] [--control NAME]
// Many kills are done in worlds of a thousand, each judged at its end: one that fails is known then, and its gateway starts
// from a database of the size that a thousand kills leave.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { CONTROL_NAMES, CONTROLS } from "./controls/damage.ts"
import { run } from "./run.ts"
import { VARIANTS } from "./world.ts"
import type { Variant } from "./world.ts"

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now()) },
    variant: { type: "string", default: "documented" },
    control: { type: "string" },
    "kills-per-phase": { type: "string" },
    "longest-pause-ms": { type: "string", default: "1200" },
    keep: { type: "boolean", default: false },
  },
})
const kills = positive("kills", values.kills)
const longestPauseMs = positive("longest-pause-ms", values["longest-pause-ms"])
const { seed, control } = values
if (control !== undefined && !CONTROL_NAMES.includes(control)) refuse(`--control is one of ${CONTROL_NAMES.join(", ")}`)
const variant = isVariant(values.variant)
  ? values.variant
  : refuse(`--variant is one of ${Object.keys(VARIANTS).join(", ")}`)

/** A quiet machine makes some twelve. */
const POSTS_PER_KILL = 8
const KILLS_PER_WORLD = 1000

const root = join(tmpdir(), "wecom-push-chaos")
mkdirSync(root, { recursive: true })
const startedAt = performance.now()
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`
const worlds = Math.ceil(kills / KILLS_PER_WORLD)
let isGood = true
for (let world = 1; world <= worlds; world++) {
  const killsHere = Math.min(KILLS_PER_WORLD, kills - (world - 1) * KILLS_PER_WORLD)
  if (worlds > 1) console.log(`\nworld ${world} of ${worlds}`)
  if (!(await isWell(killsHere, world === 1 ? seed : `${seed}.${world}`))) isGood = false
}
process.exit(isGood ? 0 : 1)

async function isWell(kills: number, seed: string): Promise<boolean> {
  const folder = mkdtempSync(join(root, "run-"))
  const killsPerPhase =
    values["kills-per-phase"] === undefined ? Math.floor(kills / 30) : Number(values["kills-per-phase"])
  const { isGood, told } = await run({
    seed,
    kills,
    leastPosts: kills * POSTS_PER_KILL,
    variant,
    control: control ?? null,
    killsPerPhase: control === undefined ? killsPerPhase : 0,
    longestPauseMs,
    folder,
    progress: (line) => console.error(`${seconds()}: ${line}`),
  })
  const isAsExpected = control !== undefined && isBroken(control) ? isFound(control, told) : isGood
  console.log(told)
  console.log(
    `${seconds()}, to repeat: npm run chaos -- --kills ${kills} --seed ${seed} --variant ${variant}${control === undefined ? "" : ` --control ${control}`}`,
  )
  if (isAsExpected && !values.keep) rmSync(folder, { recursive: true })
  else console.log(`what the run left: ${folder}`)
  return isAsExpected
}

/** Broken on purpose: well is what the checker has found out. */
function isFound(control: keyof typeof CONTROLS, told: string): boolean {
  const { mustFind } = CONTROLS[control]
  const found = (JSON.parse(told) as Record<string, number>)[mustFind] ?? 0
  console.log(
    found > 0
      ? `${control}: found out, ${mustFind} ${found}`
      : `${control}: broken, and the checker saw nothing ${mustFind}`,
  )
  return found > 0
}

function isBroken(word: string): word is keyof typeof CONTROLS {
  return word in CONTROLS
}

function isVariant(word: string): word is Variant {
  return word in VARIANTS
}

function positive(name: string, text: string): number {
  const number = Number(text)
  return Number.isInteger(number) && number > 0 ? number : refuse(`--${name} is a whole number above 0`)
}

function refuse(text: string): never {
  console.error(text)
  process.exit(2)
}
