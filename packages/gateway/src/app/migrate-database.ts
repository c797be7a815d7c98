import type { DatabaseConfig } from "../store/database-config.ts"
import type { Migrated, OnMigrating } from "../store/migration-watch.ts"

export interface MigrateDatabaseOptions {
  /** Only says what there is to do. */
  readonly dryRun: boolean
  /** For how long a server that cannot be reached is waited for. */
  readonly waitMs?: number
  readonly onMigrating?: OnMigrating
}

/**
 * Brings the tables of a database to this version, as a gateway does at its start, and does nothing else there.
 * @throws {StartRefusal} a database that no gateway would start on
 */
export async function migrateDatabase(
  database: DatabaseConfig,
  { dryRun, waitMs = 0, onMigrating = () => {} }: MigrateDatabaseOptions,
): Promise<Migrated> {
  if (database.kind === "sqlite") {
    return (await import("../store/sqlite/migrate-file.ts")).migrateFile(database.file, dryRun, onMigrating)
  }
  const { migrateShared } = await import("../store/postgres/migrate-shared.ts")
  return migrateShared({ url: database.directUrl ?? database.url, dryRun, waitMs, onMigrating })
}
