import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { ClockNotes } from "../../ports/clock-notes.ts"
import { integer } from "../row.ts"

export class SqliteClockNotes implements ClockNotes {
  readonly #setBy: StatementSync

  constructor(db: DatabaseSync) {
    this.#setBy = db.prepare("select value from meta where name = 'clock_set'")
  }

  setByMs(): Promise<number> {
    return Promise.resolve(integer(this.#setBy.get() ?? {}, "value"))
  }
}
