import { existsSync } from "node:fs"
import type { DatabaseSync } from "node:sqlite"
import type { AuditEntry } from "../../model/ports/audit.ts"
import type { NewKey } from "../../model/ports/keys.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { Audit } from "../cold/audit.ts"
import { insertKey } from "../cold/keys.ts"
import { SqliteAuditTables } from "./audit.ts"
import { SqliteCold } from "./cold.ts"
import { openDatabase } from "./connection.ts"
import { GroupCommit } from "./group-commit.ts"
import { inspectDatabase, inspectFiles, inspectFolder } from "./inspect-file.ts"
import { LockFile } from "./lock-file.ts"
import { LogSync } from "./log-sync.ts"
import { SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { refuseMoved } from "./refuse-moved.ts"
import { refusals } from "./refusals.ts"
import { ReserveFile } from "./reserve-file.ts"

/**
 * Adds a key to a database, whether a gateway runs on it or not: a running one takes the key at once. Needs no master
 * key, since of keys only hashes are stored.
 * @throws {StartRefusal} a database that no gateway would start on
 */
export async function addKey(file: string, key: NewKey, entry: AuditEntry): Promise<void> {
  inspectFolder(file)
  // Checked before anything is opened, which would create a database.
  if (!existsSync(file)) throw refusals.notADatabase(file)
  using resources = new DisposableStack()
  const lock = lockUnlessRunning(file)
  if (lock !== undefined) {
    resources.use(lock)
    inspectFiles(file, lock)
  }
  const db = resources.adopt(openDatabase(file), (db) => {
    // The last connection to close takes the log into the database, so the next start must not miss the log.
    lock?.markClosed()
    db.close()
  })
  inspectDatabase(db, file)
  const version = schemaVersion(db)
  // A running gateway may be of the version before: its database must not change under it.
  if (version < SCHEMA_VERSION) throw refusals.olderSchema(file, version, SCHEMA_VERSION)
  refuseMoved(db, file)
  const log = resources.use(new LogSync(file))
  const commit = resources.adopt(new GroupCommit(db, new ReserveFile(`${file}-reserve`), log), (commit) =>
    commit.close(),
  )
  waitForOthers(db)
  const cold = new SqliteCold(db, commit)
  await Promise.all([cold.write(() => insertKey(key)), new Audit(cold, new SqliteAuditTables(db)).append([entry])])
}

function lockUnlessRunning(file: string): LockFile | undefined {
  try {
    return new LockFile(file)
  } catch (error) {
    if (error instanceof StartRefusal && error.code === "locked") return undefined
    throw error
  }
}

/** A gateway that accepts a large message holds the database for longer than it would wait itself. */
function waitForOthers(db: DatabaseSync): void {
  db.exec("pragma busy_timeout = 10000")
}
