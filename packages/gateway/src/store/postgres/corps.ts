import { sql } from "kysely"
import type { CorpSettings, CorpSettingsStore, Settings } from "../../model/ports/apps.ts"
import type { ExpectedVersion } from "../../model/ports/versions.ts"
import { integer, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import type { PostgresEvents } from "./events.ts"
import type { Transactions } from "./transactions.ts"

export class PostgresCorps implements CorpSettingsStore {
  readonly #transactions: Transactions
  readonly #locks = new LocalLocks()

  readonly #events: PostgresEvents

  constructor(transactions: Transactions, events: PostgresEvents) {
    this.#transactions = transactions
    this.#events = events
  }

  async get(corpId: string): Promise<Settings> {
    return (await this.read(corpId)).settings
  }

  read(corpId: string): Promise<CorpSettings> {
    return this.#transactions.read(async (db) => {
      const { rows } = await sql<Row>`select settings, version from wecom_push.corps
        where corp_id = ${corpId}`.execute(db)
      return toSettings(rows[0])
    })
  }

  put(corpId: string, settings: Settings, at: number, expected?: ExpectedVersion): Promise<CorpSettings | "stale"> {
    return this.#locks.run(corpId, () =>
      this.#transactions.run(async (tx, after) => {
        // A row to lock, for the first settings too.
        await sql`insert into wecom_push.corps (corp_id, settings, version) values (${corpId}, '{}', 0)
          on conflict do nothing`.execute(tx)
        const { rows } = await sql<Row>`select settings, version from wecom_push.corps
          where corp_id = ${corpId} for update`.execute(tx)
        const before = toSettings(rows[0])
        if (expected?.(before) === false) return "stale"
        const version = before.version + 1
        await sql`update wecom_push.corps set settings = ${JSON.stringify(settings)}, version = ${version}
          where corp_id = ${corpId}`.execute(tx)
        const { rows: apps } = await sql<{ name: string }>`select name from wecom_push.apps
          where corp_id = ${corpId} order by name`.execute(tx)
        await this.#events.write(
          tx,
          apps.map(({ name: app }) => ({
            at,
            type: "app.changed",
            app,
            messageId: undefined,
            data: { corp_settings: true },
          })),
          after,
        )
        return { settings, version }
      }),
    )
  }
}

function toSettings(row: Row | undefined): CorpSettings {
  if (row === undefined) return { settings: {}, version: 0 }
  return { settings: parseOwn<Settings>(text(row, "settings")), version: integer(row, "version") }
}
