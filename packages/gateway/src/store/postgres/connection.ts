import { Kysely, PostgresDialect } from "kysely"
import { Pool, types } from "pg"

export interface ConnectionOptions {
  /** As in `postgres://user:secret@host/database`. */
  readonly url: string
  readonly maxConnections: number
  /** A pooler stands before the server: it takes no settings with a connection. Transactions bring them along then. */
  readonly isPooled?: boolean
  /** A connection was lost; the next one takes its place. */
  readonly onLost: (error: Error) => void
}

export type Database = Kysely<unknown>

/** A pool of connections. Closed by `destroy`. */
export function connect({ url, maxConnections, isPooled = false, onLost }: ConnectionOptions): Database {
  const pool = new Pool({
    connectionString: url,
    max: maxConnections,
    application_name: "wecom-push",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(!isPooled && TIMEOUTS_MS),
    types: { getTypeParser },
  })
  pool.on("error", onLost)
  // Between two statements of a transaction a connection is nobody's who would hear of its end, and Node ends the process.
  pool.on("connect", (client) => client.on("error", onLost))
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
}

const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  // Times and counts, none of which comes near 2^53.
  oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)

const CONNECT_TIMEOUT_MS = 5000
/**
 * A server that is too slow must not hold up every connection, nor a node that stands still in a transaction the others:
 * between two statements of one it computes for some milliseconds.
 */
export const TIMEOUTS_MS = { statement_timeout: 10_000, idle_in_transaction_session_timeout: 3000 } as const
