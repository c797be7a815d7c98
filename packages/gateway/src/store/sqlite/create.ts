import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { dirname } from "node:path"
import { migrate } from "./migrate.ts"

/**
 * Makes a database under another name and moves it into place whole: a process that dies meanwhile leaves no empty
 * file behind, which a later start could not tell from a lost database.
 */
export async function createDatabase(file: string): Promise<void> {
  const unfinished = `${file}-new`
  for (const left of [unfinished, `${unfinished}-journal`]) rmSync(left, { force: true })
  // Made by us, so that nobody else may read it: it will hold phone numbers and messages.
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
