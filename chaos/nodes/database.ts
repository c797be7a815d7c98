import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { startCluster } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import type { Cluster } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import type { DatabaseFaults } from "./database-faults.ts"
import type { Random } from "../lib/random.ts"

/**
 * The PostgreSQL of a run. Commits must outlive a kill of the server, but not a crash of the machine, which does not happen
 * here.
 */
export class NodesDatabase implements AsyncDisposable {
  readonly #cluster: Cluster
  readonly #faults: DatabaseFaults
  readonly name: string

  private constructor(cluster: Cluster, faults: DatabaseFaults, name: string) {
    this.#cluster = cluster
    this.#faults = faults
    this.name = name
  }

  static async start(faults: DatabaseFaults): Promise<NodesDatabase> {
    const cluster = await startCluster(["fsync=off", "synchronous_commit=on", "full_page_writes=on"])
    const name = `chaos_${randomUUID().replaceAll("-", "")}`
    await cluster.admin(`create database ${name}`)
    return new NodesDatabase(cluster, faults, name)
  }

  get url(): string {
    return `postgres://postgres:postgres@/${this.name}?host=${encodeURIComponent(this.#cluster.socketFolder)}&port=5432`
  }

  /** Ends the server at once, with all transactions that are open, and starts it again. */
  async restart(downMs: number): Promise<void> {
    const end = this.#faults.begin("restarted")
    await this.#cluster.restart(downMs)
    end()
  }

  /** Ends some connections, of any nodes. */
  async terminate(random: Random): Promise<void> {
    const rows = await this.#cluster.admin(
      `select pid from pg_stat_activity where datname = '${this.name}' order by pid`,
    )
    const pids = rows.map(({ pid }) => Number(pid))
    const share = random.pick([0.05, 0.2, 1])
    const some = pids.filter(() => random.chance(share))
    if (some.length === 0) return
    const end = this.#faults.begin("terminated")
    await this.#cluster.admin(`select pg_terminate_backend(pid) from unnest(array[${some.join(",")}]) as pid`)
    end()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cluster.stop()
  }
}

/** Ends connections now and then, and restarts the server, until all restarts are done. @param isLeftAlone pauses this */
export async function troubleDatabase(
  database: NodesDatabase,
  random: Random,
  restarts: number,
  isLeftAlone: () => boolean,
  ending: AbortSignal,
): Promise<void> {
  for (let left = restarts; left > 0 || !ending.aborted;) {
    await sleep(random.integer(2000, 6000), undefined, { signal: ending }).catch(() => undefined)
    if (isLeftAlone()) continue
    if (left > 0 && (ending.aborted || random.chance(0.4))) {
      left--
      await database.restart(random.pick([0, random.integer(0, 2000)]))
    } else if (!ending.aborted) await database.terminate(random)
  }
}
