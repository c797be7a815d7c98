import { Migrator } from "kysely/migration"
import type { Database } from "./connection.ts"
import { MIGRATIONS } from "./migrations/all.ts"

const SCHEMA = "wecom_push"

/** Brings the schema up to date, all in one transaction and one node at a time. */
export async function migrate(db: Database): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(MIGRATIONS) }
  const { error } = await new Migrator({ db, provider, migrationTableSchema: SCHEMA }).migrateToLatest()
  if (error !== undefined) throw error
}
