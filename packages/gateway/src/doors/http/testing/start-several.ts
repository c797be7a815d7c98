import { setTimeout as sleep } from "node:timers/promises"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator, SimulatorOptions } from "@wecom-push/simulator"
import { startGateway } from "../../../app/main.ts"
import type { Gateway } from "../../../app/main.ts"
import { newMigratedDatabase } from "../../../store/postgres/testing/migrated-database.ts"
import { placeEmptyDatabase, TemporaryFolder } from "../../../store/testing/open-store.ts"
import { ADMIN_KEY, request } from "./start-gateway.ts"
import type { RequestOptions, TestAnswer } from "./start-gateway.ts"

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
type Json = Record<string, any>

export interface Several extends AsyncDisposable {
  readonly simulator: Simulator
  /** The URL of the database. */
  readonly url: string
  readonly gateways: readonly Gateway[]
  /** The log lines of all gateways. */
  readonly logLines: readonly string[]
  /** Starts another gateway on the same database. */
  start(environment?: Readonly<Record<string, string>>): Promise<Gateway>
  /** Sends a request to one of the gateways, by its index. */
  request(gateway: number, path: string, init?: RequestOptions): Promise<TestAnswer>
  /** Resolves with the message once that gateway reports it in one of these states. */
  until(gateway: number, id: string, ...states: readonly string[]): Promise<Json>
  /** Messages that a phone shows. */
  phone(userid: string): Promise<readonly Json[]>
  /** Calls of WeCom's API whose path ends like this. */
  calls(path: string): Promise<readonly Json[]>
  /** Adds a fault of WeCom's. */
  fault(fault: Readonly<Json>): Promise<void>
}

/**
 * Asks until the answer has that status: a gateway counts its stocks once a second, and on a busy machine a little later.
 * @returns the last answer
 */
export async function answered(status: number, ask: () => Promise<TestAnswer>): Promise<TestAnswer> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const answer = await ask()
    if (answer.status === status || performance.now() > deadline) return answer
    await sleep(100)
  }
}

/** The stores on which a promise holds: each test of it names both. */
export const STORES = ["SQLite", "PostgreSQL"] as const

/** The whole system on a store: one gateway on SQLite, which answers for any index; two on PostgreSQL. */
export function startOn(
  store: (typeof STORES)[number],
  shared: Readonly<Record<string, string>> = {},
  simulator: SimulatorOptions = {},
): Promise<Several> {
  return store === "PostgreSQL" ? startSeveral(2, shared, simulator) : startAlone(shared, simulator)
}

async function startAlone(shared: Readonly<Record<string, string>>, simulator: SimulatorOptions): Promise<Several> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(new TemporaryFolder())
  await placeEmptyDatabase(folder.file())
  const database = { WECOM_PUSH_DATABASE_URL: `sqlite:${folder.file()}` }
  const several = await startAll(1, { ...shared, ...database }, simulator)
  const kept = started.move()
  kept.use(several)
  return {
    ...several,
    request: (_, path, init) => several.request(0, path, init),
    until: (_, ...wanted) => several.until(0, ...wanted),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/**
 * The whole system several times: gateways that share a database and send to one simulator.
 * @param shared settings that each of them gets in addition
 */
export async function startSeveral(
  count: number,
  shared: Readonly<Record<string, string>> = {},
  simulator: SimulatorOptions = {},
): Promise<Several> {
  await using started = new AsyncDisposableStack()
  const { url } = started.use(await newMigratedDatabase())
  const several = await startAll(count, { ...shared, WECOM_PUSH_DATABASE_URL: url }, simulator)
  const kept = started.move()
  kept.use(several)
  return { ...several, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function startAll(
  count: number,
  shared: Readonly<Record<string, string>> & { readonly WECOM_PUSH_DATABASE_URL: string },
  options: SimulatorOptions,
): Promise<Several> {
  await using started = new AsyncDisposableStack()
  const simulator = started.use(await startSimulator({ port: 0, ...options }))
  const running = started.use(new AsyncDisposableStack())
  const gateways: Gateway[] = []
  const logLines: string[] = []
  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<Gateway> => {
    const gateway = await startGateway({
      environment: {
        WECOM_PUSH_ADMIN_KEY: ADMIN_KEY,
        WECOM_PUSH_MASTER_KEY: "07".repeat(32),
        ...shared,
        ...environment,
      },
      port: 0,
      baseUrl: simulator.url,
      botUrl: shared["WECOM_BOT_URL"] ?? `${simulator.url.replace("http", "ws")}/_bot`,
      apps: [{ name: "alerts", corpId: simulator.org.corp_id, agentId: 1_000_002, secret: "sim-secret-alerts" }],
      logTo: { write: (line) => void logLines.push(line) },
    })
    gateways.push(running.use(gateway))
    return gateway
  }
  await Promise.all(Array.from({ length: count }, () => start()))
  const kept = started.move()
  const ask = (gateway: number, path: string, init?: RequestOptions): Promise<TestAnswer> => {
    const asked = gateways[gateway]
    if (asked === undefined) throw new RangeError(`there is no gateway ${gateway}`)
    return request(asked.url + path, init)
  }
  return {
    simulator,
    url: shared.WECOM_PUSH_DATABASE_URL,
    gateways,
    logLines,
    start,
    request: ask,
    async until(gateway, id, ...states) {
      for (;;) {
        const { json } = await ask(gateway, `/v1/messages/${id}`)
        if (states.includes(json.state)) return json
        await sleep(20)
      }
    },
    async phone(userid) {
      const answer = await fetch(`${simulator.url}/_sim/messages?userid=${userid}`)
      return ((await answer.json()) as { messages: Json[] }).messages
    },
    async calls(path) {
      const answer = await fetch(`${simulator.url}/_sim/calls`)
      return ((await answer.json()) as { calls: Json[] }).calls.filter((call) => String(call["path"]).endsWith(path))
    },
    async fault(fault) {
      const { ok } = await fetch(`${simulator.url}/_sim/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fault),
      })
      if (!ok) throw new Error("the simulator does not know this fault")
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
