import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import type { GoneBack } from "../history.ts"
import { startCluster, startStandby } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import type { Cluster } from "../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { ServerLink } from "../../packages/gateway/src/store/postgres/testing/server-link.ts"

/** The time from which the standby lacks commits of the primary. */
export type Lack = Pick<GoneBack, "from" | "lacksFrom">

/** Two servers of PostgreSQL: a primary, and an asynchronous standby that takes over when the primary has been killed. */
export class DayServers implements AsyncDisposable {
  readonly #standby: Cluster
  readonly #link: ServerLink
  readonly #resources: AsyncDisposableStack
  #used: Cluster
  #dead: Cluster | undefined

  /** @param settings for both servers */
  static async start(settings: readonly string[]): Promise<DayServers> {
    await using resources = new AsyncDisposableStack()
    const adopt = (one: Cluster): Cluster => resources.adopt(one, () => one.stop())
    const first = adopt(await startCluster(settings))
    const standby = adopt(await startStandby(first, settings))
    const link = resources.use(new ServerLink(first))
    return new DayServers(first, standby, link, resources.move())
  }

  private constructor(first: Cluster, standby: Cluster, link: ServerLink, resources: AsyncDisposableStack) {
    this.#used = first
    this.#standby = standby
    this.#link = link
    this.#resources = resources
  }

  /** Leads to the server that is in use. */
  get socketFolder(): string {
    return this.#link.socketFolder
  }

  get dataFolder(): string {
    return this.#used.dataFolder
  }

  /** Executes one statement in the database `postgres`. */
  async admin(statement: string): Promise<void> {
    await this.#used.admin(statement)
  }

  /** Does the work on the server that is in use. If that server is killed meanwhile, an error of the work is ignored. */
  async asLongAsItLives(work: (socketFolder: string) => Promise<void>): Promise<void> {
    const server = this.#used
    try {
      await work(server.socketFolder)
    } catch (error) {
      if (server !== this.#dead) throw error
    }
  }

  /** Ends replication to the standby once it has all commits so far. */
  async cutOff(): Promise<Lack> {
    const from = Date.now()
    const [before] = await this.#used.admin("select pg_current_wal_insert_lsn()::text as place")
    const place = String(before?.["place"])
    const has = `select pg_last_wal_replay_lsn() >= '${place}'::pg_lsn as has`
    await until(async () => (await this.#standby.admin(has))[0]?.["has"] === true)
    await this.#standby.admin("alter system set primary_conninfo = ''")
    await this.#standby.admin("select pg_reload_conf()")
    await until(async () => (await this.#used.admin("select from pg_stat_replication")).length === 0)
    return { from, lacksFrom: Date.now() }
  }

  /** Kills the primary; a while later the address leads to the standby. */
  async takeOver(database: string, lack: Lack, noticedAfterMs: number): Promise<GoneBack> {
    this.#dead = this.#used
    const last = await lastEventOf(this.#used, database)
    await this.#used.kill()
    const diedAt = Date.now()
    const replayed = "select pg_last_wal_replay_lsn() = pg_last_wal_receive_lsn() as has"
    await until(async () => (await this.#standby.admin(replayed))[0]?.["has"] === true)
    const there = await contentOf(this.#standby, database)
    await sleep(noticedAfterMs)
    this.#link.leadTo(this.#standby)
    await this.#standby.admin("select pg_promote()")
    this.#used = this.#standby
    return { kind: "gone_back", ...lack, diedAt, lostEvents: last - there.lastEvent, ...there }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

/** Connects as the superuser. */
export async function connectTo(socketFolder: string, database: string): Promise<Client> {
  const client = new Client({ host: socketFolder, user: "postgres", password: "postgres", database })
  // The server may end.
  client.on("error", () => undefined)
  await client.connect()
  return client
}

async function contentOf(
  { socketFolder }: Cluster,
  database: string,
): Promise<Pick<GoneBack, "lastEvent" | "finished" | "unfinished">> {
  const client = await connectTo(socketFolder, database)
  try {
    const { rows } = await client.query<{ id: string; state: string }>("select id, state from wecom_push.messages")
    const idsOf = (isOpen: boolean): string[] =>
      rows.flatMap(({ id, state }) => ((state === "open") === isOpen ? id : []))
    return { lastEvent: await lastEventIn(client), finished: idsOf(false), unfinished: idsOf(true) }
  } finally {
    await client.end()
  }
}

async function lastEventOf({ socketFolder }: Cluster, database: string): Promise<number> {
  const client = await connectTo(socketFolder, database)
  try {
    return await lastEventIn(client)
  } finally {
    await client.end()
  }
}

async function lastEventIn(client: Client): Promise<number> {
  const { rows } = await client.query<{ last: string | null }>("select max(id) as last from wecom_push.events")
  return Number(rows[0]?.last ?? 0)
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + LONGEST_WAIT_MS; !(await isSo()); await sleep(20)) {
    if (performance.now() > end) throw new Error("the standby does not get as far as it was to")
  }
}

const LONGEST_WAIT_MS = 30_000
