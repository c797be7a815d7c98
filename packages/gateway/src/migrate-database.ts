import type { DatabaseConfig } from "./config.ts"

export interface Migrated {
  /** Versions of the tables; 0: there were none. */
  readonly from: number
  readonly to: number
  /** Steps that there were to take, in their order. */
  readonly steps: readonly string[]
}

/**
 * Brings the tables of a database to this version, as a gateway does at its start, and does nothing else there.
 * @param dryRun only says what there is to do
 * @throws {StartRefusal} a database that no gateway would start on
 */
export async function migrateDatabase(
  database: DatabaseConfig,
  { dryRun, waitMs = 0 }: { readonly dryRun: boolean; readonly waitMs?: number },
): Promise<Migrated> {
  if (database.kind === "sqlite") {
    return (await import("./store/sqlite/migrate-file.ts")).migrateFile(database.file, dryRun)
  }
  const { migrateShared } = await import("./store/postgres/migrate-shared.ts")
  return migrateShared({ url: database.directUrl ?? database.url, dryRun, waitMs })
}
