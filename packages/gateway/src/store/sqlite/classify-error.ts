import type { StorageErrorCode } from "../../model/storage-error.ts"

/** The meaning of an SQLite error for the change; undefined for a programming error, such as a broken constraint. */
export function classifyError(error: unknown): StorageErrorCode | undefined {
  const code = sqliteCode(error)
  if (code === undefined) return undefined
  // A quota (RLIMIT_FSIZE, EDQUOT) appears as a failed write (778), not as a full disk.
  if (code === IOERR_WRITE) return "storage_full"
  switch (code & 0xff) {
    case FULL:
      return "storage_full"
    case BUSY:
    case LOCKED:
      return "storage_busy"
    case IOERR:
    case CORRUPT:
    case CANTOPEN:
    case READONLY:
    case NOTADB:
    case PROTOCOL:
      return "storage_error"
    default:
      return undefined
  }
}

/** The extended result code, which node:sqlite attaches. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error)) return undefined
  return typeof error.errcode === "number" ? error.errcode : undefined
}

const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const CANTOPEN = 14
const PROTOCOL = 15
const NOTADB = 26
const IOERR_WRITE = 778
