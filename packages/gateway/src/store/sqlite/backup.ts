import { backup } from "node:sqlite"
import { DatabaseSync } from "node:sqlite"
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs"
import { text } from "./row.ts"

/**
 * Copies a database while a gateway works on it, in this process or another. The copy is one file, checked, and knows
 * that it is a backup and from when: a gateway started on it parks what may have gone out since.
 * @throws when `to` exists, and when the copy cannot be made
 */
export async function backupDatabase(from: string, to: string, at: number): Promise<void> {
  if (existsSync(to)) throw new Error(`${to} exists already; a backup overwrites nothing`)
  if (!existsSync(from)) throw new Error(`${from} does not exist`)
  const unfinished = `${to}-unfinished`
  rmSync(unfinished, { force: true })
  closeSync(openSync(unfinished, "wx", 0o600))
  try {
    await copy(from, unfinished)
    finish(unfinished, at)
    renameSync(unfinished, to)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

async function copy(from: string, to: string): Promise<void> {
  // A connection of its own that cannot write: when it is the last one to close it must not tidy up the log.
  const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 })
  try {
    // In one go, in a thread: in steps, each commit in between would have it start again.
    await backup(source, to, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
}

function finish(file: string, at: number): void {
  const copied = new DatabaseSync(file)
  try {
    copied.exec("pragma journal_mode = delete; pragma synchronous = full")
    copied.prepare("insert or replace into meta (name, value) values ('backed_up_at', ?)").run(at)
    const finding = text(copied.prepare("pragma quick_check(1)").get() ?? {}, "quick_check")
    if (finding !== "ok") throw new Error(`the copy is damaged: ${finding}`)
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
}

const ALL_PAGES = 2 ** 30
