// The randomised kill test: npm run chaos -- --help
// Many kills are split into worlds of a thousand, and each world is judged at its end, so a failure is known early, and its
// gateway starts on a database that is not larger than a thousand kills make it.
import { fork } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "../tools/options.ts"
import { packCommand } from "../tools/packed-command.ts"
import type { Fault, FaultKind } from "./check/evidence.ts"
import { isNodesControl, NODES_CONTROL_NAMES, NODES_CONTROLS } from "./controls/damage-nodes.ts"
import { CONTROL_NAMES, CONTROLS } from "./controls/damage.ts"
import { describe } from "./gateway/describe.ts"
import type { RunResult } from "./run.ts"
import type { WorldMessage, WorldOptions } from "./world-process.ts"
import { VARIANTS } from "./world.ts"
import type { Variant } from "./world.ts"

const { values, lineWith } = readOptions({
  command: "npm run chaos",
  about:
    "Kills gateways at random while they are at work, and judges what has become of every message.\nWith --nodes several of them on one PostgreSQL, which is restarted as well.",
  options: {
    kills: { kind: "count", default: 300, help: "processes that are killed" },
    seed: { kind: "text", help: "one run is like another of the same seed; drawn unless given" },
    variant: {
      kind: "text",
      default: "documented",
      oneOf: Object.keys(VARIANTS).filter(isVariant),
      help: "how WeCom behaves",
    },
    control: { kind: "text", help: "a gateway that is broken on purpose, and must be found out" },
    "kills-per-phase": { kind: "count", mayBeZero: true, help: "at least so many in each phase of a call" },
    "longest-pause-ms": { kind: "count", default: 1200, help: "most that a process stands still" },
    clients: { kind: "count", default: 8, help: "programs that post at the same time" },
    parallel: { kind: "count", default: 1, help: "worlds at a time, of a thousand kills each" },
    nodes: { kind: "count", help: "gateways on one PostgreSQL; without it one gateway on SQLite" },
    "database-restarts": { kind: "count", help: "with nodes; one for twenty kills unless given" },
    "rolling-restarts": { kind: "count", help: "with nodes; one for twenty kills unless given" },
    "takeover-ms": {
      kind: "count",
      default: 2000,
      help: "longest until another node continues the work of a dead one; more where the machine has much else to do",
    },
    keep: { kind: "flag", help: "leaves logs and databases of a run that was well too" },
  },
})
const {
  kills,
  parallel,
  variant,
  seed = String(Date.now()),
  control,
  "longest-pause-ms": longestPauseMs,
  "takeover-ms": takeoverMs,
} = values
const nodes = values.nodes ?? null
const controls = nodes === null ? CONTROL_NAMES : NODES_CONTROL_NAMES
if (control !== undefined && !controls.includes(control))
  refuse(`--control is one of ${controls.join(", ")} ${nodes === null ? "without" : "with"} --nodes`)

const mustFind = mustBeFound(control)

interface World {
  readonly number: number
  readonly kills: number
  readonly seed: string
}

/** An idle machine makes some twelve; two worlds at a time on two cores make fewer. */
const POSTS_PER_KILL = 4
/** More, because the few kills of a control find nothing without as much work as on an idle machine. */
const POSTS_PER_KILL_OF_CONTROLS = 10
const KILLS_PER_WORLD = 1000
const RESTARTS = ["database-restarts", "rolling-restarts"] as const

const root = join(tmpdir(), "wecom-push-chaos")
mkdirSync(root, { recursive: true })
const startedAt = performance.now()
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`
const packed = await packCommand()
console.log(describe(packed, control === undefined ? {} : { wrapped: "its store is broken on purpose" }))
const worlds = Array.from({ length: Math.ceil(kills / KILLS_PER_WORLD) }, (_, index) => ({
  number: index + 1,
  kills: Math.min(KILLS_PER_WORLD, kills - index * KILLS_PER_WORLD),
  seed: index === 0 ? seed : `${seed}.${index + 1}`,
}))
const left = [...worlds]
const verdicts: boolean[] = []
try {
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (let world = left.shift(); world !== undefined; world = left.shift()) verdicts.push(await isWell(world))
    }),
  )
} finally {
  await packed[Symbol.asyncDispose]()
}
const bad = verdicts.filter((isGood) => !isGood).length
if (worlds.length > 1) console.log(`\n${kills} kills in ${worlds.length} worlds, ${bad} of them not well, ${seconds()}`)
process.exit(bad === 0 ? 0 : 1)

async function isWell({ number, kills, seed }: World): Promise<boolean> {
  const folder = mkdtempSync(join(root, "run-"))
  const killsPerPhase = values["kills-per-phase"] ?? Math.floor(kills / 30)
  const name = worlds.length === 1 ? "" : `world ${number} of ${worlds.length}, `
  const { isGood, told } = await runWorld(
    {
      command: packed.command,
      seed,
      kills,
      leastPosts: kills * (control === undefined ? POSTS_PER_KILL : POSTS_PER_KILL_OF_CONTROLS),
      clients: values.clients,
      variant,
      control: control ?? null,
      killsPerPhase: control === undefined ? killsPerPhase : 0,
      longestPauseMs,
      nodes,
      databaseRestarts: share("database-restarts", kills),
      rollingRestarts: share("rolling-restarts", kills),
      takeoverMs,
      folder,
    },
    (line) => console.error(`${name}${seconds()}: ${line}`),
  )
  if (name !== "") console.log(`\nworld ${number} of ${worlds.length}`)
  const isAsExpected = mustFind === undefined ? isGood : isFound(mustFind, told)
  console.log(told)
  const again = lineWith({ kills, seed, parallel: 1, keep: false, ...givenShares(kills) })
  console.log(`${seconds()}, to repeat: ${again}`)
  if (isAsExpected && !values.keep) rmSync(folder, { recursive: true })
  else console.log(`what the run left: ${folder}`)
  return isAsExpected
}

/**
 * Runs a world in a process of its own, and ends that by a signal: once, a thread that had finished its work was seen in an
 * endless loop when the process was to end.
 */
async function runWorld(options: WorldOptions, progress: (line: string) => void): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>()
  const world = fork(new URL("world-process.ts", import.meta.url))
  world.on("message", (message: WorldMessage) => {
    if ("progress" in message) progress(message.progress)
    else resolve(message.result)
  })
  world.on("error", reject)
  world.on("exit", (code, signal) => reject(new Error(`the process of a world ended with ${signal ?? code}`)))
  world.send(options)
  try {
    return await promise
  } finally {
    world.kill("SIGKILL")
  }
}

/** Whether the checker has found the damage of a world that is broken on purpose. */
function isFound({ kind, text }: MustFind, told: string): boolean {
  const { faults } = JSON.parse(told) as { readonly faults: readonly Fault[] }
  const found = faults.filter((fault) => fault.kind === kind && (text === undefined || fault.text === text))
  const count = found.reduce((sum, fault) => sum + fault.count, 0)
  const what = text === undefined ? kind : `${kind}: ${text}`
  console.log(count > 0 ? `${control}: found out, ${what}, ${count}` : `${control}: broken, and not told is ${what}`)
  return count > 0
}

/** A world's share of the restarts of a run: one for twenty kills unless an option says otherwise. */
function share(name: (typeof RESTARTS)[number], killsOfWorld: number): number {
  const all = values[name] ?? kills / 20
  return Math.ceil((all * killsOfWorld) / kills)
}

/** The shares of the options that were given; a world has defaults for the others. */
function givenShares(killsOfWorld: number): { readonly [Name in (typeof RESTARTS)[number]]?: number } {
  const given = RESTARTS.filter((name) => values[name] !== undefined)
  return Object.fromEntries(given.map((name) => [name, share(name, killsOfWorld)]))
}

interface MustFind {
  readonly kind: FaultKind
  /** Any fault of that kind unless given. */
  readonly text?: string
}

/** Undefined where nothing is broken, or the damage has no effect. */
function mustBeFound(control: string | undefined): MustFind | undefined {
  if (control === undefined) return undefined
  if (isNodesControl(control)) return NODES_CONTROLS[control].mustFind
  return isBroken(control) ? { kind: CONTROLS[control].mustFind } : undefined
}

function isBroken(word: string): word is keyof typeof CONTROLS {
  return word in CONTROLS
}

function isVariant(word: string): word is Variant {
  return word in VARIANTS
}

function refuse(text: string): never {
  console.error(text)
  process.exit(2)
}
