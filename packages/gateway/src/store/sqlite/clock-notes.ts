import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ClockNotes, NotedBoot, NotedClock } from "../../model/ports/clock-notes.ts"
import { integer, optionalInteger, optionalText, parseOwn } from "../row.ts"
import type { GroupCommit } from "./group-commit.ts"

export class SqliteClockNotes implements ClockNotes {
  readonly #commit: GroupCommit
  readonly #read: StatementSync
  readonly #note: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#read = db.prepare(`select (select value from meta where name = 'clock_set') as set_by,
      (select value from meta where name = 'trusted_at') as trusted_at, (select value from meta where name = 'boot') as boot`)
    this.#note = db.prepare(
      "insert into meta (name, value) values ('trusted_at', ?1), ('boot', ?2) on conflict (name) do update set value = excluded.value",
    )
  }

  read(): Promise<NotedClock> {
    const row = this.#read.get() ?? {}
    const boot = optionalText(row, "boot")
    return Promise.resolve({
      setByMs: integer(row, "set_by"),
      trustedAt: optionalInteger(row, "trusted_at"),
      boot: boot === undefined ? undefined : parseOwn<NotedBoot>(boot),
    })
  }

  noteTrusted(at: number, boot?: NotedBoot): Promise<void> {
    const noted = boot === undefined ? null : JSON.stringify(boot)
    return this.#commit.submit({ kind: "inside", work: () => void this.#note.run(at, noted) })
  }
}
