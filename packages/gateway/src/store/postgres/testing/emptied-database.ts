import type { Pool } from "pg"
import { sqlState } from "../classify-error.ts"
import { testConnection } from "./test-connection.ts"

/**
 * Rows that a node keeps in memory, or has begun with: the schema's versions, itself, and the numbers that it has given
 * to agents.
 */
const KEPT = ["kysely_migration", "kysely_migration_lock", "nodes", "agents"]
/** Tables of pg-boss: its setup, and its own figures. */
const KEPT_OF_JOBS = ["version", "queue", "schedule", "subscription", "bam", "instance", "queue_stats"]
/** Tables that may contain our work. */
const EMPTIED_OF_JOBS = ["job", "job_dependency", "warning"]

/** The app of the one event that an emptied database has. */
export const OF_NO_TEST = "of no test"

/** Returns a migrated database to its state after a node was opened on it, while the node is at rest. */
export class EmptiedDatabase {
  readonly #database: Pool
  readonly #statements: string

  /** For a database in which nothing has been done. */
  static async remember(url: string): Promise<EmptiedDatabase> {
    const database = testConnection({ connectionString: url })
    const { rows } = await database.query<{ schema: string; name: string }>(`
      select nspname::text as schema, relname::text as name from pg_class join pg_namespace on relnamespace = pg_namespace.oid
      where nspname in ('wecom_push', 'wecom_push_jobs') and relkind in ('r', 'p') and not relispartition
      order by nspname, relname`)
    const unknown = rows.filter(
      ({ schema, name }) => schema === "wecom_push_jobs" && ![...KEPT_OF_JOBS, ...EMPTIED_OF_JOBS].includes(name),
    )
    if (unknown.length > 0) throw new Error(`to be emptied or not? ${unknown.map(({ name }) => name).join()}`)
    const tables = rows
      .filter(({ schema, name }) => !(schema === "wecom_push" ? KEPT : KEPT_OF_JOBS).includes(name))
      .map(({ schema, name }) => `${schema}.${name}`)
    const filled: string[] = []
    await database.query("create schema at_first")
    for (const table of tables) {
      const copy = `at_first.${table.replace(".", "_")}`
      const { rowCount } = await database.query(`create table ${copy} as table ${table}`)
      if (rowCount === 0) await database.query(`drop table ${copy}`)
      else filled.push(`insert into ${table} overriding system value table ${copy}`)
    }
    const statements = [
      // No trigger fires, not even one that forbids it.
      "set local session_replication_role = replica",
      `lock table ${tables.join()}`,
      ...tables.map((table) => `delete from ${table}`),
      ...filled,
      // The newest event is never deleted for its age: without one the node would conclude that the database has gone
      // back.
      `insert into wecom_push.events (at, type, app, data) values (0, 'app.paused', '${OF_NO_TEST}', '{}')`,
    ]
    return new EmptiedDatabase(database, statements.join(";"))
  }

  private constructor(database: Pool, statements: string) {
    this.#database = database
    this.#statements = statements
  }

  async empty(): Promise<void> {
    for (;;) {
      try {
        // Several statements in one query are one transaction.
        await this.#database.query(this.#statements)
        return
      } catch (error) {
        // With the periodic work of a node.
        if (sqlState(error) !== DEADLOCK) throw error
      }
    }
  }
}

const DEADLOCK = "40P01"
