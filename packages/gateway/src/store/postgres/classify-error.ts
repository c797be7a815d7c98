import type { StorageErrorCode } from "../../model/storage-error.ts"
import { troubleOf } from "./database-troubles.ts"

/** What an error of the database, or of the way to it, means for the change that met it; undefined for any other error. */
export function classifyError(error: unknown): StorageErrorCode | undefined {
  const state = sqlState(error)
  if (state !== undefined) return troubleOf(state).code
  // In the words of Kysely, which has no other sign of it.
  if (error instanceof Error && error.message === "driver has already been destroyed") return "storage_closed"
  return isOfConnection(error) ? "storage_error" : undefined
}

/** What was to be done is at fault, and not the database or the way to it. */
export function isOfChange(error: unknown): boolean {
  const state = sqlState(error)
  return state !== undefined && troubleOf(state).mendedBy === "change"
}

/** The server chose this transaction to end another's wait: nothing was stored, and the same again may go through. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error)
  return state === SERIALIZATION_FAILURE || state === DEADLOCK_DETECTED
}

/** The server reads, and writes nothing: a standby, or one that was set to. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === READ_ONLY_TRANSACTION
}

/** Of five letters and digits, as the server tells it. Node's `EPIPE` has five letters too, but no digit. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined
  return typeof error.code === "string" && /^(?=.*\d)[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined
}

/** There was no connection, for whatever reason: no address, no trust in a certificate, no login. */
export class ConnectionFailed extends Error {
  override readonly name = "ConnectionFailed"
}

/** Node's errors have codes of letters, as in `ECONNRESET`; those of `pg` about a connection that ended have none. */
function isOfConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof ConnectionFailed) return true
  if ("code" in error && typeof error.code === "string") return error.code.startsWith("E")
  return /connection|timeout/i.test(error.message)
}

const READ_ONLY_TRANSACTION = "25006"
const SERIALIZATION_FAILURE = "40001"
const DEADLOCK_DETECTED = "40P01"
