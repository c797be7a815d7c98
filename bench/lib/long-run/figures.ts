import { loadavg } from "node:os"
import { median, quantile } from "../rounds.ts"
import { residentBytes } from "../child.ts"
import type { LongRunDatabase } from "./database.ts"
import type { Load } from "./load.ts"
import type { Phones } from "./phones.ts"

export interface World {
  readonly database: LongRunDatabase
  readonly load: Load
  readonly phones: Phones
  /** Processes whose memory is measured. */
  readonly pids: () => Readonly<Record<string, number>>
}

interface Sample {
  /** The share of the run that had passed when it was taken. */
  readonly share: number
  readonly bytes: ReadonlyMap<string, number>
}

/** Figures that are measured during the run, and the sizes that must not grow. */
export class Figures {
  readonly #world: World
  readonly #memory: Sample[] = []
  readonly #sizes: Sample[] = []
  readonly #acceptMs: number[] = []
  #transactions: { readonly count: number; readonly at: number } | undefined
  #sentUntil = Date.now()

  constructor(world: World) {
    this.#world = world
  }

  async sampleMemory(share: number): Promise<void> {
    const bytes = new Map<string, number>()
    for (const [name, pid] of Object.entries(this.#world.pids())) {
      // A process that is just being replaced has no memory.
      const resident = await residentBytes(pid).catch(() => undefined)
      if (resident !== undefined) bytes.set(name, resident)
    }
    this.#memory.push({ share, bytes })
  }

  /** One line with the measurements since the line before. */
  async line(share: number): Promise<string> {
    const { load, phones } = this.#world
    const sizes = await this.#sizeOfRelations()
    this.#sizes.push({ share, bytes: sizes })
    const times = load.takeTimes()
    for (const ms of times) this.#acceptMs.push(ms)
    const refusals = [...load.takeRefusals()].map(([what, count]) => `${what} × ${count}`)
    const memory = [...(this.#memory.at(-1)?.bytes ?? [])].map(([name, bytes]) => `${name} ${megabytes(bytes)}`)
    return [
      `posted ${load.posted}, accepted ${load.accepted}, shown ${phones.shown}`,
      ...(refusals.length > 0 ? [`refused ${refusals.join(", ")}`] : []),
      `accept ${described(times)}`,
      `sent after ${await this.#sentAfter()}`,
      await this.#transactionsPerSecond(),
      `tables ${megabytes([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0))}, dead rows ${await this.#deadRows()}`,
      `memory ${memory.join(", ")}`,
      `load ${(loadavg()[0] ?? NaN).toFixed(1)}`,
    ].join("; ")
  }

  /** The lines about the whole run. */
  async summary(since: number): Promise<readonly string[]> {
    const sizes = [...(this.#sizes.at(-1)?.bytes ?? [])].toSorted(([, a], [, b]) => b - a)
    return [
      `accept ${described(this.#acceptMs)}, longest until accepted after a refusal ${(this.#world.load.longestRefusedMs / 1000).toFixed(1)} s`,
      `sent after ${await this.#sentAfter(since)}`,
      ...sizes
        .filter(([, bytes]) => bytes >= WORTH_A_LINE)
        .map(
          ([name, bytes]) =>
            `size of ${name}: ${megabytes(bytes)}, second quarter ${megabytes(inSecond(this.#sizes, name))}`,
        ),
    ]
  }

  /** Everything that has grown by more than a tenth from the second quarter of the run to the last. */
  grown(): readonly string[] {
    return [...grownIn(this.#memory, 0), ...grownIn(this.#sizes, WORTH_A_LINE)]
  }

  async #sizeOfRelations(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#world.database
      .query(`select nspname || '.' || relname as name, pg_relation_size(c.oid) as bytes
      from pg_class c join pg_namespace n on n.oid = relnamespace
      where nspname like 'wecom_push%' and relkind in ('r', 'i', 't')`)
    return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]))
  }

  async #deadRows(): Promise<string> {
    const rows = await this.#world.database.query(`select relname, n_dead_tup from pg_stat_user_tables
      order by n_dead_tup desc limit 3`)
    return rows.map(({ relname, n_dead_tup: dead }) => `${String(relname)} ${Number(dead)}`).join(", ")
  }

  async #sentAfter(since = this.#sentUntil): Promise<string> {
    const until = Date.now() - 1000
    const [row] = await this.#world.database.query(`select count(*) as count,
      percentile_cont(array[0.5, 0.99, 1]) within group (order by finished_at - accepted_at) as ms
      from wecom_push.messages where finished_at >= ${since} and finished_at < ${until}`)
    this.#sentUntil = until
    const [half = NaN, p99 = NaN, most = NaN] = (row?.["ms"] ?? []) as readonly number[]
    return `p50 ${half.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at most ${most.toFixed(0)} ms (${Number(row?.["count"])})`
  }

  async #transactionsPerSecond(): Promise<string> {
    const [row] = await this.#world.database.query(
      "select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()",
    )
    const now = { count: Number(row?.["count"]), at: performance.now() }
    const before = this.#transactions
    this.#transactions = now
    if (before === undefined || now.count < before.count) return "transactions -"
    return `transactions ${(((now.count - before.count) * 1000) / (now.at - before.at)).toFixed(0)}/s`
  }
}

/** @param least bytes; smaller sizes are ignored */
function grownIn(samples: readonly Sample[], least: number): readonly string[] {
  const names = new Set(samples.flatMap(({ bytes }) => [...bytes.keys()]))
  if (names.size === 0) return ["nothing was measured"]
  return [...names].flatMap((name) => {
    const [before, after] = [inSecond(samples, name), inLast(samples, name)]
    // The run took seconds, or the process could not be measured, so it is unknown whether it has grown.
    if (Number.isNaN(before) || Number.isNaN(after))
      return [`${name} was not measured in the second quarter and in the last`]
    return after >= least && after > before * MOST_GROWTH
      ? [`${name} grew from ${megabytes(before)} to ${megabytes(after)}`]
      : []
  })
}

const inSecond = (samples: readonly Sample[], name: string): number => medianIn(samples, name, 0.25, 0.5)
const inLast = (samples: readonly Sample[], name: string): number => medianIn(samples, name, 0.75, Infinity)

function medianIn(samples: readonly Sample[], name: string, from: number, to: number): number {
  return median(
    samples.filter(({ share }) => share >= from && share < to).flatMap(({ bytes }) => bytes.get(name) ?? []),
  )
}

function described(ms: readonly number[]): string {
  return `p50 ${quantile(ms, 0.5).toFixed(0)} ms, p99 ${quantile(ms, 0.99).toFixed(0)} ms (${ms.length})`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** The sizes of smaller relations depend on the progress of vacuum. */
const WORTH_A_LINE = 8e6
const MOST_GROWTH = 1.1
