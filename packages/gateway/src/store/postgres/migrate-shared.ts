import { MigrationStopped } from "../migration-watch.ts"
import type { Migrated, OnMigrating } from "../migration-watch.ts"
import { inspect } from "./inspect.ts"
import { Jobs } from "./jobs.ts"
import { MigrationInterrupted, migrateSafely, SCHEMA_VERSION } from "./migrate.ts"
import { MIGRATIONS } from "./migrations/all.ts"

export interface MigrateSharedOptions {
  /** Past a pooler. */
  readonly url: string
  readonly dryRun: boolean
  readonly waitMs: number
  readonly onMigrating: OnMigrating
  readonly signal: AbortSignal | undefined
}

/** Also the tables of the jobs. A schema that a newer version has migrated is left as it is. @throws {StartRefusal} */
export async function migrateShared({
  url,
  dryRun,
  waitMs,
  onMigrating,
  signal,
}: MigrateSharedOptions): Promise<Migrated> {
  await using inspected = await inspect({ url, waitMs, onWaiting: ignore })
  const from = inspected.schemaVersion
  const migrated = { from, to: Math.max(from, SCHEMA_VERSION), steps: Object.keys(MIGRATIONS).slice(from) }
  if (dryRun) return migrated
  try {
    await migrateSafely(url, { onMigrating, percent: inspected.indexPercent, signal })
  } catch (error) {
    if (error instanceof MigrationStopped) return { ...migrated, isStopped: true }
    throw error instanceof MigrationInterrupted ? error.refusal(url, 0) : error
  }
  await using _ = await Jobs.start({ url, maxConnections: 2, onTrouble: ignore })
  return migrated
}

function ignore(): void {}
