import type { ClientBase } from "pg"

/**
 * Settings that must not depend on role, database or server, in every connection of a gateway. Our statements take less
 * than a millisecond, and compiling one takes a hundred or more: the planner asks for it once it considers a table
 * large. A wait for a lock ends with its statement, and a read after a lock must see what its last holder has left.
 * Functions are the server's, which come before any path.
 */
export const SESSION_SETTINGS = {
  jit: "off",
  search_path: "public",
  default_transaction_isolation: "read committed",
  lock_timeout: "0",
  timezone: "UTC",
  datestyle: "ISO",
} as const

/** New in PostgreSQL 14 and 17; a connection may be idle, and a change of tables may take its time. */
const OF_NEWER_SERVERS = { idle_session_timeout: "0", transaction_timeout: "0" } as const

/** Without a limit on such a connection. */
const PATIENT = { statement_timeout: "0", idle_in_transaction_session_timeout: "0" } as const

/**
 * Sets a connection that no other client shares: behind a pooler these settings would also apply to other clients.
 * @param isPatient its statements may take any time
 */
export async function setSession(client: ClientBase, { isPatient }: { readonly isPatient: boolean }): Promise<void> {
  const wanted = { ...SESSION_SETTINGS, ...OF_NEWER_SERVERS, ...(isPatient && PATIENT) }
  await client.query(
    `select set_config(name, value, false) from json_each_text($1::json) as wanted(name, value)
      where current_setting(name, true) is not null`,
    [JSON.stringify(wanted)],
  )
}
