// The randomised kill test. npm run chaos -- --kills 300 [--seed S] [--variant worst] [--control NAME]
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
const { seed, variant, control } = values
if (control !== undefined && !CONTROL_NAMES.includes(control)) refuse(`--control is one of ${CONTROL_NAMES.join(", ")}`)
if (!isVariant(variant)) refuse(`--variant is one of ${Object.keys(VARIANTS).join(", ")}`)

/** A quiet machine makes some twelve. */
const POSTS_PER_KILL = 8

const root = join(tmpdir(), "wecom-push-chaos")
mkdirSync(root, { recursive: true })
const folder = mkdtempSync(join(root, "run-"))
const killsPerPhase =
  values["kills-per-phase"] === undefined ? Math.floor(kills / 30) : Number(values["kills-per-phase"])
const startedAt = performance.now()
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`
const result = await run({
  seed,
  kills,
  leastPosts: kills * POSTS_PER_KILL,
  variant,
  control: control ?? null,
  killsPerPhase: control === undefined ? killsPerPhase : 0,
  longestPauseMs: positive("longest-pause-ms", values["longest-pause-ms"]),
  folder,
  progress: (line) => console.error(`${seconds()}: ${line}`),
})
const isAsExpected =
  control === undefined || !(control in CONTROLS) ? result.isGood : isFound(control as keyof typeof CONTROLS)
console.log(result.told)
console.log(
  `${seconds()}, to repeat: npm run chaos -- --kills ${kills} --seed ${seed} --variant ${variant}${control === undefined ? "" : ` --control ${control}`}`,
)
if (isAsExpected && !values.keep) rmSync(folder, { recursive: true })
else console.log(`what the run left: ${folder}`)
process.exit(isAsExpected ? 0 : 1)

/** Broken on purpose: well is what the checker has found out. */
function isFound(control: keyof typeof CONTROLS): boolean {
  const { mustFind } = CONTROLS[control]
  const found = (JSON.parse(result.told) as Record<string, number>)[mustFind] ?? 0
  console.log(
    found > 0
      ? `${control}: found out, ${mustFind} ${found}`
      : `${control}: broken, and the checker saw nothing ${mustFind}`,
  )
  return found > 0
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
