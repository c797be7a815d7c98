import { closeSync, fsyncSync, openSync } from "node:fs"
import { mkdir, open, readFile, rename } from "node:fs/promises"
import type { DatabaseSync, SQLInputValue } from "node:sqlite"
import { join } from "node:path"
import { callKind, namedKeys } from "@wecom-push/protocol/delivery"
import { LONGEST_ATTEMPT_MS } from "../../model/longest-attempt.ts"
import { mediaFolderOf } from "../sqlite/backup.ts"
import { openDatabase } from "../sqlite/connection.ts"
import { inspectFiles, inspectFolder } from "../sqlite/inspect-file.ts"
import { LockFile } from "../sqlite/lock-file.ts"
import { LOST_EVENTS } from "../lost-events.ts"
import { integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { MOVE_MARK, parseMark } from "./move-mark.ts"
import type { MoveMark } from "./move-mark.ts"
import type { MovedFile, MovedSettings, MoveSide, SentTo, Slice } from "./move-side.ts"
import { textOf } from "../sqlite/large-texts.ts"
import { MOVED_TABLES } from "./moved-tables.ts"
import type { Cell, MovedTable } from "./moved-tables.ts"
import { inMessages, LAST, readColumns, tableName } from "./table-sql.ts"

/** A file with its lock. A store of this version has opened the file before. */
export class SqliteSide implements MoveSide {
  readonly kind = "sqlite"
  readonly shown: string
  readonly #file: string
  readonly #db: DatabaseSync
  readonly #lock: LockFile
  #hasLatestBodies = false

  /** @throws {StartRefusal} */
  constructor(file: string) {
    inspectFolder(file)
    this.shown = `sqlite:${file}`
    this.#file = file
    using resources = new DisposableStack()
    this.#lock = resources.use(new LockFile(file))
    inspectFiles(file, this.#lock)
    this.#db = openDatabase(file)
    this.#lock.markOpen()
    this.#db.exec("pragma synchronous = full; pragma busy_timeout = 5000")
    this.#db.exec("create temp table latest_bodies (id integer primary key)")
    resources.move()
  }

  mark(): Promise<MoveMark | undefined> {
    const row = this.#db.prepare("select value from meta where name = ?").get(MOVE_MARK)
    return Promise.resolve(row === undefined ? undefined : parseMark(text(row, "value")))
  }

  setMark(mark: MoveMark | undefined): Promise<void> {
    return Promise.try(() => {
      if (mark === undefined) this.#db.prepare("delete from meta where name = ?").run(MOVE_MARK)
      else this.#setMark(mark)
    })
  }

  isEmpty(): Promise<boolean> {
    return Promise.resolve(
      MOVED_TABLES.every(
        (table) => this.#db.prepare(`select 1 from ${tableName(table, table.sqlite)} limit 1`).get() === undefined,
      ),
    )
  }

  read(table: MovedTable, after: readonly Cell[] | undefined): Promise<Slice> {
    return Promise.try(() => {
      const { rowsAtOnce, columns } = table
      const name = tableName(table, table.sqlite)
      if (name === "bodies" && (after === undefined || !this.#hasLatestBodies)) this.#findLatestBodies()
      const key = table.sqlite?.key ?? table.key
      const wheres = [table.where, table.sqlite?.where].flatMap((where) =>
        where === undefined ? [] : inMessages(where, ""),
      )
      if (after !== undefined) wheres.push(`(${key.join(", ")}) > (${key.map(() => "?").join(", ")})`)
      const found = this.#db
        .prepare(
          `select ${readColumns(table, table.sqlite)}, ${key.map((column, n) => `${name}.${column} as ${LAST}${n}`).join(", ")}
          from ${name} ${wheres.length === 0 ? "" : `where ${wheres.join(" and ")}`}
          order by ${key.join(", ")} limit ${rowsAtOnce}`,
        )
        .all(...(after ?? []).map(toInput))
      const last = found.at(-1)
      return {
        rows: found.map((row) => Object.entries(columns).map(([column, kind]) => toCell(row, column, kind === "bool"))),
        last: last && key.map((_, n) => toCell(last, `${LAST}${n}`, false)),
      }
    })
  }

  write(table: MovedTable, rows: readonly (readonly Cell[])[], mark: MoveMark): Promise<void> {
    return Promise.try(() => {
      const names = Object.keys(table.columns)
      const written = new Map<string, string>()
      for (const column of names) written.set(column, `:${column}`)
      for (const [column, value] of Object.entries(table.sqlite?.write ?? {})) {
        if (value === null) written.delete(column)
        else written.set(column, value)
      }
      const statement = this.#db.prepare(
        `insert into ${tableName(table, table.sqlite)} (${[...written.keys()].join(", ")}) values (${[...written.values()].join(", ")})`,
      )
      // Values that go into no column are passed too.
      statement.setAllowUnknownNamedParameters(true)
      this.#inTransaction(() => {
        for (const row of rows) {
          statement.run(Object.fromEntries(names.map((column, n) => [column, toInput(row[n] ?? null)])))
        }
        this.#setMark(mark)
      })
    })
  }

  files(after = ""): Promise<readonly MovedFile[]> {
    const rows = this.#db
      .prepare(
        "select sha256, max(bytes) as bytes from media where sha256 > ? group by sha256 order by sha256 limit 20",
      )
      .all(after)
    return Promise.resolve(rows.map((row) => ({ sha256: text(row, "sha256"), bytes: integer(row, "bytes") })))
  }

  async readFile({ sha256, bytes }: MovedFile): Promise<Uint8Array | undefined> {
    try {
      const data = await readFile(join(mediaFolderOf(this.#file), sha256))
      return data.byteLength === bytes ? data : undefined
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
      throw error
    }
  }

  /** Writes the file under another name until it is whole, as a gateway's uploads are written. */
  async writeFile({ sha256 }: MovedFile, data: Uint8Array): Promise<void> {
    const folder = mediaFolderOf(this.#file)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const unfinished = join(folder, `${sha256}.part`)
    const handle = await open(unfinished, "w", 0o600)
    try {
      await handle.writeFile(data)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(unfinished, join(folder, sha256))
    syncFolder(folder)
  }

  settings(): Promise<MovedSettings> {
    return Promise.try(() => {
      const meta = (name: string): number | null => {
        const row = this.#db.prepare("select value from meta where name = ?").get(name)
        return row === undefined ? null : (optionalInteger(row, "value") ?? null)
      }
      // Also works for a trail without entries.
      const sequence = this.#db.prepare("select seq from sqlite_sequence where name = 'audit'").get()
      const lost = this.#db.prepare("select value from meta where name = ?").get(LOST_EVENTS)
      return {
        auditLast: sequence === undefined ? 0 : integer(sequence, "seq"),
        auditDeletedTo: meta("audit_deleted_to") ?? 0,
        auditDeletedUntil: meta("audit_deleted_until"),
        restoredAt: meta("restored_at"),
        lostEvents: lost === undefined ? null : text(lost, "value"),
      }
    })
  }

  writeSettings(settings: MovedSettings): Promise<void> {
    return Promise.try(() => {
      const { auditLast, auditDeletedTo, auditDeletedUntil, restoredAt, lostEvents } = settings
      const set = this.#db.prepare("insert or replace into meta (name, value) values (?, ?)")
      this.#inTransaction(() => {
        set.run("audit_deleted_to", auditDeletedTo)
        // Entries are numbered without a gap, and only the first ones are deleted, so this is also the count.
        set.run("audit_deleted_count", auditDeletedTo)
        set.run("audit_deleted_until", auditDeletedUntil)
        // Gateways that share a database do not record busy members, so those of the last hour are not known here.
        this.#db.exec("delete from meta where name = 'busy_members_from'")
        if (restoredAt !== null) set.run("restored_at", restoredAt)
        if (lostEvents !== null) set.run(LOST_EVENTS, lostEvents)
        this.#db.exec("delete from sqlite_sequence where name = 'audit'")
        this.#db.prepare("insert into sqlite_sequence (name, seq) values ('audit', ?)").run(auditLast)
      })
    })
  }

  /** Nothing to do: a gateway creates the rest at its start. */
  prepare(): Promise<void> {
    return Promise.resolve()
  }

  async *recentSends(since: number): AsyncIterable<SentTo> {
    const page = this.#db
      .prepare(`select started_at, message, number, ${textOf("body", "calls.message", "number")} as body, agent, kind,
        coalesce(finished_at, started_at + ${LONGEST_ATTEMPT_MS}) as sent_at,
        result = 'accepted' or may_have_arrived or in_flight_by is not null as sent
      from calls indexed by calls_by_start where host is null and agent is not null and started_at >= ?
        and (started_at, message, number) > (?, ?, ?) order by started_at, message, number limit 100`)
    for (let after: [number, number, number] = [-1, -1, -1]; ;) {
      const rows = page.all(since, ...after)
      for (const row of rows) {
        after = [integer(row, "started_at"), integer(row, "message"), integer(row, "number")]
        if (row["sent"] !== 1) continue
        const kind = optionalText(row, "kind")
        const members =
          kind === undefined ? namedKeys(text(row, "body")) : (callKind(kind)?.keysIn(text(row, "body")) ?? [])
        yield { agent: integer(row, "agent"), members, at: integer(row, "sent_at") }
      }
      if (rows.length < 100) return
      await Promise.resolve()
    }
  }

  /** Nothing to do: this side holds the lock. */
  stillAlone(): Promise<void> {
    return Promise.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lock.markClosed()
    this.#db.close()
    this.#lock[Symbol.dispose]()
    await Promise.resolve()
  }

  /** Selects the latest row of each body: PostgreSQL keeps only one. */
  #findLatestBodies(): void {
    this.#db.exec(`delete from temp.latest_bodies;
      insert into temp.latest_bodies select max(id) from bodies group by agent, hash`)
    this.#hasLatestBodies = true
  }

  #setMark(mark: MoveMark): void {
    this.#db.prepare("insert or replace into meta (name, value) values (?, ?)").run(MOVE_MARK, JSON.stringify(mark))
  }

  #inTransaction(work: () => void): void {
    this.#db.exec("begin immediate")
    try {
      work()
      this.#db.exec("commit")
    } catch (error) {
      this.#db.exec("rollback")
      throw error
    }
  }
}

function toCell(row: Row, column: string, isBool: boolean): Cell {
  const value = row[column]
  // PostgreSQL cannot store this character. WeCom's texts and addresses may contain it.
  if (typeof value === "string") return value.replaceAll("\0", "\uFFFD")
  if (value === null) return null
  return isBool ? integer(row, column) === 1 : integer(row, column)
}

function toInput(cell: Cell): SQLInputValue {
  return typeof cell === "boolean" ? Number(cell) : cell
}

function syncFolder(path: string): void {
  const handle = openSync(path, "r")
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
