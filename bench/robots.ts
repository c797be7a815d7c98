import { setTimeout as sleep } from "node:timers/promises"
import { needsProc, processorSeconds, residentBytes, startServer } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { startPostgres } from "./lib/postgres.ts"
import type { Report } from "./lib/report.ts"
import { median } from "./lib/rounds.ts"
import { simulate } from "./lib/simulate.ts"

const ROBOTS = 500
const ROUNDS = 20
const SETTLE_MS = 10_000
const WATCH_MS = 30_000
const SECRET = "secret-of-a-robot"

/** Measures two gateways on PostgreSQL with smart robots; one of them holds the connections. */
export async function robots(report: Report): Promise<void> {
  needsProc()
  await using postgres = await startPostgres([
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track_utility=on",
    "pg_stat_statements.track=top",
  ])
  await using folder = await Folder.make()
  await using simulator = await simulate()
  const wecom = new RobotSide(simulator.port)
  await wecom.make()
  const databaseUrl = await postgres.newDatabase("gateway")
  const environment = { WECOM_BOT_URL: wecom.url }
  const start = (): Promise<ServedGateway> => serve(folder, simulator.port, { databaseUrl, environment })
  let holder = await start()
  let other: ServedGateway | undefined
  let bare: Bare | undefined
  try {
    await register(holder)
    await wecom.untilConnected(0)
    for (const [what, signal, atMost] of [
      ["killed", "SIGKILL", 5],
      ["frozen", "SIGSTOP", 15],
    ] as const) {
      const took: number[] = []
      for (let n = 0; n < ROUNDS; n++) {
        other = await start()
        await sleep(1000)
        if (signal === "SIGKILL" && n === 1) {
          bare = await whileIdle(report, { postgres, holder, other, wecom })
        }
        const from = await wecom.last()
        const startedAt = performance.now()
        process.kill(holder.pid, signal)
        await wecom.untilConnected(from)
        took.push(performance.now() - startedAt)
        await holder.kill()
        holder = other
        other = undefined
      }
      report.add({
        what: `the holder of ${ROBOTS} smart robots ${what}, until all are connected again`,
        measured: Math.max(...took) / 1000,
        atMost,
        unit: "s",
        note: `the worst of ${ROUNDS}, median ${seconds(median(took))}; as many bare sockets, of a process that does nothing else: ${seconds(bare?.tookMs ?? 0)}; ${postgres.conditions()}`,
      })
    }
  } finally {
    await holder.kill()
    await other?.kill()
  }
}

interface Idle {
  readonly postgres: Awaited<ReturnType<typeof startPostgres>>
  readonly holder: ServedGateway
  readonly other: ServedGateway
  readonly wecom: RobotSide
}

interface Bare {
  readonly tookMs: number
  /** Bytes. */
  readonly grew: number
}

/** Compares the gateway with one that differs only in the connections. @returns the cost of as many bare sockets */
async function whileIdle(report: Report, { postgres, holder, other, wecom }: Idle): Promise<Bare> {
  await postgres.admin("create extension if not exists pg_stat_statements")
  await sleep(SETTLE_MS)
  const pids = [holder.pid, other.pid]
  const memory = await Promise.all(pids.map(residentBytes))
  await postgres.admin("select pg_stat_statements_reset()")
  const before = await Promise.all(pids.map(processorSeconds))
  const startedAt = performance.now()
  await sleep(WATCH_MS)
  const after = await Promise.all(pids.map(processorSeconds))
  const seconds = (performance.now() - startedAt) / 1000
  const [row] = await postgres.admin(`select sum(calls)::integer as calls from pg_stat_statements(true)
    join pg_database on pg_database.oid = dbid where datname = 'gateway'`)
  const shares = pids.map((_, n) => (((after[n] ?? 0) - (before[n] ?? 0)) / seconds) * 100)
  const [ofHolder = 0, ofOther = 0] = shares
  const [held = 0, unheld = 0] = memory
  const bare = await openBare(wecom.url)
  report.add({
    what: `${ROBOTS} smart robots, memory of the gateway that holds them beyond one that does not / of as many bare sockets`,
    measured: (held - unheld) / bare.grew,
    atMost: 1.5,
    note: `${megabytes(held)}, ${megabytes(unheld)}, bare ${megabytes(bare.grew)}`,
  })
  report.add({
    what: `${ROBOTS} smart robots, idle, time of a core beyond that of a gateway that does not hold them`,
    measured: Math.max(0, ofHolder - ofOther),
    atMost: 1,
    unit: "%",
    note: `${ofHolder.toFixed(2)} % and ${ofOther.toFixed(2)} %, over ${WATCH_MS / 1000} s`,
  })
  report.add({
    what: `${ROBOTS} smart robots, idle, statements a second of each of two gateways`,
    measured: Number(row?.["calls"]) / seconds / 2,
    atMost: 10,
    unit: "a second",
  })
  return bare
}

/** Opens bare sockets of other robots, because WeCom would end the gateway's connections of the same robots. */
async function openBare(url: string): Promise<Bare> {
  await using bare = await startServer("lib/bare-sockets.ts", [url, String(ROBOTS), String(ROBOTS), SECRET])
  const [tookMs, grew] = await Promise.all([bare.told<number>("tookMs"), bare.told<number>("grew")])
  return { tookMs, grew }
}

async function register({ url }: ServedGateway): Promise<void> {
  for (let n = 0; n < ROBOTS; n++) {
    const body = { name: `robot-${n}`, kind: "bot", bot_id: `robot-${n}`, secret: SECRET }
    const headers = { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }
    const answer = await fetch(`${url}/v1/apps`, { method: "POST", headers, body: JSON.stringify(body) })
    if (answer.status !== 201) throw new Error(`no robot: ${answer.status} ${await answer.text()}`)
  }
}

interface Call {
  readonly seq: number
  readonly path: string
}

/** The simulator, which sees the robots connect. */
class RobotSide {
  readonly url: string
  readonly #origin: string

  constructor(port: number) {
    this.#origin = `http://127.0.0.1:${port}`
    this.url = `ws://127.0.0.1:${port}/_bot`
  }

  async make(): Promise<void> {
    const org = (await (await fetch(`${this.#origin}/_sim/org`)).json()) as object
    const bots = Array.from({ length: ROBOTS * 2 + 1 }, (_, n) => ({
      bot_id: `robot-${n}`,
      secret: SECRET,
      name: `${n}`,
    }))
    const answer = await fetch(`${this.#origin}/_sim/org`, { method: "PUT", body: JSON.stringify({ ...org, bots }) })
    if (!answer.ok) throw new Error(`no robots at the simulator: ${await answer.text()}`)
  }

  /** The number of the last call. */
  async last(): Promise<number> {
    return (await this.#calls(0)).at(-1)?.seq ?? 0
  }

  /** Waits until all robots have signed in since that call. */
  async untilConnected(from: number): Promise<void> {
    let after = from
    for (let count = 0; count < ROBOTS; await sleep(50)) {
      const calls = await this.#calls(after)
      after = calls.at(-1)?.seq ?? after
      count += calls.filter(({ path }) => path.endsWith("/aibot_subscribe")).length
    }
  }

  async #calls(after: number): Promise<readonly Call[]> {
    const answer = await fetch(`${this.#origin}/_sim/calls?after=${after}`)
    return ((await answer.json()) as { readonly calls: readonly Call[] }).calls
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
