import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { gunzipSync } from "node:zlib"
import { Client } from "pg"
import { newDatabase } from "../../../store/postgres/testing/cluster.ts"
import { TemporaryFolder } from "../../../store/testing/open-store.ts"
import type { Told } from "./told.ts"

interface Kept extends AsyncDisposable {
  readonly told: Told
  /** As `WECOM_PUSH_DATABASE_URL` names it. */
  readonly url: string
}

/** @param folder beside this file */
type Restore = (folder: string) => Promise<Kept>

/**
 * By the store. All times in it are moved forward, so that it was written half an hour ago: what is scheduled in it has just
 * become due. The audit trail keeps its times, since no statement can change it.
 */
export const RESTORE: Readonly<Record<"SQLite" | "PostgreSQL", Restore>> = {
  SQLite: async (folder) => {
    const told = readTold(folder, "sqlite")
    const place = new TemporaryFolder()
    writeFileSync(place.file(), gunzipSync(readFileSync(join(import.meta.dirname, folder, "sqlite.db.gz"))))
    cpSync(join(import.meta.dirname, folder, "sqlite.media"), `${place.file()}.media`, { recursive: true })
    using db = new DatabaseSync(place.file())
    // How long the machine has run would show the same machine that its clock was set.
    db.exec("delete from meta where name = 'boot'")
    const columns = db
      .prepare(
        `select t.name as "table", c.name as "column" from sqlite_schema as t, pragma_table_info(t.name) as c
          where t.type = 'table' and t.name <> 'audit'`,
      )
      .all()
    for (const { table, column } of columns)
      db.exec(`update "${String(table)}" set "${String(column)}" = "${String(column)}" + ${forwardMs(told)}
        where typeof("${String(column)}") = 'integer' and "${String(column)}" between ${earliest(told)} and ${latest(told)}`)
    return {
      told,
      url: `sqlite:${place.file()}`,
      [Symbol.asyncDispose]: () => Promise.resolve(place[Symbol.dispose]()),
    }
  },
  PostgreSQL: async (folder) => {
    const told = readTold(folder, "postgres")
    await using resources = new AsyncDisposableStack()
    const database = resources.use(await newDatabase())
    {
      await using connected = new AsyncDisposableStack()
      const client = connected.adopt(new Client({ connectionString: database.url }), (one) => one.end())
      await client.connect()
      await client.query(gunzipSync(readFileSync(join(import.meta.dirname, folder, "postgres.sql.gz"))).toString())
      const { rows } = await client.query<{ table: string; column: string; isTime: boolean }>(`
        select format('%I.%I', table_schema, table_name) as table, quote_ident(column_name) as column,
          data_type <> 'bigint' as "isTime"
        from information_schema.columns join information_schema.tables using (table_schema, table_name)
        where table_schema like 'wecom_push%' and table_type = 'BASE TABLE' and table_name <> 'audit'
          and is_generated = 'NEVER' and is_identity = 'NO' and data_type in ('bigint', 'timestamp with time zone')`)
      for (const { table, column, isTime } of rows) {
        const at = (ms: number): string => (isTime ? `to_timestamp(${ms / 1000})` : `${ms}`)
        const forward = isTime ? `interval '${forwardMs(told)} ms'` : `${forwardMs(told)}`
        await client.query(`update ${table} set ${column} = ${column} + ${forward}
          where ${column} between ${at(earliest(told))} and ${at(latest(told))}`)
      }
    }
    const kept = resources.move()
    return { told, url: database.url, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  },
}

function readTold(folder: string, store: string): Told {
  return JSON.parse(readFileSync(join(import.meta.dirname, folder, `${store}.json`), "utf8")) as Told
}

function forwardMs({ writtenAt }: Told): number {
  return Date.now() - writtenAt - WRITTEN_AGO_MS
}

/** What is a number of milliseconds between these is a time. */
const earliest = ({ writtenAt }: Told): number => writtenAt - 3 * DAY_MS
const latest = ({ writtenAt }: Told): number => writtenAt + 400 * DAY_MS

const DAY_MS = 86_400_000
const WRITTEN_AGO_MS = 31 * 60_000
