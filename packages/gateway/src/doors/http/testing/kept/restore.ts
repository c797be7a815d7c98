import { cpSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { gunzipSync } from "node:zlib"
import { Client } from "pg"
import { newDatabase } from "../../../../store/postgres/testing/cluster.ts"
import { TemporaryFolder } from "../../../../store/testing/open-store.ts"
import type { Told } from "./told.ts"

interface Kept extends AsyncDisposable {
  readonly told: Told
  /** As `WECOM_PUSH_DATABASE_URL` names it. */
  readonly url: string
}

/**
 * @param folder beside this file
 * @param options of `create database`
 */
type Restore = (folder: string, options?: string) => Promise<Kept>

/**
 * By store: restores a kept database. All times in it, including those inside texts, are moved forward as if it was written
 * half an hour ago: messages scheduled in it have just become due.
 */
export const RESTORE: Readonly<Record<"SQLite" | "PostgreSQL", Restore>> = {
  SQLite: async (folder) => {
    const told = readTold(folder, "sqlite")
    const place = new TemporaryFolder()
    writeFileSync(place.file(), gunzipSync(readFileSync(join(import.meta.dirname, folder, "sqlite.db.gz"))))
    cpSync(join(import.meta.dirname, folder, "sqlite.media"), `${place.file()}.media`, { recursive: true })
    using db = new DatabaseSync(place.file())
    // The stored uptime would show that this is the same machine and that its clock was set.
    db.exec("delete from meta where name = 'boot'")
    const move = mover(told)
    db.function("moved", { deterministic: true }, (value) =>
      typeof value === "string" ? move(value) : Number(move(String(value))),
    )
    const columns = db
      .prepare(
        `select t.name as "table", c.name as "column" from sqlite_schema as t, pragma_table_info(t.name) as c
          where t.type = 'table' and t.name <> 'audit'`,
      )
      .all()
    // The audit trail keeps its times, since no statement can change them.
    for (const { table, column } of columns)
      db.exec(`update "${String(table)}" set "${String(column)}" = moved("${String(column)}")
        where typeof("${String(column)}") in ('integer', 'text') and moved("${String(column)}") <> "${String(column)}"`)
    return {
      told,
      url: `sqlite:${place.file()}`,
      [Symbol.asyncDispose]: () => Promise.resolve(place[Symbol.dispose]()),
    }
  },
  PostgreSQL: async (folder, options) => {
    await using resources = new AsyncDisposableStack()
    const { url } = resources.use(await newDatabase(options))
    const told = await loadDump(folder, url)
    const kept = resources.move()
    return { told, url, [Symbol.asyncDispose]: () => kept.disposeAsync() }
  },
}

/** Loads a dump into an empty database. */
export async function loadDump(folder: string, url: string): Promise<Told> {
  const told = readTold(folder, "postgres")
  const dump = gunzipSync(readFileSync(join(import.meta.dirname, folder, "postgres.sql.gz"))).toString()
  await using connected = new AsyncDisposableStack()
  const client = connected.adopt(new Client({ connectionString: url }), (one) => one.end())
  await client.connect()
  await client.query(mover(told)(dump))
  return told
}

function readTold(folder: string, store: string): Told {
  return JSON.parse(readFileSync(join(import.meta.dirname, folder, `${store}.json`), "utf8")) as Told
}

/** Moves every time: a number of milliseconds within those days, or a timestamp in PostgreSQL's form. */
function mover({ writtenAt }: Told): (text: string) => string {
  const byMs = Date.now() - writtenAt - WRITTEN_AGO_MS
  const isTime = (ms: number): boolean => ms > writtenAt - 3 * DAY_MS && ms < writtenAt + 400 * DAY_MS
  const moved = (ms: number): number => (isTime(ms) ? ms + byMs : ms)
  return (text) =>
    text
      .replaceAll(/(?<!\w)\d{13}(?!\w)/g, (digits) => String(moved(Number(digits))))
      .replaceAll(/(?<=')\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00(?=')/g, (moment) =>
        new Date(moved(Date.parse(`${moment}:00`))).toISOString(),
      )
}

const DAY_MS = 86_400_000
const WRITTEN_AGO_MS = 31 * 60_000
