import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ClockNotes, NotedClock } from "../../ports/clock-notes.ts"
import { integer, optionalInteger } from "../row.ts"
import type { GroupCommit } from "./group-commit.ts"

export class SqliteClockNotes implements ClockNotes {
  readonly #commit: GroupCommit
  readonly #read: StatementSync
  readonly #note: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#read = db.prepare(`select (select value from meta where name = 'clock_set') as set_by,
      (select value from meta where name = 'trusted_at') as trusted_at`)
    this.#note = db.prepare(
      "insert into meta (name, value) values ('trusted_at', ?1) on conflict (name) do update set value = ?1",
    )
  }

  read(): Promise<NotedClock> {
    const row = this.#read.get() ?? {}
    return Promise.resolve({ setByMs: integer(row, "set_by"), trustedAt: optionalInteger(row, "trusted_at") })
  }

  noteTrusted(at: number): Promise<void> {
    return this.#commit.submit({ kind: "inside", work: () => void this.#note.run(at) })
  }
}
