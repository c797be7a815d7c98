import type { ClientBase } from "pg"

/**
 * What must not depend on how role, database or server are set, in every connection of a gateway. Statements of ours take
 * less than a millisecond, and compiling one takes a hundred or more: the planner asks for it once it takes a table for
 * large. A wait for a lock ends with its statement, and what is read after a lock must be what its last holder has left.
 * Functions are those of the server, which come before any path.
 */
export const SESSION_SETTINGS = {
  jit: "off",
  search_path: "public",
  default_transaction_isolation: "read committed",
  lock_timeout: "0",
  timezone: "UTC",
  datestyle: "ISO",
} as const

/** New in PostgreSQL 14 and 17; a connection may rest, and a change of tables may take its time. */
const OF_NEWER_SERVERS = { idle_session_timeout: "0", transaction_timeout: "0" } as const

/** What has no end on such a connection but that of its work. */
const PATIENT = { statement_timeout: "0", idle_in_transaction_session_timeout: "0" } as const

/**
 * Sets a connection that is no other's: behind a pooler these would be settings of connections that others get too.
 * @param isPatient its statements may take as long as they take
 */
export async function setSession(client: ClientBase, { isPatient }: { readonly isPatient: boolean }): Promise<void> {
  const wanted = { ...SESSION_SETTINGS, ...OF_NEWER_SERVERS, ...(isPatient && PATIENT) }
  await client.query(
    `select set_config(name, value, false) from json_each_text($1::json) as wanted(name, value)
      where current_setting(name, true) is not null`,
    [JSON.stringify(wanted)],
  )
}
