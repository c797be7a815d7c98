import type { DatabaseSync } from "node:sqlite"
import { MOVE_MARK, parseMark, refusalOfMark } from "../move/move-mark.ts"
import type { MoveMark } from "../move/move-mark.ts"
import { text } from "../row.ts"

/**
 * @param options `afterRestore`: a database that was moved away is used on purpose, like an old copy
 * @throws {StartRefusal} `moved_away`, `move_unfinished`
 */
export function refuseMoved(db: DatabaseSync, file: string, options: { readonly afterRestore?: boolean } = {}): void {
  const mark = markIn(db)
  if (mark === undefined || (mark.role === "source" && options.afterRestore === true)) return
  const refusal = refusalOfMark(mark, `sqlite:${file}`)
  if (refusal !== undefined) throw refusal
}

/** It is no source any more: all its messages have been parked. */
export function forgetMove(db: DatabaseSync): void {
  if (markIn(db)?.role === "source") db.prepare("delete from meta where name = ?").run(MOVE_MARK)
}

function markIn(db: DatabaseSync): MoveMark | undefined {
  const row = db.prepare("select value from meta where name = ?").get(MOVE_MARK)
  return row === undefined ? undefined : parseMark(text(row, "value"))
}
