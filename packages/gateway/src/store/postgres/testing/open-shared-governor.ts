import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { beijingDay } from "@wecom-push/protocol/delivery"
import { agentParty } from "../../../model/party.ts"
import { JumpAwareClock } from "../../../model/jump-aware-clock.ts"
import type { Governor, Governors } from "../../../model/ports/governor.ts"
import type { OpenedPostgres } from "../open.ts"
import { endConnections } from "./open-store.ts"
import { SetClock } from "./set-clock.ts"
import { openTwoNodes } from "./two-nodes.ts"
import type { TwoNodes } from "./two-nodes.ts"
import { AllCalls } from "../../../limits/all-calls.ts"
import { sharedGovernors } from "../../../limits/shared-governors.ts"
import { STILL_AT_MS } from "../../../limits/testing/governor-rules.ts"
import type { GovernorUnderTest, Limits } from "../../../limits/testing/governor-rules.ts"
import { settingsFor } from "../../../limits/testing/open-governor.ts"

const AGENT = { corpId: "ww1", agentId: 1000002 }

/**
 * Two nodes on a database, whose clock moves only when a test lets time pass, unless it should run; on each an app of
 * the same agent.
 */
export class SharedGovernorsUnderTest implements AsyncDisposable {
  readonly nodes: TwoNodes
  readonly #limits: Limits
  readonly #clock: SetClock | undefined
  readonly #stopping = new AbortController()
  #nowMs = STILL_AT_MS

  static async open(limits: Limits, clock: "still" | "runs" = "still"): Promise<SharedGovernorsUnderTest> {
    const nodes = await openTwoNodes()
    const set = clock === "still" ? await SetClock.stop(nodes.url, STILL_AT_MS) : undefined
    return new SharedGovernorsUnderTest(nodes, limits, set)
  }

  private constructor(nodes: TwoNodes, limits: Limits, clock: SetClock | undefined) {
    this.nodes = nodes
    this.#limits = limits
    this.#clock = clock
  }

  get nowMs(): number {
    return this.#nowMs
  }

  async pass(ms: number): Promise<void> {
    this.#nowMs += ms
    await this.#clock?.set(this.#nowMs)
  }

  /**
   * @param aheadMs how much the node's clock is ahead of the database's. @param stopping after it the node is silent
   */
  governorsOn(
    { stores, counts }: OpenedPostgres,
    { aheadMs = 0, stopping = this.#stopping.signal }: { aheadMs?: number; stopping?: AbortSignal } = {},
  ): Governors {
    const now = (): number => this.#nowMs + aheadMs
    return sharedGovernors(counts)({
      ...stores,
      clock: new JumpAwareClock({ now, monotonic: now, sleep: (ms) => sleep(Math.min(ms, 20)) }),
      log: { info: nothing, warn: nothing, error: nothing },
      random: () => 0.5,
      stopping: AbortSignal.any([stopping, this.#stopping.signal]),
      allCalls: new AllCalls(this.#limits.sockets ?? 100),
      onOpened: nothing,
      onDoubted: nothing,
      ratesOf: () => ({ members: undefined, countsChats: false }),
      keysIn: () => [],
    })
  }

  /** The governor of one of the names of the agent. */
  async governorOf(name: string, { stores }: OpenedPostgres, governors: Governors): Promise<Governor> {
    const settings = settingsFor(this.#limits)
    if ((await stores.apps.get(name)) === undefined)
      await stores.apps.put({ ...AGENT, name, settings, secrets: { secret: "s" } }, STILL_AT_MS)
    const app = await stores.apps.get(name)
    if (app === undefined) throw new Error("it was just put")
    return governors.open(app)
  }

  /** Each node's governor of the single app. */
  async both(): Promise<readonly [Governor, Governor]> {
    const [one, two] = this.nodes.opened
    const first = await this.governorOf("alerts", one, this.governorsOn(one))
    return [first, await this.governorOf("alerts", two, this.governorsOn(two))]
  }

  quotaTaken(): Promise<number> {
    return this.nodes.one.personTimes.taken(agentParty(AGENT), beijingDay(STILL_AT_MS))
  }

  /** Makes all writes fail. */
  async breakStore(): Promise<void> {
    const { database, url } = this.nodes
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(database)
    await sql`alter database ${sql.id(rows[0]?.name ?? "")} set default_transaction_read_only = on`.execute(database)
    await endConnections(url)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.nodes[Symbol.asyncDispose]()
  }
}

/** A governor for the contract: both names are on one node, which shares its counts with another. */
export async function openShared(limits: Limits): Promise<GovernorUnderTest & AsyncDisposable> {
  const world = await SharedGovernorsUnderTest.open(limits)
  const [node] = world.nodes.opened
  const governors = world.governorsOn(node)
  return {
    governor: await world.governorOf("alerts", node, governors),
    otherName: await world.governorOf("alarms", node, governors),
    nowMs: () => world.nowMs,
    pass: (ms) => world.pass(ms),
    quotaTaken: () => world.quotaTaken(),
    breakStore: () => world.breakStore(),
    // Longer than it takes to ask for what is missing; the broken governors show that it is long enough.
    settled: () => sleep(150),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

function nothing(): void {}
