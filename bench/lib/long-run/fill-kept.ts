import type { LongRunDatabase } from "./database.ts"

/**
 * What a gateway has kept that has been at work for a day: copies of one message that it has sent, so old that from now on one
 * is past its time for each that comes. Copied inside the database, so that the columns are whatever the gateway wrote.
 */
export async function fillKept(database: LongRunDatabase, count: number, perSecond: number): Promise<void> {
  const [row] = await database.query(
    "select seq, id, accepted_at from wecom_push.messages where state = 'sent' limit 1",
  )
  if (row === undefined) throw new Error("no message was sent")
  const [seq, id, at] = [Number(row["seq"]), String(row["id"]), Number(row["accepted_at"])]
  const step = 1000 / perSecond
  const times = (keptMs: number, ...columns: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      columns.map((column) => [column, `${column} - ${at} + ${Date.now() - keptMs} + (n * ${step})::bigint`]),
    )
  const ofDay = times.bind(undefined, DAY_MS)
  const copies: readonly Copies[] = [
    {
      table: "messages",
      where: `seq = ${seq}`,
      changed: {
        seq: `${seq} + 1 + n`,
        id: ID,
        ...ofDay("accepted_at", "send_at", "expires_at", "finished_at", "due_at"),
      },
    },
    {
      table: "calls",
      where: `message = ${seq}`,
      changed: { message: `${seq} + 1 + n`, ...ofDay("started_at", "finished_at", "first_try_at"), guard: HASH },
    },
    {
      table: "bodies",
      where: `message = '${id}'`,
      changed: { hash: HASH, message: ID, ...times(BODIES_KEPT_MS, "at") },
    },
    {
      table: "idempotency",
      where: `message = '${id}'`,
      changed: { key: "'kept-' || n", message: ID, expires_at: `${Date.now()} + (n * ${step})::bigint` },
    },
    {
      table: "events",
      where: `message = '${id}'`,
      changed: { id: "1000 + row_number() over (order by n, id)", message: ID, ...ofDay("at") },
    },
  ]
  for (const one of copies) await copy(database, one, count)
  // Deleting ends at the first young one.
  await database.query(`update wecom_push.events set at = at - ${DAY_MS} where id <= 1000`)
  for (const [table, column] of [
    ["messages", "seq"],
    ["events", "id"],
  ] as const) {
    const sequence = `pg_get_serial_sequence('wecom_push.${table}', '${column}')`
    await database.query(`select setval(${sequence}, (select max(${column}) from wecom_push.${table}))`)
  }
  await database.query("vacuum analyze")
}

interface Copies {
  readonly table: string
  readonly where: string
  /** The columns of a copy that are not as they were, in SQL. */
  readonly changed: Readonly<Record<string, string>>
}

async function copy(database: LongRunDatabase, { table, where, changed }: Copies, count: number): Promise<void> {
  const columns = await database.query(
    `select column_name from information_schema.columns where table_schema = 'wecom_push' and table_name = '${table}'`,
  )
  const names = columns.map(({ column_name: name }) => String(name))
  await database.query(`insert into wecom_push.${table} (${names.join(", ")}) overriding system value
    select ${names.map((name) => changed[name] ?? name).join(", ")}
    from generate_series(0, ${count - 1}) as n, (select * from wecom_push.${table} where ${where}) as template`)
}

const ID = "'msg_kept-' || lpad(n::text, 12, '0')"
/** As long as one, and in no order. */
const HASH = "md5(n::text) || md5((n + 1)::text)"
const DAY_MS = 86_400_000
const BODIES_KEPT_MS = 8 * 3_600_000
