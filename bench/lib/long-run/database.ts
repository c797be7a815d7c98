import { execFile } from "node:child_process"
import { randomUUID } from "node:crypto"
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import type { Pool } from "pg"
import { installedPrograms } from "../installed-postgres.ts"
import { startCluster, startStandby } from "../../../packages/gateway/src/store/postgres/testing/cluster.ts"
import type { Cluster } from "../../../packages/gateway/src/store/postgres/testing/cluster.ts"
import { ServerLink } from "../../../packages/gateway/src/store/postgres/testing/server-link.ts"
import { testConnection } from "../../../packages/gateway/src/store/postgres/testing/test-connection.ts"
import { openTmpdir } from "../../../tools/testing/open-tmpdir.ts"

type Row = Readonly<Record<string, unknown>>

/** A primary, a synchronous standby that takes over from it, and the role of the gateways. */
export class LongRunDatabase implements AsyncDisposable {
  readonly #folder: string
  readonly #primary: Cluster
  readonly #link: ServerLink
  readonly #resources: AsyncDisposableStack
  #pool: Pool
  #standby: Cluster | undefined

  private constructor(folder: string, primary: Cluster, link: ServerLink, resources: AsyncDisposableStack) {
    this.#folder = folder
    this.#primary = primary
    this.#link = link
    this.#resources = resources
    this.#pool = connect(link)
  }

  static async start(): Promise<LongRunDatabase> {
    await using started = new AsyncDisposableStack()
    const folder = mkdtempSync(join(openTmpdir(), "wecom-push-long-run-"))
    chmodSync(folder, 0o755)
    const remove = (): void => rmSync(folder, { recursive: true, force: true })
    // Also removed when a run is ended early.
    process.once("exit", remove)
    started.defer(remove)
    const primary = started.adopt(await startCluster(SETTINGS, openTmpdir()), (cluster) => cluster.stop())
    await primary.admin(`create role ${ROLE} login`)
    await primary.admin(`create database ${NAME} owner ${ROLE}`)
    const link = started.use(new ServerLink(primary))
    const database = new LongRunDatabase(folder, primary, link, started.move())
    await database.changePassword()
    return database
  }

  /** The file with the address, for `WECOM_PUSH_DATABASE_URL_FILE`. */
  get urlFile(): string {
    return join(this.#folder, "url")
  }

  async query(statement: string): Promise<readonly Row[]> {
    return (await this.#pool.query<Row>(statement)).rows
  }

  /** Starts the standby: from now on each commit is on both servers before it is answered. */
  async follow(): Promise<void> {
    this.#standby = this.#resources.adopt(await startStandby(this.#primary, SETTINGS, openTmpdir()), (standby) =>
      standby.stop(),
    )
    await this.#primary.admin("alter system set synchronous_standby_names = '*'")
    await this.#primary.admin("select pg_reload_conf()")
    while ((await this.#primary.admin("select from pg_stat_replication where sync_state = 'sync'")).length === 0)
      await sleep(100)
  }

  /** Changes the password and ends the connections of the gateways, which still have the old password. */
  async changePassword(): Promise<void> {
    const password = randomUUID()
    const host = encodeURIComponent(this.#link.socketFolder)
    writeFileSync(this.urlFile, `postgres://${ROLE}:${password}@/${NAME}?host=${host}\n`, { mode: 0o600 })
    await this.query(`alter role ${ROLE} password '${password}'`)
    await this.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${ROLE}'`)
  }

  /** Kills the primary; a moment later the address leads to the standby. */
  async failOver(): Promise<void> {
    const standby = this.#standby
    if (standby === undefined) throw new Error("there is no standby")
    await this.#primary.kill()
    await sleep(NOTICED_AFTER_MS)
    this.#link.leadTo(standby)
    await standby.admin("select pg_promote()")
    await this.#pool.end().catch(() => undefined)
    this.#pool = connect(this.#link)
  }

  /** @returns the bytes of the copy, which is deleted */
  async dump(): Promise<number> {
    const file = join(this.#folder, "dump")
    const to = ["--host", this.#link.socketFolder, "--username", USER, "--format", "custom", "--file", file, NAME]
    const env = { ...process.env, PGPASSWORD: USER }
    await promisify(execFile)(join(installedPrograms ?? "", "pg_dump"), to, { env })
    const { size } = statSync(file)
    rmSync(file)
    return size
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end().catch(() => undefined)
    await this.#resources.disposeAsync()
  }
}

function connect({ socketFolder }: ServerLink): Pool {
  return testConnection({ host: socketFolder, user: USER, password: USER, database: NAME })
}

const SETTINGS = ["fsync=on", "synchronous_commit=on", "full_page_writes=on", "wal_keep_size=1GB"]
const USER = "postgres"
const ROLE = "gateway"
const NAME = "wecom_push"
/** Software that monitors a primary waits for a while before it promotes another server. */
const NOTICED_AFTER_MS = 5000
