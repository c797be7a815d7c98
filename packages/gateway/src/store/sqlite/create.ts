import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { dirname } from "node:path"
import { migrate } from "./migrate.ts"

/**
 * Creates a database under another name and moves it into place whole: a process that dies meanwhile leaves no empty
 * file, which a later start could not distinguish from a lost database.
 */
export async function createDatabase(file: string): Promise<void> {
  const unfinished = `${file}-new`
  for (const left of [unfinished, `${unfinished}-journal`]) rmSync(left, { force: true })
  // Created here, so that no other user may read it: it will contain phone numbers and messages.
  closeSync(openSync(unfinished, "wx", 0o600))
  const db = new DatabaseSync(unfinished)
  try {
    await migrate(db)
  } finally {
    db.close()
  }
  renameSync(unfinished, file)
  const folder = openSync(dirname(file), "r")
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
