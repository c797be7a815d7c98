import { DatabaseSync } from "node:sqlite"
import { Client } from "pg"

/** How many copies to make. They are made inside the database, so that the older version wrote all their columns. */
export interface Growth {
  readonly messages: number
  /** The copies cover this many days; the last day ends when the database was written. */
  readonly days: number
}

/** For each store: grows a kept database to a year-old one, while no gateway uses it. */
export const GROW: Readonly<Record<"SQLite" | "PostgreSQL", (url: string, growth: Growth) => Promise<void>>> = {
  SQLite: (url, growth) => {
    using db = new DatabaseSync(url.replace(/^sqlite:/, ""))
    db.exec("pragma synchronous = off; pragma cache_size = -262144; begin")
    const names = (table: string): string[] =>
      db
        .prepare("select name from pragma_table_info(?)")
        .all(table)
        .map(({ name }) => String(name))
    for (const statement of copies(growth, "", names)) db.exec(statement)
    db.exec("commit; pragma wal_checkpoint(truncate)")
    return Promise.resolve()
  },
  PostgreSQL: async (url, growth) => {
    await using connected = new AsyncDisposableStack()
    const client = connected.adopt(new Client({ connectionString: url }), (one) => one.end())
    await client.connect()
    const { rows } = await client.query<{ table: string; name: string }>(
      `select table_name as "table", column_name as name from information_schema.columns
        where table_schema = 'wecom_push' order by ordinal_position`,
    )
    const names = (table: string): string[] => rows.filter((row) => row.table === table).map(({ name }) => name)
    for (const statement of copies(growth, "wecom_push.", names)) await client.query(statement)
    await client.query(`select setval('wecom_push.messages_seq_seq', (select max(seq) from wecom_push.messages)),
      setval('wecom_push.events_id_seq', (select max(id) from wecom_push.events))`)
    await client.query("vacuum analyze wecom_push.messages")
  },
}

/** SQL that both stores understand. Each copy is one of the first message that was sent. */
function copies({ messages, days }: Growth, schema: string, names: (table: string) => string[]): readonly string[] {
  const step = Math.max(1, Math.floor((days * 86_400_000) / messages))
  const moved = (column: string): string => `${column} - cast(${messages} - n as bigint) * ${step}`
  const times = new Set(["accepted_at", "send_at", "expires_at", "finished_at", "started_at", "first_try_at", "at"])
  const copy = (table: string, ofTemplate: string, changed: Readonly<Record<string, string>>): string => {
    const columns = names(table)
    const written = columns.map((name) => changed[name] ?? (times.has(name) ? moved(name) : name))
    const isIdentity = schema !== "" && table === "events"
    return `with recursive
      template as (select seq as template_seq, id as template_id from ${schema}messages where state = 'sent' order by seq limit 1),
      base as (select max(seq) as last_seq, (select max(id) from ${schema}events) as last_event from ${schema}messages),
      numbers (n) as (select 1 union all select n + 1 from numbers where n < ${messages})
      insert into ${schema}${table} (${columns.join(", ")}) ${isIdentity ? "overriding system value" : ""}
      select ${written.join(", ")} from numbers, base, template, ${schema}${table} as ${table}_row where ${ofTemplate}`
  }
  const id = "'msg_year-old-' || (100000000 + n)"
  // Messages come last: the copies before them are numbered from the last existing message.
  return [
    copy("calls", "message = template_seq", {
      message: "last_seq + n",
      guard: "'guard-of-' || (100000000 + n)",
      msgid: "'msgid-of-' || (100000000 + n)",
    }),
    copy("events", "message = template_id", {
      id: "last_event + row_number() over (order by n, id)",
      message: id,
    }),
    copy("messages", "seq = template_seq", { seq: "last_seq + n", id }),
  ]
}
