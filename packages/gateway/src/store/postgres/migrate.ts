import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { Migrator } from "kysely/migration"
import type { Migration } from "kysely/migration"
import type { StartRefusal } from "../../model/start-refusal.ts"
import { point } from "../../model/ports/point.ts"
import { MigrationStopped, MigrationWatch } from "../migration-watch.ts"
import type { OnMigrating } from "../migration-watch.ts"
import { classifyError, isOfChange } from "./classify-error.ts"
import { connect } from "./connection.ts"
import type { Database } from "./connection.ts"
import { MIGRATIONS } from "./migrations/all.ts"
import type { SharedMigration } from "./migrations/all.ts"
import { reasonOf } from "./reason-of.ts"
import { refusals } from "./refusals.ts"
import { shownUrl } from "./shown-url.ts"

export const SCHEMA = "wecom_push"
/** The schema of this version of the gateway: the number of migrations. */
export const SCHEMA_VERSION = Object.keys(MIGRATIONS).length

/** The name in `meta` of the oldest schema version whose gateways can work beside those of this one. */
export const COMPATIBLE_FROM = "compatible_from"

type Migrations = Readonly<Record<string, SharedMigration>>

export interface MigrateOptions {
  /** This version's migrations, unless given. */
  readonly migrations?: Migrations
  readonly onMigrating?: OnMigrating
  /** The progress of an index. */
  readonly percent?: () => Promise<number | undefined>
  readonly tellEveryMs?: number
  /** Stops it when the running step ends. */
  readonly signal?: AbortSignal | undefined
}

/** A step met an error that may pass: nothing was changed. */
export class MigrationInterrupted extends Error {
  override readonly name = "MigrationInterrupted"

  /** The refusal when waiting did not help. */
  refusal(url: string, waitedMs: number): StartRefusal {
    const { cause, message } = this
    return classifyError(cause) === "storage_full"
      ? refusals.migrationFailed(shownUrl(url), message, this)
      : refusals.unreachable(shownUrl(url), Math.round(waitedMs / 1000), message, this)
  }
}

/**
 * Migrates the schema, all in one transaction and one node at a time.
 * @throws {StartRefusal} unless the database is busy, full, or was lost
 * @throws {MigrationInterrupted} when it is; the error is its cause
 * @throws {MigrationStopped} by the signal
 */
export async function migrateSafely(url: string, options: MigrateOptions = {}): Promise<void> {
  const { migrations = MIGRATIONS, onMigrating = () => {}, percent, tellEveryMs, signal } = options
  // An index on the messages of a year takes longer than any other statement may.
  const db = connect({ url, maxConnections: 1, isPatient: true, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  const steps = Object.keys(migrations)
  let step: string | undefined
  try {
    const from = await schemaVersion(db)
    // A schema that a newer version has migrated is left as it is: `inspect` has found that this version can use it.
    if (from >= steps.length) return
    using watch = new MigrationWatch({
      steps: steps.slice(from),
      from,
      to: steps.length,
      onMigrating,
      ...(percent && { percent }),
      ...(tellEveryMs !== undefined && { everyMs: tellEveryMs }),
    })
    await migrate(db, migrations, (name) => {
      if (signal?.aborted === true) throw new MigrationStopped()
      watch.begin((step = name))
    })
    watch.done()
  } catch (error) {
    if (error instanceof MigrationStopped) throw error
    const why = step === undefined ? reasonOf(error) : `step ${step}: ${reasonOf(error)}`
    const isPassing = classifyError(error) !== undefined && !isOfChange(error)
    throw isPassing
      ? new MigrationInterrupted(why, { cause: error })
      : refusals.migrationFailed(shownUrl(url), why, error)
  }
}

async function migrate(db: Database, migrations: Migrations, onStep: (name: string) => void): Promise<void> {
  const entries = Object.entries(migrations)
  const oldestBeside = entries.findLastIndex(([, { endsOlder }]) => endsOlder) + 1
  const last = entries.length - 1
  const noted = entries.map(([name, migration], index): [string, Migration] => [
    name,
    {
      async up(tx) {
        onStep(name)
        await migration.up(tx)
        if (index === last) await endOlder(oldestBeside).execute(tx)
        point("migrate.step")
      },
    },
  ])
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(noted)) }
  const { error } = await new Migrator({ db, provider, migrationTableSchema: SCHEMA }).migrateToLatest()
  if (error !== undefined) throw error
}

/** 0: there is none yet. */
async function schemaVersion(db: Database): Promise<number> {
  const { rows: found } = await sql<{ table: string | null }>`
    select to_regclass(${`${SCHEMA}.kysely_migration`})::text as table`.execute(db)
  if (found[0]?.table == null) return 0
  const { rows } = await sql<{ count: number }>`select count(*) from wecom_push.kysely_migration`.execute(db)
  return rows[0]?.count ?? 0
}

/** Gateways of an older schema than this do not start on the database any more; what it was before is never lowered. */
export function endOlder(schemaVersion: number): RawBuilder<unknown> {
  return sql`insert into wecom_push.meta as meta (name, value) values (${COMPATIBLE_FROM}, ${String(schemaVersion)})
    on conflict (name) do update set value = greatest(meta.value::integer, excluded.value::integer)::text`
}
