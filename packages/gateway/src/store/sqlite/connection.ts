import { DatabaseSync } from "node:sqlite"

/**
 * Opens a database as the gateway uses it: with a log (WAL) that SQLite syncs before it relies on it, and `GroupCommit`
 * syncs after each commit, before any answer. For another program that writes we wait 250 ms at most, since the wait
 * blocks everything.
 */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = normal;
    pragma journal_size_limit = ${64 * 1024 * 1024};
    pragma temp_store = memory;
  `)
  return db
}

const BUSY_TIMEOUT_MS = 250
