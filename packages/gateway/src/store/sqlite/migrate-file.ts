import { existsSync } from "node:fs"
import type { Migrated, OnMigrating } from "../migration-watch.ts"
import { openDatabase } from "./connection.ts"
import { inspectDatabase, inspectFiles, inspectFolder } from "./inspect-file.ts"
import { LockFile } from "./lock-file.ts"
import { migrateInThread } from "./migrate-in-thread.ts"
import { SCHEMA_VERSION, schemaVersion } from "./migrate.ts"
import { refuseMoved } from "./refuse-moved.ts"
import { refusalFor } from "./refusal-for.ts"
import { refusals } from "./refusals.ts"

export interface MigrateFileOptions {
  readonly file: string
  readonly dryRun: boolean
  readonly onMigrating: OnMigrating
  readonly signal: AbortSignal | undefined
}

/** @throws {StartRefusal} */
export async function migrateFile(options: MigrateFileOptions): Promise<Migrated> {
  try {
    return await migrateChecked(options)
  } catch (error) {
    throw refusalFor(error, options.file)
  }
}

async function migrateChecked({ file, dryRun, onMigrating, signal }: MigrateFileOptions): Promise<Migrated> {
  inspectFolder(file)
  if (!existsSync(file)) throw refusals.notADatabase(file)
  using resources = new DisposableStack()
  const lock = resources.use(new LockFile(file))
  inspectFiles(file, lock)
  const db = resources.adopt(openDatabase(file), (db) => {
    lock.markClosed()
    db.close()
  })
  // From here on there may be a log beside it.
  lock.markOpen()
  inspectDatabase(db, file)
  refuseMoved(db, file)
  const from = schemaVersion(db)
  const { stepsAfter } = await import("./migrations/all.ts")
  const migrated = { from, to: SCHEMA_VERSION, steps: stepsAfter(from) }
  if (dryRun || from >= SCHEMA_VERSION) return migrated
  const ended = await migrateInThread({ file, from, onMigrating, signal })
  return ended === "stopped" ? { ...migrated, isStopped: true } : migrated
}
