import type { DatabaseConfig } from "../store/database-config.ts"
import type { Migrated, OnMigrating } from "../store/migration-watch.ts"

export interface MigrateDatabaseOptions {
  /** Only reports which steps are needed. */
  readonly dryRun: boolean
  /** How long to wait for a server that cannot be reached. */
  readonly waitMs?: number
  readonly onMigrating?: OnMigrating
  /** Stops it when the running step ends. */
  readonly signal?: AbortSignal
}

/**
 * Upgrades the tables of a database to this version, as a gateway does when it starts, and does nothing else there.
 * @throws {StartRefusal} for a database on which no gateway would start
 */
export async function migrateDatabase(
  database: DatabaseConfig,
  { dryRun, waitMs = 0, onMigrating = () => {}, signal }: MigrateDatabaseOptions,
): Promise<Migrated> {
  if (database.kind === "sqlite") {
    return (await import("../store/sqlite/migrate-file.ts")).migrateFile({
      file: database.file,
      dryRun,
      onMigrating,
      signal,
    })
  }
  const { migrateShared } = await import("../store/postgres/migrate-shared.ts")
  return migrateShared({ url: database.directUrl ?? database.url, dryRun, waitMs, onMigrating, signal })
}
