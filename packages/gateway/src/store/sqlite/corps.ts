import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { CorpSettingsStore, Settings } from "../../core/ports/apps.ts"
import type { GroupCommit } from "./group-commit.ts"
import { parseOwn, text } from "./row.ts"

export class SqliteCorps implements CorpSettingsStore {
  readonly #commit: GroupCommit
  readonly #one: StatementSync
  readonly #put: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#one = db.prepare("select settings from corps where corp_id = ?")
    this.#put = db.prepare(
      "insert into corps (corp_id, settings) values (?1, ?2) on conflict do update set settings = ?2",
    )
  }

  get(corpId: string): Promise<Settings> {
    return Promise.try(() => {
      const row = this.#one.get(corpId)
      return row === undefined ? {} : parseOwn<Settings>(text(row, "settings"))
    })
  }

  put(corpId: string, settings: Settings): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#put.run(corpId, JSON.stringify(settings))
      },
    })
  }
}
