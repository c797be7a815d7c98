import type { DatabaseSync } from "node:sqlite"
import type { Migration } from "kysely/migration"
import { point } from "../../model/ports/point.ts"
import { integer } from "../row.ts"
import { FIRST_VERSION } from "./first-version.ts"

/** The schema of this version of the gateway: the result of the last migration. */
export const SCHEMA_VERSION = 29

export function schemaVersion(db: DatabaseSync): number {
  return integer(db.prepare("pragma user_version").get() ?? {}, "user_version")
}

export interface MigrateOptions {
  /** Those of this version, unless given. */
  readonly migrations?: Readonly<Record<string, Migration>>
  /** Called when a step begins; what it throws undoes all steps. */
  readonly onStep?: (name: string) => void
}

/**
 * Migrates the schema, all migrations in one transaction: when one fails, the version that made the database can still
 * start on it.
 */
export async function migrate(db: DatabaseSync, { migrations, onStep }: MigrateOptions = {}): Promise<void> {
  // Loading Kysely takes longer than the rest of a start, and is needed once per upgrade.
  const [{ Kysely, sql }, { Migrator }, { NodeSqliteDialect }, { MIGRATIONS }] = await Promise.all([
    import("kysely"),
    import("kysely/migration"),
    import("./node-sqlite-dialect.ts"),
    import("./migrations/all.ts"),
  ])
  const numbered = Object.entries(migrations ?? MIGRATIONS).map(([name, migration], index): [string, Migration] => [
    name,
    {
      async up(kysely) {
        onStep?.(name)
        await migration.up(kysely)
        await sql.raw(`pragma user_version = ${FIRST_VERSION + index}`).execute(kysely)
        point("migrate.step")
      },
    },
  ])
  const kysely = new Kysely<unknown>({ dialect: new NodeSqliteDialect(db) })
  if (schemaVersion(db) >= FIRST_VERSION) adopt(db)
  const provider = { getMigrations: () => Promise.resolve(Object.fromEntries(numbered)) }
  const { error } = await new Migrator({ db: kysely, provider }).migrateToLatest()
  if (error !== undefined) throw error
}

/** A file of 0.1.0 lists the steps that made its tables, which one step replaces now. */
function adopt(db: DatabaseSync): void {
  db.exec(`begin immediate;
    insert into kysely_migration (name, timestamp)
      select '0018-first', max(timestamp) from kysely_migration where name = '0018-large-texts' having count(*) > 0;
    delete from kysely_migration where name < '0018-first' or name = '0018-large-texts';
    commit`)
}
