import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { openSync } from "node:fs"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { LOOKUP_PATH, SEND_PATH } from "./check/evidence.ts"
import { GatewayProcess, ProcessDied } from "./gateway/gateway-process.ts"
import type { GatewayPlan } from "./gateway/plan.ts"
import { registerApps } from "./gateway/register-apps.ts"
import { History } from "./history.ts"
import type { Phase } from "./history.ts"
import { Random } from "./lib/random.ts"
import { Load } from "./load/load.ts"
import { changeConfiguration } from "./nemesis/configuration.ts"
import { endings, phaseAt } from "./nemesis/ending.ts"
import type { Ending } from "./nemesis/ending.ts"
import { SlowAnswers } from "./nemesis/slow-answers.ts"
import { troubleUpstream } from "./nemesis/upstream.ts"
import { wireFault } from "./nemesis/wire-faults.ts"
import { FaultProxy } from "./proxy/fault-proxy.ts"
import { untilQuiet } from "./until-quiet.ts"
import { APPS_AT_WECOM, organisation, simulatorSettings } from "./world.ts"
import type { Variant } from "./world.ts"

export interface RunOptions {
  /** The launcher of the packed command. */
  readonly command: string
  readonly seed: string
  readonly kills: number
  /** Kills go on until so much has been posted, four times as many at most. */
  readonly leastPosts: number
  readonly variant: Variant
  readonly control: string | null
  readonly killsPerPhase: number
  readonly longestPauseMs: number
  /** Must exist and be empty. */
  readonly folder: string
  readonly progress: (line: string) => void
}

export interface RunResult {
  /** The checker's exit code and what it printed. */
  readonly isGood: boolean
  readonly told: string
}

const MEMBERS = 20_000
const CLIENTS = 8
const THINK_MS = 60
/** A few more than a member may get in a minute. Controls are short, and need some in their time. */
const ALERT_EVERY_MS = 1500
const ALERT_EVERY_MS_OF_CONTROLS = 300
/** Three minutes of what a member may get: on a slow machine the last of them would be due long after the kills. */
const MOST_ALERTS_OF_CONTROLS = 90
/** Some of them leave what never ends; the longest that anything rightly waits is a minute. */
const STUCK_CONTROL_AFTER_MS = 70_000
const WIRE_FAULTS = 0.05
/** Alerts over the rate of a member and what stops an app for a minute end early, so that nobody waits for them at the end. */
const CALMER_AFTER = 0.6

/** One randomised kill test, from an empty database to the verdict. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { command, seed, kills, variant, control, folder, progress } = options
  const random = new Random(seed)
  const log = join(folder, "driver.ndjson")
  using history = new History(log)
  history.add({
    kind: "run",
    seed,
    kills,
    variant,
    control,
    apps: APPS_AT_WECOM.map(({ name, agentId, memberPerMinute }) => ({ name, agentId, memberPerMinute })),
  })
  await using simulator = await startSimulator({
    port: 0,
    org: organisation(MEMBERS),
    settings: simulatorSettings(variant),
  })

  const wireRandom = random.fork("wire")
  const slowAnswers = new SlowAnswers(random.fork("slow"), history)
  const healing = new AbortController()
  await using proxy = await FaultProxy.to(simulator.port, {
    faultOf: (path) => {
      if (healing.signal.aborted) return undefined
      if (!wireRandom.chance(WIRE_FAULTS)) return slowAnswers.faultOf(path)
      const fault = wireFault(wireRandom)
      history.add({ kind: "wire", fault: fault.kind, path })
      return fault
    },
  })
  const adminKey = `chaos-${randomBytes(24).toString("hex")}`
  const databaseFile = join(folder, "gateway.db")
  const plan: GatewayPlan = {
    command,
    databaseFile,
    baseUrl: `http://127.0.0.1:${proxy.port}`,
    adminKey,
    home: join(folder, "home"),
    control,
    markers: null,
  }
  const output = openSync(join(folder, "gateway.log"), "a")
  const first = new GatewayProcess(plan, { output })
  await registerApps(await first.start(), adminKey)
  // Which also keeps the compiled code for those that will be killed.
  const end = await first.stop()
  if (end !== "0") return { isGood: false, told: `the first gateway ended with ${end} when asked to stop` }
  const lives = new Lives(() => new GatewayProcess(plan, { output }))
  const load = new Load({
    random: random.fork("load"),
    history,
    members: MEMBERS,
    adminKey,
    clients: CLIENTS,
    thinkMs: THINK_MS,
    alertEveryMs: control === null ? ALERT_EVERY_MS : ALERT_EVERY_MS_OF_CONTROLS,
    mostAlerts: control === null ? Infinity : MOST_ALERTS_OF_CONTROLS,
    gatewayUrl: () => lives.current?.url,
  })
  const configuration = changeConfiguration(
    {
      random: random.fork("configuration"),
      history,
      simulator,
      ask: (method, path, body) => load.ask(method, path, body),
    },
    healing.signal,
  )
  // It may fail while nobody waits for it.
  configuration.catch(() => undefined)
  try {
    await nemesis(options, { random, history, simulator, proxy, slowAnswers, lives, load, healing })

    progress(`${kills} kills done, ${load.posts} posts; healing`)
    healing.abort()
    history.add({ kind: "healed" })
    const gateway = await lives.begin()
    const url = await gateway.start()
    // Clients ask until they are answered, which they never would be.
    await Promise.race([Promise.all([load.stop(), configuration]), gateway.exit.then(diedByItself)])
    await untilQuiet({ url, key: adminKey }, progress, control === null ? undefined : STUCK_CONTROL_AFTER_MS)
    history.add({ kind: "quiet" })
    const verdict = await check({
      log,
      simulator,
      url,
      adminKey,
      databaseFile,
      killsPerPhase: options.killsPerPhase,
      asJson: control !== null,
    })
    const exit = await gateway.stop()
    if (exit !== "0")
      return { isGood: false, told: `${verdict.told}\nthe gateway ended with ${exit} when asked to stop` }
    return verdict
  } finally {
    await lives.end()
  }
}

interface Actors {
  readonly random: Random
  readonly history: History
  readonly simulator: Simulator
  readonly proxy: FaultProxy
  readonly slowAnswers: SlowAnswers
  readonly lives: Lives
  readonly load: Load
  readonly healing: AbortController
}

async function nemesis({ kills, leastPosts, longestPauseMs, progress }: RunOptions, actors: Actors): Promise<void> {
  const { random, history, simulator, proxy, lives, load } = actors
  const calmer = new AbortController()
  const upstream = troubleUpstream(
    { random: random.fork("upstream"), history, simulatorUrl: simulator.url, proxy },
    calmer.signal,
  )
  const nextEnding = endings(random.fork("endings"), longestPauseMs)
  // On a busy machine a life gets little done, and a run without work would prove nothing.
  for (let life = 1; life <= kills || (load.posts < leastPosts && life <= 4 * kills); life++) {
    if (life > kills * CALMER_AFTER) {
      calmer.abort()
      load.stopAlerts()
    }
    const gateway = await lives.begin()
    const ending = nextEnding()
    const cause = ending.kind === "at_point" ? ending.crashPoint.point : ending.kind
    const phases = await live(gateway, life, ending, actors)
    history.add({ kind: "died", life, cause, phases })
    if (life % 50 === 0) progress(`${life} kills, ${load.posts} posts`)
  }
  calmer.abort()
  await upstream
}

/** @returns where it died */
async function live(gateway: GatewayProcess, life: number, ending: Ending, actors: Actors): Promise<Phase[]> {
  const { history, proxy, slowAnswers, load } = actors
  await gateway.loaded
  const startedAt = performance.now()
  const starting = gateway.start(ending.kind === "at_point" ? ending.crashPoint : null)
  if (ending.kind === "while_starting") {
    starting.catch(() => undefined)
    await sleep(ending.afterMs)
    const isStarting = gateway.url === undefined
    const phases = isStarting ? ["start" as const] : phasesOf(gateway, actors)
    await gateway.kill()
    return phases
  }
  try {
    await starting
  } catch (error) {
    if (ending.kind === "at_point" && error instanceof ProcessDied) return ["start", phaseAt(ending.crashPoint)]
    throw error
  }
  history.add({ kind: "started", life, afterMs: Math.round(performance.now() - startedAt) })

  switch (ending.kind) {
    case "at_random":
      await sleep(ending.afterMs)
      break
    case "idle":
      load.pause()
      slowAnswers.pause()
      await until(
        () => load.openPosts === 0 && gateway.phases().length === 0 && proxy.waiting().length === 0,
        LONGEST_LULL_MS,
      )
      break
    case "at_point":
      if (await diesWithin(gateway, LONGEST_WAIT_FOR_POINT_MS))
        return [...new Set([...gateway.phases(), phaseAt(ending.crashPoint)])]
      break
    case "after_pause":
      history.add({ kind: "paused", life, forMs: ending.pauseMs })
      gateway.signal("SIGSTOP")
      await sleep(ending.pauseMs)
      gateway.signal("SIGCONT")
      await sleep(ending.afterMs)
      break
  }
  // Its own death would be a bug, and no kill.
  if (gateway.isDead) diedByItself(await gateway.exit)
  const outside = phasesOf(gateway, actors)
  await gateway.kill()
  load.resume()
  slowAnswers.goOn()
  const phases = new Set([...outside, ...gateway.phases()])
  if (phases.size > 1) phases.delete("idle")
  return [...phases]
}

function diedByItself(how: string): never {
  throw new Error(`the gateway died by itself (${how})`)
}

const LONGEST_LULL_MS = 2500
const LONGEST_WAIT_FOR_POINT_MS = 3000

function phasesOf(gateway: GatewayProcess, { load, proxy }: Actors): Phase[] {
  const phases: Phase[] = gateway.phases()
  if (load.openPosts > 0) phases.push("accept")
  const waiting = proxy.waiting()
  if (waiting.includes(LOOKUP_PATH)) phases.push("resolve")
  if (waiting.includes(SEND_PATH)) phases.push("in_flight")
  return phases.length === 0 ? ["idle"] : phases
}

async function until(isTrue: () => boolean, longestMs: number): Promise<void> {
  const end = performance.now() + longestMs
  while (!isTrue() && performance.now() < end) await sleep(2)
}

async function diesWithin(gateway: GatewayProcess, ms: number): Promise<boolean> {
  await Promise.race([gateway.exit, sleep(ms, undefined, { ref: false })])
  return gateway.isDead
}

/** The gateway that lives now, and the next one, loading already: what is to be tested is its start, not Node's. */
class Lives {
  readonly #spawn: () => GatewayProcess
  #current: GatewayProcess | undefined
  #next: GatewayProcess

  constructor(spawn: () => GatewayProcess) {
    this.#spawn = spawn
    this.#next = spawn()
  }

  get current(): GatewayProcess | undefined {
    return this.#current
  }

  async begin(): Promise<GatewayProcess> {
    await this.#current?.kill()
    this.#current = this.#next
    this.#next = this.#spawn()
    return this.#current
  }

  async end(): Promise<void> {
    await Promise.all([this.#current?.kill(), this.#next.kill()])
  }
}

interface CheckOptions {
  readonly log: string
  readonly simulator: Simulator
  readonly url: string
  readonly adminKey: string
  readonly databaseFile: string
  readonly killsPerPhase: number
  readonly asJson: boolean
}

async function check({
  log,
  simulator,
  url,
  adminKey,
  databaseFile,
  killsPerPhase,
  asJson,
}: CheckOptions): Promise<RunResult> {
  const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
  const words = [
    "--log",
    log,
    "--simulator",
    simulator.url,
    "--gateway",
    url,
    "--database",
    databaseFile,
    "--kills-per-phase",
    `${killsPerPhase}`,
  ]
  const checker = spawn(
    process.execPath,
    [...flags, join(import.meta.dirname, "check/main.ts"), ...words, ...(asJson ? ["--json"] : [])],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"] ?? "", CHAOS_ADMIN_KEY: adminKey },
    },
  )
  const [told, [code]] = await Promise.all([text(checker.stdout), once(checker, "close") as Promise<[number | null]>])
  return { isGood: code === 0, told: told.trimEnd() }
}
