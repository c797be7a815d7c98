import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { Database } from "../connection.ts"
import { connect } from "../connection.ts"
import type { Stores } from "../../../model/ports/stores.ts"
import type { OpenedPostgres, PostgresOptions } from "../open.ts"
import { newDatabase } from "./cluster.ts"
import type { TestDatabase } from "./cluster.ts"
import { newMigratedDatabase } from "./migrated-database.ts"
import { openNode } from "./open-store.ts"

export interface TwoNodes extends TestDatabase {
  /** A connection besides theirs. */
  readonly database: Database
  readonly opened: readonly [OpenedPostgres, OpenedPostgres]
  readonly one: Stores
  readonly two: Stores
  readonly both: readonly Stores[]
}

/**
 * Opens two nodes on one database.
 * @param options of that database
 * @param changes of each node's options
 */
export async function openTwoNodes(
  options?: string,
  changes: () => Partial<PostgresOptions> = () => ({}),
): Promise<TwoNodes> {
  await using resources = new AsyncDisposableStack()
  const { name, url, allowConnections } = resources.use(
    await (options === undefined ? newMigratedDatabase() : newDatabase(options)),
  )
  const open = async (): Promise<OpenedPostgres> => {
    const opened = await openNode(url, changes())
    resources.use(opened.stores)
    return opened
  }
  const opened = await Promise.all([open(), open()])
  const database = resources.adopt(connect({ url, maxConnections: 2, onLost: () => {} }), (db) => db.destroy())
  const [one, two] = [opened[0].stores, opened[1].stores]
  const kept = resources.move()
  return {
    name,
    url,
    allowConnections,
    database,
    opened,
    one,
    two,
    both: [one, two],
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Each has one, and with it a node is alive. */
export async function sessionsAreBack({ opened }: TwoNodes): Promise<void> {
  for (const { session } of opened) {
    await using _ = await session.lock("any")
  }
}

/**
 * Lets both nodes work while a lock that they need is held: each has come as far as it can before either continues, so
 * that both have read the same by then.
 */
export async function atOnce<T>(
  { database }: TwoNodes,
  held: RawBuilder<unknown>,
  work: () => readonly Promise<T>[],
): Promise<T[]> {
  const { working } = await database.transaction().execute(async (tx) => {
    await held.execute(tx)
    const working = Promise.all(work())
    await Promise.race([working, untilWaiting(database, 2)])
    // Wrapped in an object, since a returned promise would be awaited here.
    return { working }
  })
  return working
}

/** Resolves once so many connections wait for a lock. */
export async function untilWaiting(database: Database, count: number): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(database)
    if (rows.length >= count) return
    await sleep(5)
  }
}
