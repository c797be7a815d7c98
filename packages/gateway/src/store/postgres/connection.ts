import { Socket } from "node:net"
import { Kysely, PostgresDialect } from "kysely"
import { Client, Pool, types } from "pg"
import type { ClientBase, PoolConfig } from "pg"
import { DATABASE_TIMEOUTS } from "./database-timeouts.ts"
import { setSession } from "./session-settings.ts"
import { verifiedClients } from "./verified-client.ts"

export interface ConnectionOptions {
  /** As in `postgres://user:secret@host/database`. */
  readonly url: string
  readonly maxConnections: number
  /**
   * There is a pooler in front of the server. It takes no settings with a connection, so each transaction sets them.
   */
  readonly isPooled?: boolean
  /** Statements may take any time, as those do that change tables. */
  readonly isPatient?: boolean
  /** A connection was lost; the next one replaces it. */
  readonly onLost: (error: Error) => void
}

export type Database = Kysely<unknown>

/** A pool of connections. Closed by `destroy`. */
export function connect(options: ConnectionOptions): Database {
  const pool = openPool(options, { application_name: "wecom-push", types: { getTypeParser } })
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
}

/** @param more options of `pg` */
export function openPool(
  { url, maxConnections, isPooled = false, isPatient = false, onLost }: ConnectionOptions,
  more: PoolConfig,
): Pool {
  const pool = new Pool({
    Client: verifiedClients(url),
    max: maxConnections,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(!isPooled && !isPatient && TIMEOUTS_MS),
    // Behind a pooler each transaction sets this. The pool waits for this before it hands out the connection.
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, which its types do not say
    ...(!isPooled && { onConnect: (client) => prepare(client, isPatient) }),
    ...more,
  })
  pool.on("error", onLost)
  // Between two statements of a transaction no other listener gets the end of a connection, and Node would end the
  // process.
  pool.on("connect", (client) => client.on("error", onLost))
  if (!isPatient) endWhatIsSilent(pool)
  return pool
}

/** The pool limits only the time until the login. */
async function prepare(client: ClientBase, isPatient: boolean): Promise<void> {
  endIfSilent(client, CONNECT_TIMEOUT_MS)
  try {
    await setSession(client, { isPatient })
  } finally {
    letBeSilent(client)
  }
}

/**
 * A server that hangs, or a network that loses every packet, ends no connection, and callers would wait for its answers
 * forever. So a connection in use that is silent for longer than any statement may take is ended.
 */
function endWhatIsSilent(pool: Pool): void {
  pool.on("acquire", (client) => endIfSilent(client, SILENCE_MS))
  pool.on("release", (_error, client) => letBeSilent(client))
}

function endIfSilent(client: ClientBase, ms: number): void {
  const socket = socketOf(client)
  socket?.setTimeout(ms, () => socket.destroy(new Error(SILENT)))
}

function letBeSilent(client: ClientBase): void {
  socketOf(client)?.setTimeout(0).removeAllListeners("timeout")
}

function socketOf(client: ClientBase): Socket | undefined {
  const stream = client instanceof Client ? client.connection.stream : undefined
  return stream instanceof Socket ? stream : undefined
}

const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  // Times and counts are all far below 2^53.
  oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)

const CONNECT_TIMEOUT_MS = DATABASE_TIMEOUTS.connect.ms
/**
 * A server that is too slow must not block every connection, and a node that hangs in a transaction must not block the
 * other nodes: between two statements of a transaction a node computes for some milliseconds.
 */
export const TIMEOUTS_MS = {
  statement_timeout: DATABASE_TIMEOUTS.statement.ms,
  idle_in_transaction_session_timeout: DATABASE_TIMEOUTS.betweenStatements.ms,
} as const
/** Longer than a statement may take. */
const SILENCE_MS = DATABASE_TIMEOUTS.silence.ms
const SILENT = "connection timeout: the server says nothing"
