// Holds a snapshot open, as a backup does, while one gateway on PostgreSQL sends waiting messages, and measures its pace before
// the snapshot, at its end and after it. Ends with 1 if a promise does not hold. Its options: npm run held-snapshot -- --help
import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { readOptions } from "../tools/options.ts"
import { startServer } from "./lib/child.ts"
import type { ServerChild } from "./lib/child.ts"
import { ADMIN_KEY } from "./lib/gateway/plan.ts"
import { callsAt, serve } from "./lib/gateway/serve.ts"
import type { ServedGateway } from "./lib/gateway/serve.ts"
import { Folder } from "./lib/gateway/start.ts"
import { packed } from "./lib/packed.ts"
import { startPostgres } from "./lib/postgres.ts"
import { RawClient } from "./lib/raw-client.ts"

const { values } = readOptions({
  command: "npm run held-snapshot",
  about: "The pace of a gateway on PostgreSQL while a snapshot is held open, beside its pace without one.",
  options: {
    waiting: { kind: "count", default: 300_000, help: "messages that wait when it is opened" },
    seconds: { kind: "count", default: 150, help: "how long it is held" },
    "watch-seconds": { kind: "count", default: 30, help: "over how long a pace is measured" },
  },
})
const { waiting, seconds, "watch-seconds": watchSeconds } = values
const BATCH_SIZE = 500
const CONNECTIONS = 4

// Exits explicitly, because the package that starts PostgreSQL fails in a normal exit.
process.exit(await run())

async function run(): Promise<number> {
  console.log((await packed()).describe())
  await using postgres = await startPostgres(["shared_preload_libraries=pg_stat_statements"])
  await using folder = await Folder.make()
  await using stub = await startServer("lib/stub.ts")
  const databaseUrl = await postgres.newDatabase("gateway")
  await using database = await connect(databaseUrl)
  await database.client.query("create extension pg_stat_statements")
  await using gateway = await serve(folder, stub.port, { databaseUrl })
  await takeIn(gateway, database.client)
  console.log(`${await gateway.unfinished()} messages wait`)

  const before = await watch("without", stub, database.client)
  await using holder = await connect(databaseUrl)
  await holder.client.query("begin isolation level repeatable read; select from wecom_push.messages limit 1")
  await sleep(Math.max(0, seconds - watchSeconds) * 1000)
  const held = await watch("held", stub, database.client)
  await holder.client.query("rollback")
  const vacuumedAt = performance.now()
  await database.client.query("vacuum analyze")
  console.log(`the tables are cleared after ${((performance.now() - vacuumedAt) / 1000).toFixed(1)} s`)
  const after = await watch("after", stub, database.client)

  let broken = 0
  const tell = (what: string, measured: number, holds: (measured: number) => boolean): void => {
    if (!holds(measured)) broken++
    console.log(`${holds(measured) ? "ok  " : "FAIL"} ${what}: ${measured.toFixed(2)}`)
  }
  const without = Math.max(before.pace, after.pace)
  tell("pace with the snapshot / without", held.pace / without, (ratio) => ratio >= 0.8)
  console.log(
    `its statements take the server ${before.msPerSend.toFixed(2)} ms a message without and ${held.msPerSend.toFixed(2)} ms with it; of these pg-boss's fetch ${before.fetchMsPerSend.toFixed(2)} and ${held.fetchMsPerSend.toFixed(2)} ms`,
  )
  tell("what all but that fetch takes, with / without", ours(held) / ours(before), (ratio) => ratio <= 1.5)
  return broken === 0 ? 0 : 1
}

interface Watched {
  /** Messages a second. */
  readonly pace: number
  /** The server's time for each message, over all statements. */
  readonly msPerSend: number
  readonly fetchMsPerSend: number
}

/** The time of all statements without pg-boss's fetch. */
function ours({ msPerSend, fetchMsPerSend }: Watched): number {
  return msPerSend - fetchMsPerSend
}

async function watch(name: string, stub: ServerChild, client: Client): Promise<Watched> {
  await client.query("select pg_stat_statements_reset()")
  const [calls, from] = [await callsAt(stub.port), performance.now()]
  await sleep(watchSeconds * 1000)
  const sent = (await callsAt(stub.port)) - calls
  const passed = (performance.now() - from) / 1000
  const { rows: dead } = await client.query<{ dead: number }>(
    "select sum(n_dead_tup)::integer as dead from pg_stat_user_tables where schemaname like 'wecom_push%'",
  )
  const { rows } = await client.query<{ query: string; calls: number; ms: number }>(`
    select query, calls::integer as calls, total_exec_time as ms from pg_stat_statements
    where query not like '%pg_stat_%' order by total_exec_time desc`)
  const msOf = (of: typeof rows): number => of.reduce((sum, { ms }) => sum + ms, 0) / sent
  console.log(`${name}: ${(sent / passed).toFixed(0)} messages a second, ${dead[0]?.dead} dead rows`)
  for (const row of rows.slice(0, 8)) {
    const said = row.query.replaceAll(/\s+/g, " ").slice(0, 90)
    console.log(`  ${(row.ms / sent).toFixed(3)} ms a message, ${(row.ms / row.calls).toFixed(2)} each: ${said}`)
  }
  const fetches = rows.filter(({ query }) => /skip locked/i.test(query) && /retry_count/i.test(query))
  return { pace: sent / passed, msPerSend: msOf(rows), fetchMsPerSend: msOf(fetches) }
}

/** Accepts the messages, which become due when all are stored. */
async function takeIn(gateway: ServedGateway, database: Client): Promise<void> {
  using client = await RawClient.connect(gateway.port, CONNECTIONS)
  const sendAt = new Date(Date.now() + 86_400_000).toISOString()
  const message = (person: number): object => ({
    to: { users: [`member-${person}`] },
    msgtype: "text",
    text: { content: `你好 ${person}` },
    send_at: sendAt,
  })
  const some = async (_: unknown, connection: number): Promise<void> => {
    for (let from = connection * BATCH_SIZE; from < waiting; from += CONNECTIONS * BATCH_SIZE) {
      const batch = JSON.stringify(Array.from({ length: BATCH_SIZE }, (__, n) => message(from + n + 1)))
      await client.post("/v1/messages/batch", ADMIN_KEY, batch, 200)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, some))
  await database.query("update wecom_push.messages set send_at = wecom_push.now_ms(), due_at = wecom_push.now_ms()")
  await database.query("vacuum analyze")
  // When the next message is accepted, the gateway finds that the others are due.
  const next = JSON.stringify({ to: { users: ["member-0"] }, msgtype: "text", text: { content: "你好" } })
  await client.post("/v1/messages", ADMIN_KEY, next)
}

async function connect(url: string): Promise<{ readonly client: Client } & AsyncDisposable> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return { client, [Symbol.asyncDispose]: () => client.end() }
}
