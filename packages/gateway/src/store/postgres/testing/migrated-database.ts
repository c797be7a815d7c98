import { Jobs } from "../jobs.ts"
import { migrateSafely } from "../migrate.ts"
import { FAST, newDatabase, SERVER_OF_RUN, serverVersion, startCluster, urlOf } from "./cluster.ts"
import type { TestDatabase } from "./cluster.ts"

let copying: Promise<string> | undefined

/**
 * A database with all tables, the jobs' too, and nothing in them: a copy of one that was made once in a process, or
 * once in a run.
 */
export async function newMigratedDatabase(): Promise<TestDatabase> {
  copying ??= findTemplate()
  return newDatabase(await copying)
}

/** @returns options of `create database` */
async function findTemplate(): Promise<string> {
  // Half as much work as the default since PostgreSQL 15, and the default before.
  const how = (await serverVersion()) < 150_000 ? "" : "strategy file_copy"
  return `template ${SERVER_OF_RUN === undefined ? await newTemplate() : TEMPLATE_OF_RUN} ${how}`
}

async function newTemplate(): Promise<string> {
  const { name, url } = await newDatabase()
  await migrate(url)
  return name
}

/** The server that the tests of all processes of a run share. */
export interface ServerOfRun extends AsyncDisposable {
  /** The environment for them. */
  readonly environment: Readonly<Record<string, string>>
}

export async function startServerOfRun(): Promise<ServerOfRun> {
  // Enough connections for several test files at a time: a node takes some twenty.
  const cluster = await startCluster([...FAST, "max_connections=600"])
  const { socketFolder, admin } = cluster
  await admin(`create database ${TEMPLATE_OF_RUN}`)
  await migrate(urlOf(socketFolder, TEMPLATE_OF_RUN))
  // A database with connections could not be copied.
  await admin(`alter database ${TEMPLATE_OF_RUN} with allow_connections false`)
  return { environment: { WECOM_PUSH_TEST_POSTGRES: socketFolder }, [Symbol.asyncDispose]: () => cluster.stop() }
}

async function migrate(url: string): Promise<void> {
  await migrateSafely(url)
  const jobs = await Jobs.start({ url, maxConnections: 1, onTrouble: () => {} })
  await jobs[Symbol.asyncDispose]()
}

const TEMPLATE_OF_RUN = "migrated"
