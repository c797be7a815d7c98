import type { StorageErrorCode } from "../../domain/storage-error.ts"

/** What an error means for the change that met it; undefined for mistakes of ours, such as a broken constraint. */
export function classifyError(error: unknown): StorageErrorCode | undefined {
  const state = sqlState(error)
  if (state === undefined) return isLostConnection(error) ? "storage_error" : undefined
  if (OUT_OF_SPACE.has(state)) return "storage_full"
  return BUSY.has(state) ? "storage_busy" : TROUBLE.has(state.slice(0, 2)) ? "storage_error" : undefined
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

/** Node's errors have codes of letters, as in `ECONNRESET`; those of `pg` about a connection that ended have none. */
function isLostConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ("code" in error && typeof error.code === "string") return error.code.startsWith("E")
  return /connection|timeout/i.test(error.message)
}

const READ_ONLY_TRANSACTION = "25006"
const SERIALIZATION_FAILURE = "40001"
const DEADLOCK_DETECTED = "40P01"
/** Disk full; a limit of the system. */
const OUT_OF_SPACE: ReadonlySet<string> = new Set(["53100", "53000"])
/** Too many connections, a statement or a lock that took too long, the two above after several tries. */
const BUSY: ReadonlySet<string> = new Set(["53300", "57014", "55P03", SERIALIZATION_FAILURE, DEADLOCK_DETECTED])
/** Of connections, invalid transactions (a read-only server), resources, states, operators, the system, the server itself. */
const TROUBLE: ReadonlySet<string> = new Set(["08", "25", "53", "55", "57", "58", "XX"])
