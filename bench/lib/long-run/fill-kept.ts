import type { LongRunDatabase } from "./database.ts"

/** The messages that were sent before the run begins. */
export interface Kept {
  readonly count: number
  readonly perSecond: number
  readonly members: number
}

/**
 * Fills the database as after days of work, with copies of one message that the gateway has sent. They are so old that from now
 * on, for each new message, one old message expires. Copied inside the database, so that all columns are as the gateway wrote.
 *
 * Tables and indexes have the size that they keep: keys have the length and the order of new keys, and rows in random order have
 * been replaced several times. Otherwise the run would measure how a table that was filled at once loses its density.
 */
export async function fillKept(database: LongRunDatabase, { count, perSecond, members }: Kept): Promise<void> {
  const [row] = await database.query(
    "select seq, id, accepted_at from wecom_push.messages where state = 'sent' limit 1",
  )
  if (row === undefined) throw new Error("no message was sent")
  const [seq, sent, at] = [Number(row["seq"]), String(row["id"]), Number(row["accepted_at"])]
  const step = 1000 / perSecond
  const now = Date.now()
  const spare = Math.ceil(count * SPARE)
  const times = (keptMs: number, ...columns: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(columns.map((column) => [column, `${column} - ${at} + ${now - keptMs} + (n * ${step})::bigint`]))
  const ofDay = times.bind(undefined, DAY_MS)
  const id = idAt(`(${now - DAY_MS} + n * ${step})::bigint`)
  const bodies: Copies = {
    table: "bodies",
    where: `message = '${sent}'`,
    changed: { hash: HASH, message: id, ...times(BODIES_KEPT_MS, "at") },
    gone: `at < ${now - BODIES_KEPT_MS}`,
  }
  const copies: readonly Copies[] = [
    {
      table: "messages",
      where: `seq = ${seq}`,
      changed: {
        seq: `${seq + 1 + spare} + n`,
        id,
        ...ofDay("accepted_at", "send_at", "expires_at", "finished_at", "due_at"),
      },
      gone: `accepted_at < ${now - DAY_MS}`,
    },
    {
      table: "calls",
      where: `message = ${seq}`,
      changed: {
        message: `${seq + 1 + spare} + n`,
        ...ofDay("started_at", "finished_at", "first_try_at"),
        guard: HASH,
      },
      gone: `started_at < ${now - DAY_MS}`,
    },
    {
      table: "idempotency",
      where: `message = '${sent}'`,
      changed: { key: "'kept-run-' || n", message: id, expires_at: `${now} + (n * ${step})::bigint` },
      gone: `expires_at < ${now}`,
    },
    {
      table: "events",
      where: `message = '${sent}'`,
      changed: { id: "1000 + row_number() over (order by n, id)", message: id, ...ofDay("at") },
      gone: `at < ${now - DAY_MS}`,
    },
  ]
  for (const one of copies) {
    await copy(database, one, -spare, count + spare)
    await database.query(`delete from wecom_push.${one.table} where ${one.gone}`)
  }
  await replaceOften(database, bodies, count)
  await fillWindows(database, perSecond, members)
  // Deletion stops at the first event that is not old enough.
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
  /** The columns of a copy that differ from the original, in SQL. */
  readonly changed: Readonly<Record<string, string>>
  /** Which copies are deleted again, in SQL: those before the first that is kept. */
  readonly gone: string
}

/** @param from the number of the first copy; rows are nearly in order, as those of messages that come at the same time */
async function copy(
  database: LongRunDatabase,
  { table, where, changed }: Copies,
  from: number,
  count: number,
): Promise<void> {
  const columns = await database.query(
    `select column_name from information_schema.columns where table_schema = 'wecom_push' and table_name = '${table}'`,
  )
  const names = columns.map(({ column_name: name }) => String(name))
  await database.query(`insert into wecom_push.${table} (${names.join(", ")}) overriding system value
    select ${names.map((name) => changed[name] ?? name).join(", ")}
    from (select n from generate_series(${from}, ${from + count - 1}) as n order by n + ${AT_ONCE} * random()) as numbers,
      (select * from wecom_push.${table} where ${where}) as template`)
}

/** An index in random order is about 70 percent full after filling, and less each time all its rows were replaced. */
async function replaceOften(database: LongRunDatabase, copies: Copies, count: number): Promise<void> {
  const slice = Math.ceil(count / SLICES)
  const first = -REPLACED * SLICES * slice
  const held = Math.ceil(SLICES * (1 + SPARE)) * slice
  for (let from = first; from < count; from += slice) {
    await copy(database, copies, from, Math.min(slice, count - from))
    const gone = from - held
    if (gone < first) continue
    const numbers = `generate_series(${gone}, ${gone + slice - 1}) as n`
    await database.query(`delete from wecom_push.${copies.table} where hash in (select ${HASH} from ${numbers})`)
    await database.query(`vacuum wecom_push.${copies.table}`)
  }
  await database.query(`delete from wecom_push.${copies.table} where ${copies.gone}`)
}

/** Fills the sends of the last hour, which are counted for each member. */
async function fillWindows(database: LongRunDatabase, perSecond: number, members: number): Promise<void> {
  const sends = Math.floor((perSecond * 3600) / members)
  const step = 3_600_000 / sends
  await database.query(`insert into wecom_push.member_windows (agent, member, sends, granted, per_minute, per_hour)
    select agent, 'm' || lpad(n::text, 6, '0'),
      array(select (${Date.now()} - i * ${step})::bigint from generate_series(${sends}, 1, -1) as i), 1, per_minute, per_hour
    from generate_series(2, ${members}) as n, (select * from wecom_push.member_windows limit 1) as template`)
  // Each send leaves a dead version of its row until the next vacuum. In one transaction none of them is removed early.
  await database.query(`do $$ begin
    for version in 1..${WINDOW_VERSIONS} loop update wecom_push.member_windows set granted = granted; end loop;
  end $$`)
}

/** A UUIDv7 of that moment, in SQL, in the form of a message id. */
function idAt(ms: string): string {
  const time = `lpad(to_hex(${ms}), 12, '0')`
  const rest = "md5(n::text)"
  return `'msg_' || substr(${time}, 1, 8) || '-' || substr(${time}, 9) || '-7' || substr(${rest}, 1, 3) || '-8'
    || substr(${rest}, 4, 3) || '-' || substr(${rest}, 7, 12)`
}

/**
 * In the form of the gateway's hashes: SHA-256 in base64url. With other characters new hashes would not spread over the pages of
 * the old ones, and the index would grow during the run.
 */
const HASH = "translate(rtrim(encode(sha256(convert_to(n::text, 'UTF8')), 'base64'), '='), '+/', '-_')"
const DAY_MS = 86_400_000
const BODIES_KEPT_MS = 8 * 3_600_000
/** How many messages are under way at the same time. */
const AT_ONCE = 20
const REPLACED = 3
const SLICES = 20
/**
 * The part of a table that is free, as a share of its rows. PostgreSQL vacuums at a fifth of dead rows, rows are deleted every
 * ten minutes, and a standby that is promoted counts dead rows anew.
 */
const SPARE = 0.5
const WINDOW_VERSIONS = 5
