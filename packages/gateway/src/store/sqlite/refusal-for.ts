import { statfsSync } from "node:fs"
import { dirname } from "node:path"
import { StartRefusal } from "../../model/start-refusal.ts"
import { sqliteCode } from "./classify-error.ts"
import { refusals } from "./refusals.ts"

/** The refusal for an SQLite error in opening or checking a file; other errors are returned unchanged. */
export function refusalFor(error: unknown, file: string): unknown {
  if (error instanceof StartRefusal) return error
  const code = sqliteCode(error)
  if (code === undefined) return error
  if (code === NO_ROOM_FOR_SHM) return refusals.diskFull(file, error)
  switch (code & 0xff) {
    case READONLY:
    case CANTOPEN:
      return refusalOfWrites(file, error)
    case FULL:
      return refusals.diskFull(file, error)
    // The schema has the right version, but the wrong content.
    case ERROR:
    case CORRUPT:
      return refusals.damaged(file, error instanceof Error ? error.message : "", error)
    case NOTADB:
      return refusals.notADatabase(file, error)
    default:
      return error
  }
}

/** On a full disk some systems create no file at all. */
export function refusalOfWrites(file: string, error: unknown): StartRefusal {
  const { bavail, bsize } = statfsSync(dirname(file))
  return bavail * bsize < FULL_BELOW_BYTES ? refusals.diskFull(file, error) : refusals.readOnly(file, error)
}

const FULL_BELOW_BYTES = 65_536
const ERROR = 1
const READONLY = 8
const CORRUPT = 11
const CANTOPEN = 14
const NOTADB = 26
const FULL = 13
/** No space for the file beside the database through which its connections synchronise. */
const NO_ROOM_FOR_SHM = 4874
