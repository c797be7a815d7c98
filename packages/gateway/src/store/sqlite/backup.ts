import { backup } from "node:sqlite"
import { DatabaseSync } from "node:sqlite"
import { chmodSync, closeSync, constants, existsSync, fsyncSync, openSync, renameSync } from "node:fs"
import { copyFile, mkdir, open, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { text } from "../row.ts"
import { LockFile } from "./lock-file.ts"

/**
 * Copies a database while a gateway works on it, in this process or another, and the files beside it that its messages
 * name. The copy of the database is one file, checked, and records that it is a backup and from when: a gateway started
 * on it parks messages that may have gone out since. Files are copied to `<to>.media`.
 * @throws when `to` exists, and when the copy cannot be made; a `StartRefusal` with the code `locked` while another
 *   process makes a backup of the same name
 */
export async function backupDatabase(from: string, to: string, at: number, signal?: AbortSignal): Promise<void> {
  const unfinished = `${to}-unfinished`
  const unfinishedMedia = mediaFolderOf(unfinished)
  using _lock = new LockFile(unfinished)
  try {
    for (const taken of [to, mediaFolderOf(to)]) {
      if (existsSync(taken)) throw new Error(`${taken} exists already; a backup overwrites nothing`)
    }
    if (!existsSync(from)) throw new Error(`${from} does not exist`)
    await removeUnfinished(unfinished)
    closeSync(openSync(unfinished, "wx", 0o600))
    await copy(from, unfinished)
    signal?.throwIfAborted()
    const hashes = finish(unfinished, at)
    if (hashes.length > 0) {
      // Files are copied after the database: meanwhile only files that no message names are deleted.
      await copyMedia(mediaFolderOf(from), unfinishedMedia, hashes, signal)
      renameSync(unfinishedMedia, mediaFolderOf(to))
    }
    // The database last: once it is in place, the backup is complete.
    renameSync(unfinished, to)
    syncFolder(dirname(to))
  } finally {
    await removeUnfinished(unfinished)
    await rm(`${unfinished}-lock`, { force: true })
  }
}

/** Also what a killed process left. */
async function removeUnfinished(file: string): Promise<void> {
  for (const path of [file, `${file}-journal`, mediaFolderOf(file)]) await rm(path, { recursive: true, force: true })
}

/** The folder of the files that messages name. */
export function mediaFolderOf(databaseFile: string): string {
  return `${databaseFile}.media`
}

async function copy(from: string, to: string): Promise<void> {
  // A connection of its own that cannot write: if it is the last one to close it must not tidy up the log.
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    // The copy is one step, in a thread: with several steps, each commit in between would restart it.
    await backup(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
}

/** @returns the hashes of the files that belong to it */
function finish(file: string, at: number): readonly string[] {
  const copied = new DatabaseSync(file)
  let hashes: readonly string[]
  try {
    copied.exec("pragma journal_mode = delete; pragma synchronous = full")
    copied.prepare("insert or replace into meta (name, value) values ('backed_up_at', ?)").run(at)
    const finding = text(copied.prepare("pragma quick_check(1)").get() ?? {}, "quick_check")
    if (finding !== "ok") throw new Error(`the copy is damaged: ${finding}`)
    hashes = hashesIn(copied)
  } finally {
    copied.close()
  }
  chmodSync(file, 0o600)
  const handle = openSync(file, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  return hashes
}

function hashesIn(db: DatabaseSync): readonly string[] {
  // A gateway that has not started since its upgrade stores no files.
  if (db.prepare("select 1 from sqlite_schema where name = 'media'").get() === undefined) return []
  return db
    .prepare("select distinct sha256 from media")
    .all()
    .map((row) => text(row, "sha256"))
}

async function copyMedia(
  from: string,
  to: string,
  hashes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  for (const hash of hashes) {
    signal?.throwIfAborted()
    const target = join(to, hash)
    try {
      await copyFile(join(from, hash), target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    } catch (error) {
      // It has expired, and no message names it any more.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") continue
      throw error
    }
    const handle = await open(target, "r")
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  syncFolder(to)
}

function syncFolder(path: string): void {
  const handle = openSync(path, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

const ALL_PAGES = 2 ** 30
