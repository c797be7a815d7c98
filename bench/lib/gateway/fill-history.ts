// Makes a history that would take hours to send: copies of one message that a gateway has sent, or was to send, each row with
// a time, an id and a member of its own. Copied inside the database, so that all columns are as the gateway wrote them.
import { closeSync, fsyncSync, openSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Bodies } from "../../../packages/gateway/src/store/sqlite/bodies.ts"

export interface Span {
  readonly count: number
  /** The times of the first and the last, in milliseconds since 1970. */
  readonly fromMs: number
  readonly toMs: number
}

/** To be used only while no gateway works on the file. */
export class History implements Disposable {
  readonly #file: string
  readonly #db: DatabaseSync
  /** Counts the copies; their ids and hashes are made from it. */
  #copies = 0

  constructor(file: string) {
    this.#file = file
    this.#db = new DatabaseSync(file)
    this.#db.exec(`pragma synchronous = off; pragma cache_size = -${512 * 1024}; pragma temp_store = memory`)
  }

  /** Adds finished messages, each sent in a call of its own. @param members how many members get them in turn */
  addSent(span: Span, members: number): void {
    const template = this.#template("sent")
    this.#addMessages(template, span, timesOf("accepted_at", "send_at", "expires_at", "finished_at"))
    this.#copy("calls", "message = :seq", template, span, {
      message: "first + n",
      ...timesOf("started_at", "finished_at", "first_try_at"),
      guard: HASH,
      // The checksum stays wrong: it is read only for calls that are sent again, and these are not.
      body: `json_set(body, '$.touser', printf('member-%d', n % ${members}))`,
    })
    this.#copy("bodies", "message = :id", template, span, {
      id: "(select max(id) from bodies) + n + 1",
      hash: HASH,
      message: ID,
      ...timesOf("at"),
    })
    this.#addEvents(template, span)
    this.#copies += span.count
    this.#writeDown(span, members)
  }

  /** Writes the data beside the rows that a gateway writes for many messages at a time. */
  #writeDown({ count, toMs }: Span, members: number): void {
    this.#db.exec("begin immediate")
    const bodies = new Bodies(this.#db)
    for (let n = 0; n <= count / 50_000; n++) {
      bodies.hold({ agent: 1, hash: `written down ${toMs} ${n}` }, { messageId: "none", number: 1, at: toMs })
    }
    const each = Math.floor(count / members)
    const busy = this.#db.prepare("insert or replace into busy_members (agent, member, count, at) values (1, ?, ?, ?)")
    const areBusy = each >= 500 ? members : 0
    for (let n = 0; n < areBusy; n++) busy.run(`member-${n}`, each - (each % 100), toMs)
    this.#db.exec("commit")
  }

  /** Adds messages that are to go out on another day. */
  addScheduled(span: Span): void {
    const template = this.#template("open")
    this.#addMessages(template, span, { ...timesOf("accepted_at"), send_at: "send_at + n", due_at: "due_at + n" })
    this.#addEvents(template, span)
    this.#copies += span.count
  }

  [Symbol.dispose](): void {
    this.#db.exec("pragma wal_checkpoint(truncate)")
    this.#db.close()
    // Synced now, or the next measurement would wait until all of it is on the disk.
    const handle = openSync(this.#file, "r+")
    fsyncSync(handle)
    closeSync(handle)
  }

  #template(state: "sent" | "open"): Template {
    const row = this.#db
      .prepare("select seq, id, accepted_at from messages where state = ? order by seq limit 1")
      .get(state)
    if (row === undefined) throw new Error(`no message is ${state}`)
    const { first } = this.#db.prepare("select max(seq) + 1 as first from messages").get() ?? {}
    return { seq: Number(row["seq"]), id: String(row["id"]), at: Number(row["accepted_at"]), first: Number(first) }
  }

  #addMessages(template: Template, span: Span, times: Readonly<Record<string, string>>): void {
    this.#copy("messages", "seq = :seq", template, span, { seq: "first + n", id: ID, ...times })
  }

  #addEvents(template: Template, span: Span): void {
    this.#copy("events", "message = :id", template, span, {
      // In the order of time, with the events of a message one after another.
      id: "(select max(id) from events) + row_number() over (order by n, id)",
      message: ID,
      ...timesOf("at"),
    })
  }

  /** @param changed the columns of a copy that differ from the template, in SQL */
  #copy(
    table: string,
    where: string,
    { seq, id, at, first }: Template,
    { count, fromMs, toMs }: Span,
    changed: Readonly<Record<string, string>>,
  ): void {
    const columns = this.#db.prepare(`select name from pragma_table_info('${table}')`).all()
    const names = columns.map(({ name }) => String(name))
    const step = (toMs - fromMs) / count
    const written = names.map((name) =>
      (changed[name] ?? name).replaceAll("moment", `cast(${fromMs} + n * ${step} as integer) - ${at}`),
    )
    const [copies, where_] = [this.#copies, where.replace(":seq", String(seq)).replace(":id", `'${id}'`)]
    this.#db.exec("begin immediate")
    this.#db.exec(`with recursive numbers (n) as (select 0 union all select n + 1 from numbers where n < ${count - 1}),
      base (first, copies) as (select ${first}, ${copies})
      insert into ${table} (${names.join(", ")})
      select ${written.join(", ")} from numbers, base, (select * from ${table} where ${where_})`)
    this.#db.exec("commit")
  }
}

interface Template {
  readonly seq: number
  readonly id: string
  readonly at: number
  /** The number of the first copy. */
  readonly first: number
}

/** The time columns, with the same distance to the copy's moment as to the template's. */
function timesOf(...columns: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column, `${column} + moment`]))
}

const ID = "printf('msg_copy-%012d', copies + n)"
/** As long as a hash, and in random order. */
const HASH = "printf('%016x%048d', (copies + n) * 2654435761, copies + n)"
