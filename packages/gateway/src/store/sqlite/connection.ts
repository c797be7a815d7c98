import { DatabaseSync } from "node:sqlite"

/**
 * Opens a database as the gateway uses it. WAL with full sync: a commit is on the disk when it returns, also when the
 * power goes. Another program that writes makes us wait 250 ms at most, since the wait holds up everything.
 */
export function openDatabase(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  db.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma journal_size_limit = ${64 * 1024 * 1024};
    pragma temp_store = memory;
  `)
  return db
}

const BUSY_TIMEOUT_MS = 250
