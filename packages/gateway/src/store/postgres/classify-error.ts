import type { StorageErrorCode } from "../../model/storage-error.ts"
import { troubleOf } from "./database-troubles.ts"

/** The meaning of an error of the database, or of the connection, for the change; undefined for any other error. */
export function classifyError(error: unknown): StorageErrorCode | undefined {
  const state = sqlState(error)
  if (state !== undefined) return troubleOf(state).code
  // Kysely's text, the only sign of this error.
  if (error instanceof Error && error.message === "driver has already been destroyed") return "storage_closed"
  return isOfConnection(error) ? "storage_error" : undefined
}

/** Whether the change caused the error, and not the database or the connection. */
export function isOfChange(error: unknown): boolean {
  const state = sqlState(error)
  return state !== undefined && troubleOf(state).mendedBy === "change"
}

/**
 * The server ended this transaction because it and another one waited for each other: nothing was stored, and a repeat
 * may succeed.
 */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error)
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED
}

/** The server does not write: a standby, or one that is set to read-only. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === READ_ONLY_TRANSACTION
}

/** An SQLSTATE: five letters and digits, from the server. Node's `EPIPE` has five letters too, but no digit. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined
  return typeof error.code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

/** There was no connection, for any reason: no address, an untrusted certificate, a refused login. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed"
}

/** Node's errors have codes of letters, as in `ECONNRESET`; errors of `pg` about a connection that ended have none. */
function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof ConnectionFailed) return true
  if ("code" in error && typeof error.code === "string") return error.code.startsWith("E")
  return /connection|timeout/i.test(error.message)
}

const READ_ONLY_TRANSACTION = "25006"
const SERIALIZATION_FAILURE = "40001"
const DEADLOCK_DETECTED = "40P01"
