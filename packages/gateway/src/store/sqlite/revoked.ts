import type { DatabaseSync, StatementSync } from "node:sqlite"
import { SOURCE_ID } from "../../model/source-id.ts"

/** Whether what comes in is of a key that has been revoked, or of a source that has been removed: that one has no row any more. */
export class Revoked {
  readonly #key: StatementSync
  readonly #source: StatementSync

  constructor(db: DatabaseSync) {
    this.#key = db.prepare("select 1 from keys where id = ? and revoked_at is not null")
    this.#source = db.prepare("select 1 from sources where id = ?")
  }

  has(id: string): boolean {
    return id.startsWith(SOURCE_ID) ? this.#source.get(id) === undefined : this.#key.get(id) !== undefined
  }
}
