import { Jobs } from "../jobs.ts"
import { migrateSafely } from "../migrate.ts"
import { newDatabase } from "./cluster.ts"
import type { TestDatabase } from "./cluster.ts"

let migrated: Promise<TestDatabase> | undefined

/** One with all tables, the jobs' too, and nothing in them: made once in a process, and copied for each that asks. */
export async function newMigratedDatabase(): Promise<TestDatabase> {
  const { name } = await (migrated ??= migratedDatabase())
  return newDatabase(`template ${name}`)
}

async function migratedDatabase(): Promise<TestDatabase> {
  const database = await newDatabase()
  await migrateSafely(database.url)
  const jobs = await Jobs.start({ url: database.url, maxConnections: 1, onTrouble: () => {} })
  await jobs[Symbol.asyncDispose]()
  return database
}
