import { randomBytes } from "node:crypto"
import { openSync } from "node:fs"
import { join } from "node:path"
import { startSimulator } from "@wecom-push/simulator"
import { check } from "./check/run-check.ts"
import type { UnkeptPlan } from "./gateway/plan.ts"
import { registerApps, registerChannels } from "./gateway/register-apps.ts"
import { History } from "./history.ts"
import { Random } from "./lib/random.ts"
import { within } from "./lib/within.ts"
import { Load } from "./load/load.ts"
import type { LoadOptions, Rhythm } from "./load/load.ts"
import { changeConfiguration } from "./nemesis/configuration.ts"
import { diedByItself } from "./nemesis/live.ts"
import { membersSpeak } from "./nemesis/members-speak.ts"
import { OneGateway } from "./nemesis/one-gateway.ts"
import { SlowAnswers } from "./nemesis/slow-answers.ts"
import { troubleUpstream } from "./nemesis/upstream.ts"
import { wireFault } from "./nemesis/wire-faults.ts"
import { SeveralGateways } from "./nodes/several-gateways.ts"
import { FaultProxy } from "./proxy/fault-proxy.ts"
import type { Tested } from "./tested.ts"
import { untilQuiet } from "./until-quiet.ts"
import { APPS_AT_WECOM, LOOKUPS_PER_MINUTE, organisation, simulatorSettings } from "./world.ts"
import type { Variant } from "./world.ts"

export interface RunOptions {
  /** The launcher of the packed command. */
  readonly command: string
  readonly seed: string
  readonly kills: number
  /** With one gateway: the least number of posts in the run; each kill waits for its share of them. */
  readonly leastPosts: number
  /** Programs that post at the same time. */
  readonly clients: number
  readonly variant: Variant
  readonly control: string | null
  readonly killsPerPhase: number
  readonly longestPauseMs: number
  /** How many gateways run on one PostgreSQL; null: one gateway on a file. */
  readonly nodes: number | null
  /** With several nodes: restarts of the database, and restarts of all nodes one after another. */
  readonly databaseRestarts: number
  readonly rollingRestarts: number
  /** The longest time, in milliseconds, until another node takes over the work of a dead node. */
  readonly takeoverMs: number
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
const THINK_MS = 60
/**
 * Forty in a minute are more than a member may get; forty in three and a half minutes are fewer, in an hour too. So the alerts
 * that the rate delays are sent in the pause that follows, and a run that ends in that pause need not wait for them.
 */
const ALERTS: Rhythm = { everyMs: 1500, inARow: 40, restMs: 150_000 }
/** Controls are short and need alerts soon: as many as a member may get in three minutes. */
const ALERTS_OF_CONTROLS: Rhythm = { everyMs: 300, inARow: 90, restMs: 180_000 }
/**
 * More in a row than a chat, a robot or a conversation may get in a minute. A short run has one row, at its beginning: the
 * posts that are delayed then have gone out long before its end.
 */
const CHANNELS: LoadOptions["channels"] = {
  chat: { everyMs: 700, inARow: 44, restMs: 300_000 },
  robot: { everyMs: 600, inARow: 46, restMs: 300_000 },
  bot: { everyMs: 400, inARow: 130, restMs: 300_000 },
}
/** A single gateway lives too briefly between its kills to keep up with that; its run tests the windows of members instead. */
const CHANNELS_OF_ONE: LoadOptions["channels"] = {
  chat: { everyMs: 3000, inARow: 20, restMs: 0 },
  robot: { everyMs: 3000, inARow: 20, restMs: 0 },
  bot: { everyMs: 1000, inARow: 60, restMs: 0 },
}
/** Controls that break the channels. */
const OF_CHANNELS: ReadonlySet<string> = new Set([
  "repeat-unchecked",
  "doubts-as-sent",
  "else-after-doubt",
  "robot-windows-apart",
])
/** Controls whose damage shows without alerts: alerts that the rate delays would make a run three minutes longer. */
const WITHOUT_ALERTS: ReadonlySet<string> = new Set(["no-lanes", "acknowledge-early"])
/** Only for the controls of the channels: posts that the windows delay make a run minutes longer. */
const CHANNELS_OF_CONTROLS: LoadOptions["channels"] = {
  chat: { everyMs: 300, inARow: 60, restMs: 180_000 },
  robot: { everyMs: 300, inARow: 60, restMs: 180_000 },
  bot: { everyMs: 200, inARow: 130, restMs: 180_000 },
}
/** Several in a row, so that in the few posts of a control one message can overtake another. */
const LANE_POSTS_IN_A_ROW_OF_CONTROLS = 6
/** Some controls leave messages that never end; a message rightly waits for a minute at most. */
const STUCK_CONTROL_AFTER_MS = 70_000
const WIRE_FAULTS = 0.05
/** Clients repeat until they are answered for good; an app is corrected, and one is deleted once it has no open message. */
const LONGEST_ANSWER_MS = 600_000
/** So few that several gateways reach the limit within a run, and a control exceeds it on a slow machine too. */
const FEW_LOOKUPS_PER_MINUTE = 1000

/** One randomised kill test, from an empty database to the verdict. */
export async function run(options: RunOptions): Promise<RunResult> {
  const { command, seed, kills, variant, control, folder, progress } = options
  const random = new Random(seed)
  const nodes = options.nodes ?? 1
  const lookupsPerMinute = options.nodes === null ? LOOKUPS_PER_MINUTE : FEW_LOOKUPS_PER_MINUTE
  const log = join(folder, "driver.ndjson")
  using history = new History(log)
  history.add({
    kind: "run",
    seed,
    kills,
    variant,
    control,
    apps: APPS_AT_WECOM.map(({ name, agentId, memberPerMinute }) => ({ name, agentId, memberPerMinute })),
    nodes,
    lookupsPerMinute,
  })
  await using simulator = await startSimulator({
    port: 0,
    org: organisation(MEMBERS),
    settings: simulatorSettings(variant),
  })

  const wireRandom = random.fork("wire")
  const slowAnswers = new SlowAnswers(random.fork("slow"), history)
  const wire = { hangs: true }
  const healing = new AbortController()
  await using resources = new AsyncDisposableStack()
  const proxies: FaultProxy[] = []
  for (let node = 1; node <= nodes; node++) {
    let exchanges = 0
    const proxy = await FaultProxy.to(simulator.port, {
      faultOf: (path, exchange) => {
        if (healing.signal.aborted) return undefined
        if (!wireRandom.chance(WIRE_FAULTS)) return slowAnswers.faultOf(path, exchange)
        const fault = wireFault(wireRandom, wire.hangs)
        history.add({ kind: "wire", fault: fault.kind, path, exchange })
        return fault
      },
      onLost: ({ path, name }) => history.add({ kind: "wire", fault: "cut", path, exchange: name }),
      nameExchange: () => `${node}.${++exchanges}`,
    })
    proxies.push(resources.use(proxy))
  }
  const adminKey = `chaos-${randomBytes(24).toString("hex")}`
  const output = openSync(join(folder, "gateway.log"), "a")
  // The first proxy's address for all nodes, because tokens and look-ups are stored for the address of WeCom.
  const baseUrl = `http://127.0.0.1:${proxies[0]?.port}`
  const plan = { command, baseUrl, adminKey, control, markers: null }
  const ports = proxies.map(({ port }) => port)
  await using tested = await start(options, { plan, ports, output, history, random })
  // Assigned while the first gateway runs.
  let sourceToken = ""
  const end = await tested.configure(async (url) => {
    await registerApps(url, adminKey, lookupsPerMinute)
    sourceToken = await registerChannels(url, adminKey)
  })
  if (end !== "0") return { isGood: false, told: `the first gateway ended with ${end} when asked to stop` }
  const load = new Load({
    random: random.fork("load"),
    history,
    members: MEMBERS,
    adminKey,
    clients: options.clients,
    thinkMs: THINK_MS,
    alerts: control === null || WITHOUT_ALERTS.has(control) ? ALERTS : ALERTS_OF_CONTROLS,
    channels: channelsOf(options),
    sourceToken,
    lanePostsInARow: control === null ? 1 : LANE_POSTS_IN_A_ROW_OF_CONTROLS,
    gatewayUrl: () => tested.url(),
  })
  const configuration = changeConfiguration(
    {
      random: random.fork("configuration"),
      history,
      simulator,
      amend: (path, body) => load.change("PATCH", path, body),
    },
    healing.signal,
  )
  const speaking = membersSpeak(simulator.url, random.fork("speakers"), healing.signal)
  // These may fail before they are awaited.
  for (const beside of [configuration, speaking]) beside.catch(() => undefined)

  const calmer = new AbortController()
  const upstream = troubleUpstream(
    { random: random.fork("upstream"), history, simulatorUrl: simulator.url, proxies },
    calmer.signal,
  )
  await tested.trouble({
    random,
    world: { history, proxies, slowAnswers, wire, load },
    kills,
    leastPosts: options.leastPosts,
    longestPauseMs: options.longestPauseMs,
    progress,
    calm: () => {
      calmer.abort()
      load.stopAlerts()
    },
  })
  calmer.abort()
  await upstream

  progress(`${kills} kills done, ${load.posts} posts; healing`)
  healing.abort()
  history.add({ kind: "healed" })
  const gateways = await tested.heal()
  const url = gateways[0]?.url
  if (url === undefined) throw new Error("no gateway lives")
  // Without this, the clients of a dead gateway would repeat their requests forever.
  const died = Promise.race(gateways.map(async ({ exit }) => diedByItself(await exit)))
  const ended = Promise.race([Promise.all([load.stop(), configuration, speaking]), died])
  await within(
    ended,
    LONGEST_ANSWER_MS,
    () => `${load.openPosts} requests for their answers, or one that has to come again`,
  )
  died.catch(() => undefined)
  await untilQuiet({ url, key: adminKey }, progress, control === null ? undefined : STUCK_CONTROL_AFTER_MS)
  history.add({ kind: "quiet" })
  const verdict = await check({
    log,
    simulatorUrl: simulator.url,
    url,
    adminKey,
    database: tested.database,
    killsPerPhase: options.killsPerPhase,
    takeoverMs: options.takeoverMs,
    asJson: control !== null,
  })
  const exits = await Promise.all(gateways.map((gateway) => gateway.stop()))
  const bad = exits.find((exit) => exit !== "0")
  if (bad !== undefined)
    return { isGood: false, told: `${verdict.told}\na gateway ended with ${bad} when asked to stop` }
  return verdict
}

function channelsOf({ control, nodes }: RunOptions): LoadOptions["channels"] {
  if (control !== null) return OF_CHANNELS.has(control) ? CHANNELS_OF_CONTROLS : CHANNELS_OF_ONE
  return nodes === null ? CHANNELS_OF_ONE : CHANNELS
}

interface StartOptions {
  readonly plan: UnkeptPlan
  /** The ports of the nodes' proxies. */
  readonly ports: readonly number[]
  readonly output: number
  readonly history: History
  readonly random: Random
}

async function start(options: RunOptions, { plan, ports, output, history, random }: StartOptions): Promise<Tested> {
  const { folder, nodes, databaseRestarts, rollingRestarts } = options
  if (nodes === null) {
    const database = `sqlite:${join(folder, "gateway.db")}`
    return new OneGateway({ ...plan, database, masterKey: null, home: join(folder, "home") }, output)
  }
  return SeveralGateways.start({
    plan,
    ports,
    folder,
    output,
    history,
    random: random.fork("nodes"),
    nodes,
    databaseRestarts,
    rollingRestarts,
  })
}
