import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { CorpSettings, CorpSettingsStore, Settings } from "../../model/ports/apps.ts"
import type { ExpectedVersion } from "../../model/ports/versions.ts"
import type { SqliteEvents } from "./events.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, parseOwn, text } from "../row.ts"

export class SqliteCorps implements CorpSettingsStore {
  readonly #commit: GroupCommit
  readonly #one: StatementSync
  readonly #put: StatementSync
  readonly #apps: StatementSync
  readonly #events: SqliteEvents

  constructor(db: DatabaseSync, commit: GroupCommit, events: SqliteEvents) {
    this.#commit = commit
    this.#events = events
    this.#apps = db.prepare("select name from apps where corp_id = ? order by name")
    this.#one = db.prepare("select settings, version from corps where corp_id = ?")
    this.#put = db.prepare(
      "insert into corps (corp_id, settings, version) values (?1, ?2, ?3) on conflict do update set settings = ?2, version = ?3",
    )
  }

  async get(corpId: string): Promise<Settings> {
    return (await this.read(corpId)).settings
  }

  read(corpId: string): Promise<CorpSettings> {
    return Promise.try(() => this.#read(corpId))
  }

  put(corpId: string, settings: Settings, at: number, expected?: ExpectedVersion): Promise<CorpSettings | "stale"> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const before = this.#read(corpId)
        if (expected?.(before) === false) return "stale"
        const version = before.version + 1
        this.#put.run(corpId, JSON.stringify(settings), version)
        for (const row of this.#apps.all(corpId)) {
          const app = text(row, "name")
          this.#events.write(
            { at, type: "app.changed", app, messageId: undefined, data: { corp_settings: true } },
            after,
          )
        }
        return { settings, version }
      },
    })
  }

  #read(corpId: string): CorpSettings {
    const row = this.#one.get(corpId)
    if (row === undefined) return { settings: {}, version: 0 }
    return { settings: parseOwn<Settings>(text(row, "settings")), version: integer(row, "version") }
  }
}
