import { randomBytes } from "node:crypto"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { commitCutterBefore } from "../../packages/gateway/src/store/postgres/testing/commit-cutter.ts"
import { GatewayProcess } from "../gateway/gateway-process.ts"
import { Lives } from "../gateway/lives.ts"
import type { UnkeptPlan } from "../gateway/plan.ts"
import type { History } from "../history.ts"
import type { Random } from "../lib/random.ts"
import { within } from "../lib/within.ts"
import type { Load } from "../load/load.ts"
import { diedByItself } from "../nemesis/live.ts"
import { CALMER_AFTER } from "../nemesis/one-gateway.ts"
import type { Tested, Trouble } from "../tested.ts"
import { DatabaseFaults } from "./database-faults.ts"
import { NodesDatabase, troubleDatabase } from "./database.ts"
import { Downs } from "./downs.ts"
import { killNode, Kills } from "./kills.ts"
import { restartAll, startNode } from "./rolling-restart.ts"
import { TakeoverWatch } from "./takeover-watch.ts"

export interface SeveralOptions {
  readonly plan: UnkeptPlan
  /** The ports of the nodes' proxies; the plan names the first one. */
  readonly ports: readonly number[]
  readonly folder: string
  /** File handle for what the processes log. */
  readonly output: number
  readonly history: History
  readonly random: Random
  readonly nodes: number
  readonly databaseRestarts: number
  readonly rollingRestarts: number
}

/**
 * Several gateways on one PostgreSQL, each killed and started again while the others run. The clock of the first is an hour
 * ahead, and some replies of the database to the last one are lost.
 */
export class SeveralGateways implements Tested {
  readonly database: string
  readonly nodes: number
  readonly #options: SeveralOptions
  readonly #database: NodesDatabase
  readonly #faults: DatabaseFaults
  /** Whether replies to some commits are lost. */
  readonly #commits: { areCut: boolean }
  readonly #resources: AsyncDisposableStack
  readonly #spawns: readonly (() => GatewayProcess)[]
  readonly #random: Random
  #lives: readonly Lives[] = []

  static async start(options: SeveralOptions): Promise<SeveralGateways> {
    const { history, random } = options
    await using resources = new AsyncDisposableStack()
    const faults = new DatabaseFaults(history)
    const database = resources.use(await NodesDatabase.start(faults))
    const commits = random.fork("commits")
    const cutting = { areCut: true }
    const cutter = resources.use(
      await commitCutterBefore(database.url, {
        cuts: () => cutting.areCut && commits.chance(CUT),
        onCut: () => faults.begin("commit_cut", options.nodes)(),
      }),
    )
    return new SeveralGateways(options, {
      database,
      faults,
      cutUrl: cutter.url,
      commits: cutting,
      resources: resources.move(),
    })
  }

  private constructor(options: SeveralOptions, { database, faults, cutUrl, commits, resources }: Parts) {
    const { plan, ports, folder, output, nodes, random } = options
    this.#options = options
    this.#database = database
    this.#faults = faults
    this.#commits = commits
    this.#resources = resources
    this.#random = random.fork("balancer")
    this.database = database.url
    this.nodes = nodes
    const masterKey = randomBytes(32).toString("hex")
    this.#spawns = Array.from({ length: nodes }, (_, index) => {
      const home = join(folder, `home-${index + 1}`)
      const ofNode = { ...plan, database: index === nodes - 1 ? cutUrl : database.url, masterKey, home }
      // A killed process stores no compiled code: all use the code of the first, which was stopped after it had been configured.
      const environment = { CHAOS_WAY: `${ports[0]}:${ports[index]}`, XDG_CACHE_HOME: join(folder, "cache") }
      const nodeOptions = [OWN_WAY, ...(index === 0 ? [HOUR_AHEAD] : [])].map((preload) => `--import=${preload}`)
      return () => new GatewayProcess(ofNode, { output, nodeOptions, environment })
    })
  }

  async configure(work: (url: string) => Promise<void>): Promise<string> {
    const first = this.#spawns[0]?.()
    if (first === undefined) throw new RangeError("there are no nodes")
    await work(await first.start())
    const end = await first.stop()
    this.#lives = this.#spawns.map((spawn) => new Lives(spawn))
    return end
  }

  /** The address that a load balancer would choose: never a node that was asked to stop, but perhaps a paused one. */
  url(): string | undefined {
    const urls = this.#lives.flatMap(({ current }) => current?.url ?? [])
    return urls.length === 0 ? undefined : this.#random.pick(urls)
  }

  async trouble(trouble: Trouble): Promise<void> {
    const { history, random, nodes, databaseRestarts, rollingRestarts } = this.#options
    const { progress, world, longestPauseMs } = trouble
    const kills = new Kills()
    const parts = rollingRestarts + 1
    const freezes = Math.ceil(trouble.kills / KILLS_PER_FREEZE)
    // While one node is paused, another is to run and take over its work.
    const withFreezes = Array.from({ length: parts }, (_, index) => index + 1).filter((part) => !mayAllBeDown(part))
    await this.heal()
    await using _ = new TakeoverWatch(this.#database.url, history)
    for (let part = 1; part <= parts; part++) {
      const ending = new AbortController()
      const restarts = share(databaseRestarts, part, parts)
      const ofPart = random.fork(`database ${part}`)
      const database = troubleDatabase(this.#database, ofPart, restarts, () => kills.isFrozen, ending.signal)
      const place = withFreezes.indexOf(part) + 1
      const frozen = place === 0 ? 0 : share(freezes, place, withFreezes.length)
      kills.allow(share(trouble.kills, part, parts), frozen)
      const downs = new Downs(mayAllBeDown(part) ? nodes : Math.max(1, nodes - 1))
      await Promise.all(
        this.#lives.map(async (lives, index) => {
          const node = index + 1
          const ofNode = random.fork(`node ${node}, part ${part}`)
          const faults = this.#faults
          await killNode({ node, lives, kills, downs, random: ofNode, faults, world, longestPauseMs })
        }),
      )
      ending.abort()
      await database
      if (kills.done > trouble.kills * CALMER_AFTER) trouble.calm()
      progress(`${kills.done} kills, ${world.load.posts} posts`)
      if (part === parts) continue
      // Requests that fail because of lost replies, or of the database's last fault, must not count against the restart.
      this.#commits.areCut = false
      await this.heal()
      await within(untilServed(world.load), LONGEST_RECOVERY_MS, () => "requests without an answer to end")
      // A call that hangs would only cost ten seconds each time.
      world.wire.hangs = false
      await restartAll({ all: this.#lives, faults: this.#faults, load: world.load, history })
      world.wire.hangs = true
      this.#commits.areCut = true
    }
    this.#commits.areCut = false
  }

  async heal(): Promise<readonly GatewayProcess[]> {
    const { history } = this.#options
    return Promise.all(
      this.#lives.map(async (lives, index) => {
        const { current } = lives
        if (current?.url !== undefined) return current
        const gateway = await startNode({ node: index + 1, lives, faults: this.#faults, history })
        if (gateway.isDead) diedByItself(await gateway.exit)
        return gateway
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lives.map((lives) => lives.end()))
    await this.#resources.disposeAsync()
  }
}

interface Parts {
  readonly database: NodesDatabase
  readonly faults: DatabaseFaults
  /** The database's address on which replies are lost. */
  readonly cutUrl: string
  readonly commits: { areCut: boolean }
  readonly resources: AsyncDisposableStack
}

/** The share of the replies to COMMIT that are lost. */
const CUT = 0.005
/** One kill in this many follows a pause that is longer than any work of the node may last. */
const KILLS_PER_FREEZE = 100
const OWN_WAY = join(import.meta.dirname, "../gateway/own-way.js")
const HOUR_AHEAD = join(import.meta.dirname, "../gateway/hour-ahead.js")

/** Resolves once every request has been answered for a while. */
async function untilServed(load: Pick<Load, "unserved">): Promise<void> {
  for (let [before, since] = [load.unserved, performance.now()]; performance.now() - since < SERVED_FOR_MS;) {
    await sleep(50)
    if (load.unserved > before) [before, since] = [load.unserved, performance.now()]
  }
}

const SERVED_FOR_MS = 3000
const LONGEST_RECOVERY_MS = 120_000

/** All nodes may be down at once in one part of three; in the others one node keeps running. */
function mayAllBeDown(part: number): boolean {
  return part % 3 === 0
}

/** The share of one part, when `all` is spread evenly over the parts. */
function share(all: number, part: number, parts: number): number {
  return Math.floor((all * part) / parts) - Math.floor((all * (part - 1)) / parts)
}
