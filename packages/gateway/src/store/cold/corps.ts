import type { CorpSettings, CorpSettingsStore, Settings } from "../../model/ports/apps.ts"
import type { NewEvent } from "../../model/ports/events.ts"
import type { ExpectedVersion } from "../../model/ports/versions.ts"
import { integer, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { lock, query, report } from "./work.ts"
import type { ColdDatabase } from "./work.ts"

export class Corps implements CorpSettingsStore {
  readonly #db: ColdDatabase

  constructor(db: ColdDatabase) {
    this.#db = db
  }

  async get(corpId: string): Promise<Settings> {
    return (await this.read(corpId)).settings
  }

  async read(corpId: string): Promise<CorpSettings> {
    const [row] = await this.#db.read(
      () => query`select settings, version from wecom_push.corps where corp_id = ${corpId}`,
    )
    return toSettings(row)
  }

  put(corpId: string, settings: Settings, at: number, expected?: ExpectedVersion): Promise<CorpSettings | "stale"> {
    return this.#db.change<CorpSettings | "stale">(`corp ${corpId}`, function* () {
      // Makes sure that there is a row to lock, for the first settings too.
      yield* query`insert into wecom_push.corps (corp_id, settings, version) values (${corpId}, '{}', 0)
        on conflict do nothing`
      const [row] = yield* lock`select settings, version from wecom_push.corps where corp_id = ${corpId}`
      const before = toSettings(row)
      if (expected?.(before) === false) return "stale"
      const version = before.version + 1
      yield* query`update wecom_push.corps set settings = ${JSON.stringify(settings)}, version = ${version}
        where corp_id = ${corpId}`
      const apps = yield* query`select name from wecom_push.apps where corp_id = ${corpId} order by name`
      yield* report(apps.map((app) => changed(text(app, "name"), at)))
      return { settings, version }
    })
  }
}

function changed(app: string, at: number): NewEvent {
  return { at, type: "app.changed", app, messageId: undefined, data: { corp_settings: true } }
}

function toSettings(row: Row | undefined): CorpSettings {
  if (row === undefined) return { settings: {}, version: 0 }
  return { settings: parseOwn<Settings>(text(row, "settings")), version: integer(row, "version") }
}
