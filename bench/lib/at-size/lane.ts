import { setTimeout as sleep } from "node:timers/promises"
import { secondsUntilSent } from "../gateway/seconds-until-sent.ts"
import type { ServedGateway } from "../gateway/serve.ts"
import type { BenchPostgres } from "../postgres.ts"
import { quantile } from "../rounds.ts"
import { text } from "./setting.ts"
import type { AtSize, Sizes } from "./setting.ts"

/** The lane itself takes longer, because its messages go out one after another. */
const WATCHED_MS = 20_000
const POST_EVERY_MS = 200
const LOOK_EVERY_MS = 100
/** Much less than the timeout of a statement. */
const MOST_STATEMENT_SECONDS = 2

/** 29.lane: messages of another app go out while a long lane is due all at once, and so does the lane itself. */
export async function lane(setting: AtSize, { lane: count }: Sizes): Promise<void> {
  const { gateway, postgres } = setting
  await setting.register(APP, 1)
  const inLane = { app: APP, order_key: "lane" }
  await setting.takeInBefore(count, (n, send_at) => text(`member-${n}`, `你好 ${n}`, { ...inLane, send_at }))
  const from = performance.now()
  const end = from + WATCHED_MS
  const pace = watchPace(gateway, count, end)
  const slowest = postgres && findSlowest(postgres, end)
  const waits: Promise<number>[] = []
  for (; performance.now() < end; await sleep(POST_EVERY_MS))
    waits.push(
      secondsUntilSent(gateway.url, text(`other-${waits.length}`, "你好", { app: "default" }), end + WATCHED_MS),
    )
  const { first, silence, sent, seconds } = await pace
  setting.note(`${sent} of the ${count} of the lane went out, ${(sent / seconds).toFixed(1)} a second`)
  setting.tell("the lane's first message, s", first, (seconds) => seconds <= 2)
  setting.tell("the longest time without a message of the lane, s", silence, (seconds) => seconds <= 5)
  const took = await Promise.all(waits)
  setting.tell("a message of another app, p50, s", quantile(took, 0.5), (seconds) => seconds <= 0.5)
  setting.note(`p99 ${quantile(took, 0.99).toFixed(2)} s`)
  setting.tell("the slowest of them, s", Math.max(...took), (seconds) => seconds <= 1.6)
  const statement = await slowest
  if (statement === undefined) return
  setting.tell("the slowest statement, s", statement.seconds, (seconds) => seconds <= MOST_STATEMENT_SECONDS)
  setting.note(statement.query)
}

interface Pace {
  /** Seconds until the first was sent. */
  readonly first: number
  /** The most seconds in which none was sent. */
  readonly silence: number
  /** How many were sent in all. */
  readonly sent: number
  /** The seconds until the end, or until all were sent. */
  readonly seconds: number
}

async function watchPace(gateway: ServedGateway, count: number, end: number): Promise<Pace> {
  const from = performance.now()
  let [first, silence, sent, at] = [Infinity, 0, 0, from]
  for (; performance.now() < end && sent < count; await sleep(LOOK_EVERY_MS)) {
    const now = await gateway.sentOf(APP)
    const seen = performance.now()
    silence = Math.max(silence, seen - at)
    if (now === sent) continue
    first = Math.min(first, seen - from)
    ;[sent, at] = [now, seen]
  }
  return { first: first / 1000, silence: silence / 1000, sent, seconds: (performance.now() - from) / 1000 }
}

interface Statement {
  readonly seconds: number
  readonly query: string
}

/** Watches the running statements, because a statement that is ended by its timeout is in no statistics. */
async function findSlowest(postgres: BenchPostgres, end: number): Promise<Statement> {
  let slowest: Statement = { seconds: 0, query: "none was seen" }
  for (; performance.now() < end; await sleep(LOOK_EVERY_MS)) {
    const [row] = await postgres.admin(`select extract(epoch from clock_timestamp() - query_start)::float8 as seconds,
        left(regexp_replace(query, '\\s+', ' ', 'g'), 100) as query
      from pg_stat_activity where state = 'active' and datname = 'gateway' and backend_type = 'client backend'
      order by query_start limit 1`)
    const seconds = Number(row?.["seconds"] ?? 0)
    if (seconds > slowest.seconds) slowest = { seconds, query: String(row?.["query"]) }
  }
  return slowest
}

const APP = "lanes"
