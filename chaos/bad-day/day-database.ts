import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type { Client } from "pg"
import type { GoneBack } from "../history.ts"
import { startPooler } from "../../packages/gateway/src/store/postgres/testing/pooler.ts"
import type { Pooler } from "../../packages/gateway/src/store/postgres/testing/pooler.ts"
import { connectTo, DayServers } from "./day-servers.ts"
import type { Lack } from "./day-servers.ts"

/** The PostgreSQL of a bad day. The gateways have a role of their own, and some connect through a pooler. */
export class DayDatabase implements AsyncDisposable {
  readonly #servers: DayServers
  readonly #pooler: Pooler
  readonly #resources: AsyncDisposableStack
  readonly url: string

  static async start(): Promise<DayDatabase> {
    await using resources = new AsyncDisposableStack()
    const servers = resources.use(await DayServers.start(SETTINGS))
    await servers.admin(`create role ${ROLE} login password '${PASSWORD}'`)
    await servers.admin(`create database ${DATABASE} owner ${ROLE}`)
    const host = encodeURIComponent(servers.socketFolder)
    const url = `postgres://${ROLE}:${PASSWORD}@/${DATABASE}?host=${host}&port=5432`
    const pooler = resources.use(await startPooler(url, "transaction", POOLER))
    return new DayDatabase(servers, pooler, url, resources.move())
  }

  private constructor(servers: DayServers, pooler: Pooler, url: string, resources: AsyncDisposableStack) {
    this.#servers = servers
    this.#pooler = pooler
    this.url = url
    this.#resources = resources
  }

  /** The same database, through the pooler. */
  get pooledUrl(): string {
    return this.#pooler.url
  }

  restartPooler(downMs: number): Promise<void> {
    return this.#pooler.restart(downMs)
  }

  /** Keeps a transaction open that sees the database as it is now. */
  async holdSnapshot(forMs: number): Promise<void> {
    await this.#inSnapshot(() => sleep(forMs))
  }

  /** Runs `pg_dump` where it is installed with the server, and else reads all rows as it does. */
  async dump(): Promise<void> {
    const program = join(process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] ?? "", "pg_dump")
    if (!existsSync(program)) return this.#readAll()
    await this.#servers.asLongAsItLives(async (socketFolder) => {
      const words = ["--host", socketFolder, "--username", "postgres", "--file", "/dev/null", DATABASE]
      const env = { PGPASSWORD: "postgres" }
      const dumping = spawn(program, words, { stdio: ["ignore", "ignore", "inherit"], env })
      const [code] = (await once(dumping, "exit")) as [number | null]
      if (code !== 0) throw new Error(`pg_dump ended with ${code}`)
    })
  }

  /** Refuses new connections, and ends the open ones. */
  async changePassword(): Promise<void> {
    await this.#servers.admin(`alter role ${ROLE} password 'another'`)
    await this.endConnections()
  }

  async changePasswordBack(): Promise<void> {
    await this.#servers.admin(`alter role ${ROLE} password '${PASSWORD}'`)
  }

  /** Limits the statements of all sessions that the gateways open from now on; null removes the limit. */
  async limitStatements(ms: number | null): Promise<void> {
    const limit = ms === null ? "reset statement_timeout" : `set statement_timeout = ${ms}`
    await this.#servers.admin(`alter role ${ROLE} ${limit}`)
    await this.endConnections()
  }

  async endConnections(): Promise<void> {
    await this.#servers.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${ROLE}'`)
  }

  /** Pauses all processes of the server. */
  async hang(forMs: number): Promise<void> {
    const server = Number(readFileSync(join(this.#servers.dataFolder, "postmaster.pid"), "utf8").split("\n", 1)[0])
    // The postmaster is paused first, because it starts the others.
    process.kill(server, "SIGSTOP")
    const others = childrenOf(server)
    signal(others, "SIGSTOP")
    await sleep(forMs)
    signal(others, "SIGCONT")
    process.kill(server, "SIGCONT")
  }

  /** Ends replication to the standby. */
  cutOff(): Promise<Lack> {
    return this.#servers.cutOff()
  }

  /** Kills the primary, and lets the standby take over a while later. */
  takeOver(lack: Lack, noticedAfterMs: number): Promise<GoneBack> {
    return this.#servers.takeOver(DATABASE, lack, noticedAfterMs)
  }

  async #inSnapshot(work: (client: Client) => Promise<unknown>): Promise<void> {
    await this.#servers.asLongAsItLives(async (socketFolder) => {
      const client = await connectTo(socketFolder, DATABASE)
      try {
        await client.query("begin isolation level repeatable read read only")
        await client.query("select from wecom_push.messages limit 1")
        await work(client)
        await client.query("commit")
      } finally {
        await client.end()
      }
    })
  }

  async #readAll(): Promise<void> {
    await this.#inSnapshot(async (client) => {
      const { rows } = await client.query<{ name: string }>(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'wecom_push%'",
      )
      for (const { name } of rows) await client.query(`lock table ${name} in access share mode; select * from ${name}`)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

/** The process ids of the children, read from Linux's `/proc`. */
function childrenOf(parent: number): readonly number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((file) => {
    const [pid = 0, of = 0] = idsIn(file)
    return of === parent ? pid : []
  })
}

/** The ids of a process and of its parent; none where it has just ended. */
function idsIn(file: string): readonly number[] {
  try {
    const text = readFileSync(file, "utf8")
    return [Number.parseInt(text, 10), Number(text.slice(text.lastIndexOf(")") + 4).split(" ", 1)[0])]
  } catch {
    return []
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // The process has ended.
    }
  }
}

const ROLE = "gateway"
const DATABASE = "gateway"
const PASSWORD = "gateway"
/** Commits must outlive a kill of the server, but not a crash of the machine. */
const SETTINGS = ["fsync=off", "synchronous_commit=on", "full_page_writes=on"]
/** PgBouncer repeats a refused login after 15 s by default; that wait would not be the gateway's. */
const POOLER = { max_client_conn: 200, server_login_retry: 1 }
