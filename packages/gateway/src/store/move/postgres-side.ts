import { setTimeout as sleep } from "node:timers/promises"
import { types } from "pg"
import type { Client } from "pg"
import { PRIORITIES } from "../../model/message.ts"
import { taskIdOf } from "../card-tasks.ts"
import { firstIdAfter, LOST_EVENTS, parseLost } from "../lost-events.ts"
import { unpackParts } from "../pack-parts.ts"
import { BucketError } from "../../files/bucket.ts"
import type { Bucket } from "../../files/bucket.ts"
import { bucketRefusals } from "../postgres/bucket-refusals.ts"
import { connect } from "../postgres/connection.ts"
import { newKey, ON_ITS_WAY_MS, whatIsWrong } from "../postgres/file-objects.ts"
import type { BucketFiles } from "../postgres/file-objects.ts"
import { JobWindow } from "../postgres/job-window.ts"
import { Jobs } from "../postgres/jobs.ts"
import { LOCKS, NODE_LOCKS } from "../postgres/locks.ts"
import { shownUrl } from "../postgres/shown-url.ts"
import { Transactions } from "../postgres/transactions.ts"
import { VerifiedClient } from "../postgres/verified-client.ts"
import { bytes, flag, integer, optionalInteger, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { MOVE_MARK, moveRefusals, parseMark } from "./move-mark.ts"
import type { MoveMark } from "./move-mark.ts"
import type { MovedFile, MovedSettings, MoveSide, Slice } from "./move-side.ts"
import { MOVED_TABLES } from "./moved-tables.ts"
import type { Cell, Kind, MovedTable } from "./moved-tables.ts"
import { inMessages, LAST, readColumns } from "./table-sql.ts"

/**
 * A database on which no gateway is alive and starts have to wait. All statements use the one connection that holds the
 * lock: when that connection is lost, the move stops until it is continued.
 */
export class PostgresSide implements MoveSide {
  readonly kind = "postgres"
  readonly shown: string
  readonly #url: string
  readonly #client: Client
  readonly #files: BucketFiles | undefined
  /** The number of a node that no process has: calls in flight belong to it. */
  #node: number | undefined

  /** @throws {StartRefusal} `locked` */
  static async open(url: string, files: BucketFiles | undefined): Promise<PostgresSide> {
    const client = new VerifiedClient({
      url,
      application_name: "wecom-push move",
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      types: { getTypeParser },
    })
    // The next statement reports a lost connection.
    client.on("error", () => undefined)
    await using resources = new AsyncDisposableStack()
    resources.adopt(client, (client) => client.end())
    await client.connect()
    await client.query("set synchronous_commit = on")
    const side = new PostgresSide(url, client, files)
    await side.#lock()
    resources.move()
    return side
  }

  private constructor(url: string, client: Client, files: BucketFiles | undefined) {
    this.#url = url
    this.#client = client
    this.#files = files
    this.shown = shownUrl(url)
  }

  async mark(): Promise<MoveMark | undefined> {
    const [row] = await this.#rows("select value from wecom_push.meta where name = $1", [MOVE_MARK])
    return row === undefined ? undefined : parseMark(text(row, "value"))
  }

  async setMark(mark: MoveMark | undefined): Promise<void> {
    if (mark === undefined) {
      await this.#rows("delete from wecom_push.meta where name = $1", [MOVE_MARK])
      return
    }
    await this.#rows(
      "insert into wecom_push.meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
      [MOVE_MARK, JSON.stringify(mark)],
    )
  }

  async isEmpty(): Promise<boolean> {
    for (const { name } of MOVED_TABLES) {
      if ((await this.#rows(`select from wecom_push.${name} limit 1`)).length > 0) return false
    }
    return true
  }

  async read(table: MovedTable, after: readonly Cell[] | undefined): Promise<Slice> {
    const { name, rowsAtOnce, columns } = table
    const key = table.postgres?.key ?? table.key
    const ordered = key.map((column) => `${name}.${column}`).join(", ")
    const wheres = table.where === undefined ? [] : [inMessages(table.where, "wecom_push.")]
    if (after !== undefined) {
      const values = key.map((column, n) => `$${n + 1}::${TYPES[columns[column] ?? "text"]}`)
      wheres.push(`(${ordered}) > (${values.join(", ")})`)
    }
    const rows = await this.#rows(
      `select ${readColumns(table, table.postgres)}, ${key.map((column, n) => `${name}.${column} as ${LAST}${n}`).join(", ")}
      from wecom_push.${name} ${wheres.length === 0 ? "" : `where ${wheres.join(" and ")}`}
      order by ${ordered} limit ${rowsAtOnce}`,
      after ?? [],
    )
    const last = rows.at(-1)
    return {
      rows: rows.map((row) => Object.keys(columns).map((column) => toCell(row, column))),
      last: last && key.map((_, n) => toCell(last, `${LAST}${n}`)),
    }
  }

  async write(table: MovedTable, rows: readonly (readonly Cell[])[], mark: MoveMark): Promise<void> {
    const names = Object.keys(table.columns)
    const values = rows.map((row) =>
      withTask(table, Object.fromEntries(names.map((name, n) => [name, row[n] ?? null]))),
    )
    const node = await this.#nodeOfMove()
    const written = new Map<string, string>(names.map((column) => [column, `:${column}`]))
    for (const [column, value] of Object.entries(table.postgres?.write ?? {})) {
      if (value === null) written.delete(column)
      else written.set(column, value)
    }
    const expressions = [...written.values()].map((value) =>
      value.replaceAll("{node}", String(node)).replaceAll(/(?<!:):(\w+)/g, (_, column: string) => `moved.${column}`),
    )
    const shape = [...Object.entries(table.columns), ...(table.name === "messages" ? [TASK] : [])]
      .map(([column, kind]) => `${column} ${TYPES[kind]}`)
      .join(", ")
    await this.#inTransaction(async () => {
      await this.#rows(
        `insert into wecom_push.${table.name} (${[...written.keys()].join(", ")}) overriding system value
        select ${expressions.join(", ")} from json_to_recordset($1::json) as moved(${shape})`,
        [JSON.stringify(values)],
      )
      await this.setMark(mark)
    })
  }

  async files(after = ""): Promise<readonly MovedFile[]> {
    const rows = await this.#rows(
      `select sha256, max(bytes) as bytes from wecom_push.media where sha256 > $1 group by sha256
      order by sha256 limit 20`,
      [after],
    )
    return rows.map((row) => ({ sha256: text(row, "sha256"), bytes: integer(row, "bytes") }))
  }

  async readFile({ sha256, bytes: sizeBytes }: MovedFile): Promise<Uint8Array | undefined> {
    const [file] = await this.#rows("select object from wecom_push.files where sha256 = $1", [sha256])
    const object = file && optionalText(file, "object")
    if (object !== undefined) {
      const data = await this.#ask((bucket) => bucket.get(object, sizeBytes))
      return whatIsWrong(data, { sha256, sizeBytes }) === undefined ? data : undefined
    }
    const rows = await this.#rows("select data from wecom_push.file_pieces where sha256 = $1 order by number", [sha256])
    const data = Buffer.concat(rows.map((row) => bytes(row, "data")))
    return data.byteLength === sizeBytes ? data : undefined
  }

  async writeFile(file: MovedFile, data: Uint8Array): Promise<void> {
    const isForBucket = this.#files !== undefined && file.bytes > this.#files.inDatabaseBytes
    const object = isForBucket ? await this.#upload(file, data) : undefined
    await this.#inTransaction(async () => {
      await this.#forgetFile(file)
      await this.#rows("insert into wecom_push.files (sha256, bytes, object) values ($1, $2, $3)", [
        file.sha256,
        file.bytes,
        object,
      ])
      if (object === undefined) await this.#writePieces(file, data)
      else await this.#rows("delete from wecom_push.stray_objects where key = $1", [object])
    })
  }

  /** Uploads a file as a gateway does: the object is recorded before it is uploaded. */
  async #upload({ sha256 }: MovedFile, data: Uint8Array): Promise<string> {
    const object = newKey()
    await this.#rows("insert into wecom_push.stray_objects (key, due_at) values ($1, wecom_push.now_ms() + $2)", [
      object,
      ON_ITS_WAY_MS,
    ])
    await this.#ask((bucket) => bucket.put(object, new Blob([Uint8Array.from(data)]), sha256))
    return object
  }

  /** Deletes the pieces that an interrupted move has written. */
  async #forgetFile({ sha256 }: MovedFile): Promise<void> {
    await this.#rows("delete from wecom_push.file_pieces where sha256 = $1", [sha256])
    await this.#rows(
      `with deleted as (delete from wecom_push.files where sha256 = $1 returning object)
      insert into wecom_push.stray_objects (key, due_at)
      select object, wecom_push.now_ms() from deleted where object is not null`,
      [sha256],
    )
  }

  async #writePieces({ sha256, bytes: length }: MovedFile, data: Uint8Array): Promise<void> {
    for (let number = 0; number * PIECE_BYTES < length; number++) {
      const piece = Buffer.from(data.subarray(number * PIECE_BYTES, (number + 1) * PIECE_BYTES))
      await this.#rows("insert into wecom_push.file_pieces (sha256, number, data) values ($1, $2, $3)", [
        sha256,
        number,
        piece,
      ])
    }
  }

  /** @throws {StartRefusal} `files_unreachable`, `files_refused`; `files_elsewhere` where no bucket is named */
  async #ask<T>(ask: (bucket: Bucket) => Promise<T>): Promise<T> {
    if (this.#files === undefined) throw bucketRefusals.notNamed(this.shown)
    const { bucket } = this.#files
    try {
      return await ask(bucket)
    } catch (error) {
      throw error instanceof BucketError ? bucketRefusals.unusable(bucket.shown, error, 0) : error
    }
  }

  async settings(): Promise<MovedSettings> {
    const [row = {}] = await this.#rows(`select last_id, deleted_to, deleted_until,
      (select value::bigint from wecom_push.meta where name = 'restored_at') as restored_at,
      (select value from wecom_push.meta where name = '${LOST_EVENTS}') as lost_events
      from wecom_push.audit_extent`)
    return {
      auditLast: integer(row, "last_id"),
      auditDeletedTo: integer(row, "deleted_to"),
      auditDeletedUntil: optionalInteger(row, "deleted_until") ?? null,
      restoredAt: optionalInteger(row, "restored_at") ?? null,
      lostEvents: optionalText(row, "lost_events") ?? null,
    }
  }

  async writeSettings(settings: MovedSettings): Promise<void> {
    const { auditLast, auditDeletedTo, auditDeletedUntil, restoredAt, lostEvents } = settings
    await this.#inTransaction(async () => {
      await this.#rows("update wecom_push.audit_extent set last_id = $1, deleted_to = $2, deleted_until = $3", [
        auditLast,
        auditDeletedTo,
        auditDeletedUntil,
      ])
      const told = { restored_at: restoredAt, [LOST_EVENTS]: lostEvents }
      for (const [name, value] of Object.entries(told)) {
        if (value === null) continue
        await this.#rows(
          "insert into wecom_push.meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
          [name, String(value)],
        )
      }
      for (const [table, column] of NUMBERED) {
        await this.#rows(`select setval(pg_get_serial_sequence('wecom_push.${table}', '${column}'),
          coalesce(max(${column}), 1), max(${column}) is not null) from wecom_push.${table}`)
      }
      await this.#rows(
        `select setval(events, $1, false) from pg_get_serial_sequence('wecom_push.events', 'id') as events
          where not exists (select from wecom_push.events where id >= $1)`,
        [firstIdAfter(parseLost(lostEvents ?? undefined))],
      )
    })
  }

  /** Creates members' windows of the last hour, and jobs for unfinished messages. */
  async prepare(source: MoveSide): Promise<void> {
    await this.#makeWindows(source)
    await this.#makeJobs()
  }

  async stillAlone(): Promise<void> {
    if (await this.#isInUse()) throw moveRefusals.nodesAlive(this.shown)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#files?.bucket.close()
    await this.#client.end()
  }

  async #lock(): Promise<void> {
    // A gateway that has just stopped remains visible for a moment.
    for (let tries = 0; ; tries++) {
      const [row] = await this.#rows("select pg_try_advisory_lock($1) as taken", [LOCKS.start])
      if (row?.["taken"] === true && !(await this.#isInUse())) return
      if (tries === MOST_TRIES) throw moveRefusals.nodesAlive(this.shown)
      if (row?.["taken"] === true) await this.#rows("select pg_advisory_unlock($1)", [LOCKS.start])
      await sleep(PAUSE_MS)
    }
  }

  /** A node whose session is lost for a moment still has other connections. */
  async #isInUse(): Promise<boolean> {
    const [row] = await this.#rows(
      `select exists (select from pg_locks where locktype = 'advisory' and classid = $1::bigint::oid and objsubid = 2
          and database = (select oid from pg_database where datname = current_database()))
        or exists (select from pg_stat_activity where datname = current_database()
          and application_name in ('wecom-push', 'wecom-push session', 'wecom-push jobs')) as used`,
      [NODE_LOCKS],
    )
    return row?.["used"] === true
  }

  async #nodeOfMove(): Promise<number> {
    if (this.#node === undefined) {
      const [row = {}] = await this.#rows("insert into wecom_push.nodes default values returning number")
      this.#node = integer(row, "number")
    }
    return this.#node
  }

  async #makeWindows(source: MoveSide): Promise<void> {
    if (source.recentSends === undefined) return
    const [row = {}] = await this.#rows("select wecom_push.now_ms() as now")
    const sends = new Map<string, number[]>()
    for await (const { agent, members, at } of source.recentSends(integer(row, "now") - HOUR_MS - MINUTE_MS)) {
      for (const member of members) {
        const key = JSON.stringify([agent, member])
        const times = sends.get(key)
        if (times === undefined) sends.set(key, [at])
        else times.push(at)
      }
    }
    const windows = [...sends].map(([key, times]) => ({ key, sends: times.toSorted((one, other) => one - other) }))
    await this.#rows("delete from wecom_push.member_windows")
    for (let from = 0; from < windows.length; from += WINDOWS_AT_ONCE) {
      await this.#rows(
        `insert into wecom_push.member_windows (agent, member, sends, granted)
        select (key::json->>0)::integer, key::json->>1,
          array(select value::bigint from json_array_elements_text(sends) with ordinality as at(value, nth) order by nth), 0
        from json_to_recordset($1::json) as counted(key text, sends json)`,
        [JSON.stringify(windows.slice(from, from + WINDOWS_AT_ONCE))],
      )
    }
  }

  async #makeJobs(): Promise<void> {
    const url = this.#url
    await using resources = new AsyncDisposableStack()
    const jobs = resources.use(await Jobs.start({ url, maxConnections: 2, onTrouble: () => undefined }))
    const db = resources.adopt(connect({ url, maxConnections: 1, onLost: () => undefined }), (db) => db.destroy())
    const transactions = new Transactions(db)
    const window = new JobWindow(jobs, () => undefined)
    const apps = await this.#rows("select distinct app from wecom_push.messages where state = 'open' order by app")
    for (const row of apps) {
      const groups = PRIORITIES.map((priority) => ({ app: text(row, "app"), priority }))
      await transactions.run((tx, after) => window.fill(tx, groups, after))
    }
  }

  async #rows(statement: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return (await this.#client.query<Row>(statement, [...values])).rows
  }

  async #inTransaction(work: () => Promise<void>): Promise<void> {
    await this.#rows("begin")
    try {
      await work()
      await this.#rows("commit")
    } catch (error) {
      await this.#rows("rollback").catch(() => undefined)
      throw error
    }
  }
}

/** Adds the task by which a press of a card is matched; SQLite finds it by an index. */
function withTask({ name }: MovedTable, row: Readonly<Record<string, Cell>>): Readonly<Record<string, Cell>> {
  if (name !== "messages") return row
  const parts = unpackParts(text(row, "parts"))
  return { ...row, task_id: taskIdOf({ msgtype: text(row, "msgtype"), parts }) ?? null }
}

function toCell(row: Row, column: string): Cell {
  const value = row[column]
  if (value === null || typeof value === "string") return value
  return typeof value === "boolean" ? flag(row, column) : integer(row, column)
}

const getTypeParser: typeof types.getTypeParser = (oid, format) =>
  oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)

const TYPES: Readonly<Record<Kind, string>> = { int: "bigint", text: "text", bool: "boolean" }
const TASK: readonly [string, Kind] = ["task_id", "text"]
const NUMBERED = [
  ["messages", "seq"],
  ["events", "id"],
  ["agents", "id"],
  ["conversations", "seq"],
  ["chats", "seq"],
] as const
const PIECE_BYTES = 1024 * 1024
const WINDOWS_AT_ONCE = 500
const CONNECT_TIMEOUT_MS = 5000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const MOST_TRIES = 20
const PAUSE_MS = 100
