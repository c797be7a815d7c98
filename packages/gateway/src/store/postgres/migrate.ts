import { sql } from "kysely"
import type { Kysely } from "kysely"
import { Migrator } from "kysely/migration"
import { classifyError, isOfChange } from "./classify-error.ts"
import { connect } from "./connection.ts"
import type { Database } from "./connection.ts"
import { MIGRATIONS } from "./migrations/all.ts"
import type { SharedMigration } from "./migrations/all.ts"
import { reasonOf } from "./reason-of.ts"
import { refusals } from "./refusals.ts"
import { shownUrl } from "./shown-url.ts"

export const SCHEMA = "wecom_push"
/** The schema this version of the gateway works on: the number of migrations. */
export const SCHEMA_VERSION = Object.keys(MIGRATIONS).length

/** In `meta`: the oldest schema version whose gateways can work beside those of this one. */
export const COMPATIBLE_FROM = "compatible_from"

type Migrations = Readonly<Record<string, SharedMigration>>

/** Brings the schema up to date, all in one transaction and one node at a time. */
async function migrate(db: Database, migrations: Migrations): Promise<void> {
  const entries = Object.entries(migrations)
  // One that a newer version has brought further is left as it is: `inspect` has found that this one can use it.
  if ((await schemaVersion(db)) >= entries.length) return
  const oldestBeside = entries.findLastIndex(([, { endsOlder }]) => endsOlder) + 1
  const last = entries.length - 1
  const noted = entries.map(([name, migration], index): [string, typeof migration] => [
    name,
    index < last ? migration : { up: async (tx) => (await migration.up(tx), await noteCompatible(tx, oldestBeside)) },
  ])
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(noted)) }
  const { error } = await new Migrator({ db, provider, migrationTableSchema: SCHEMA }).migrateToLatest()
  if (error !== undefined) throw error
}

/**
 * @param migrations of this version, unless given
 * @throws {StartRefusal} where it is not the database that is busy, or was lost
 */
export async function migrateSafely(url: string, migrations: Migrations = MIGRATIONS): Promise<void> {
  // An index on the messages of a year takes longer than any statement may take otherwise.
  const db = connect({ url, maxConnections: 1, isPatient: true, onLost: () => {} })
  await using _ = { [Symbol.asyncDispose]: () => db.destroy() }
  try {
    await migrate(db, migrations)
  } catch (error) {
    const isPassing = classifyError(error) !== undefined && !isOfChange(error)
    throw isPassing ? error : refusals.migrationFailed(shownUrl(url), reasonOf(error), error)
  }
}

/** 0: there is none yet. */
async function schemaVersion(db: Database): Promise<number> {
  const { rows: found } = await sql<{ table: string | null }>`
    select to_regclass(${`${SCHEMA}.kysely_migration`})::text as table`.execute(db)
  if (found[0]?.table == null) return 0
  const { rows } = await sql<{ count: number }>`select count(*) from wecom_push.kysely_migration`.execute(db)
  return rows[0]?.count ?? 0
}

async function noteCompatible(tx: Kysely<unknown>, oldestBeside: number): Promise<void> {
  await sql`insert into wecom_push.meta (name, value) values (${COMPATIBLE_FROM}, ${String(oldestBeside)})
    on conflict (name) do update set value = excluded.value`.execute(tx)
}
