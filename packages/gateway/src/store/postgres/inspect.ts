import { setTimeout as sleep } from "node:timers/promises"
import { Client } from "pg"
import { MOVE_MARK, parseMark, refusalOfMark } from "../move/move-mark.ts"
import { StartRefusal } from "../../model/start-refusal.ts"
import { sqlState } from "./classify-error.ts"
import { TlsRefusal } from "./database-tls.ts"
import { LOCKS } from "./locks.ts"
import { COMPATIBLE_FROM, SCHEMA, SCHEMA_VERSION } from "./migrate.ts"
import { changesBackend } from "./pooling.ts"
import { reasonOf } from "./reason-of.ts"
import { OLDEST_SERVER, refusals } from "./refusals.ts"
import type { LockHolder } from "./refusals.ts"
import { setSession } from "./session-settings.ts"
import { shownUrl } from "./shown-url.ts"
import { tryToConnect } from "./try-to-connect.ts"

export interface InspectOptions {
  readonly url: string
  /** How long the start waits for a server that cannot be reached. */
  readonly waitMs: number
  /** Called once when the wait begins, and then every ten seconds. */
  readonly onWaiting: (why: string) => void
  /** Also accepts a database that is being moved, or has been moved away. */
  readonly duringMove?: boolean
  /** Accepts a database that was moved away: it is used on purpose, like an old copy. */
  readonly afterRestore?: boolean
}

/** The findings of an inspection. No other node begins its own until this is disposed of, so they stay true. */
export interface Inspected extends AsyncDisposable {
  /** False: commits may be lost when the server's machine fails. */
  readonly isDurable: boolean
  /** How many servers follow it without delaying commits: one that takes over may lack the last commits. */
  readonly asynchronousStandbys: number
  /** 0: there are no tables yet. */
  readonly schemaVersion: number
  /** Identifies this database on this server; no other database has the same. */
  readonly identity: string
  /** The progress of an index that is being created in this database; undefined while there is none. */
  readonly indexPercent: () => Promise<number | undefined>
}

/** Checks the server and the database before anything is changed there. @throws {StartRefusal} */
export async function inspect(options: InspectOptions): Promise<Inspected> {
  await using resources = new AsyncDisposableStack()
  const client = resources.adopt(await reach(options), (client) => client.end())
  // Checked before any lock is taken: with such a pooler the lock would belong to the next client of the connection.
  if (await changesBackend(client, options.url)) throw refusals.pooled(shownUrl(options.url))
  // The connection holds a lock, and is silent, while tables are changed.
  await setSession(client, { isPatient: true })
  await enter(client, options)
  const found = await look(client, shownUrl(options.url))
  if (found.schemaVersion > 0 && options.duringMove !== true) {
    await refuseMoved(client, shownUrl(options.url), options.afterRestore)
  }
  const kept = resources.move()
  return { ...found, indexPercent: () => indexPercent(client), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/**
 * Waits for the lock of starts. The lock ends with the connection: a killed holder blocks no other start, but a hanging
 * one would.
 * @throws {StartRefusal} `start_held`
 */
async function enter(client: Client, { url, waitMs, onWaiting }: InspectOptions): Promise<void> {
  const beganAt = performance.now()
  const mostMs = Math.max(waitMs, USUAL_START_MS)
  for (let tries = 0; ; tries++) {
    const { rows } = await client.query<{ taken: boolean }>("select pg_try_advisory_lock($1) as taken", [LOCKS.start])
    if (rows[0]?.taken === true) return
    if (performance.now() - beganAt > mostMs) {
      throw refusals.startHeld(shownUrl(url), Math.round(mostMs / 1000), await holderOf(client, LOCKS.start))
    }
    if (tries % TRIES_PER_TELLING === TRIES_PER_TELLING - 1)
      onWaiting("another gateway is bringing its tables up to date")
    await sleep(LOCK_PAUSE_MS)
  }
}

/** The connection that holds an advisory lock with this number; undefined when it has just ended. */
async function holderOf(client: Client, lock: number): Promise<LockHolder | undefined> {
  const { rows } = await client.query<LockHolder>(
    `select pid, coalesce(host(client_addr), 'a local socket') as address,
      extract(epoch from clock_timestamp() - backend_start)::integer as seconds
      from pg_locks join pg_stat_activity using (pid)
      where locktype = 'advisory' and granted and objsubid = 1
        and pg_locks.database = (select oid from pg_database where datname = current_database())
        and (classid::bigint << 32) | objid::bigint = $1`,
    [lock],
  )
  return rows[0]
}

async function reach({ url, waitMs, onWaiting }: InspectOptions): Promise<Client> {
  const database = shownUrl(url)
  const beganAt = performance.now()
  let toldAt = -Infinity
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const error = await tryToConnect(url)
    if (error instanceof Client) return error
    const refusal = refusalOfConnection(error, database)
    if (refusal !== undefined) throw refusal
    const why = reasonOf(error)
    const waited = performance.now() - beganAt
    if (waited + pauseMs > waitMs) throw refusals.unreachable(database, Math.round(waitMs / 1000), why, error)
    if (waited - toldAt >= TELL_EVERY_MS) {
      toldAt = waited
      onWaiting(why)
    }
    await sleep(pauseMs)
  }
}

/**
 * Undefined while waiting may help: no server listens yet, it starts or stops, or it has no connection left. A refused
 * login does not change by waiting.
 */
export function refusalOfConnection(error: unknown, database: string): StartRefusal | undefined {
  if (error instanceof TlsRefusal) return refusals.unsafe(database, error)
  const why = reasonOf(error)
  const state = sqlState(error)
  if (state !== undefined) return /^(?:57|53|08)/.test(state) ? undefined : refusals.loginRefused(database, why, error)
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  // A server without TLS, or with an untrusted certificate, will not be different in a minute.
  return /ssl|tls|cert|self.signed/i.test(`${code} ${why}`) ? refusals.notTrusted(database, why, error) : undefined
}

/** @throws {StartRefusal} */
async function look(
  client: Client,
  database: string,
): Promise<Omit<Inspected, "indexPercent" | keyof AsyncDisposable>> {
  const found = await lookAt(client)
  refuseServer(found, database)
  refuseSchemas(found, database)
  const schemaVersion = found.marks.includes(MIGRATION_TABLE) ? await schemaVersionIn(client, database, found.user) : 0
  const isDurable = found.fsync === "on" && found.synchronous_commit !== "off"
  return { isDurable, asynchronousStandbys: asynchronousStandbys(found), schemaVersion, identity: found.identity }
}

async function indexPercent(client: Client): Promise<number | undefined> {
  const { rows } = await client.query<{ percent: number | null }>(
    `select max(100 * blocks_done / nullif(blocks_total, 0))::integer as percent from pg_stat_progress_create_index
      where datname = current_database()`,
  )
  return rows[0]?.percent ?? undefined
}

export async function lookAt(client: Client): Promise<Look> {
  const { rows } = await client.query<Look>(LOOK)
  const [found] = rows
  if (found === undefined) throw new Error("the server does not tell what it is")
  return found
}

/** How many servers follow it without delaying commits; 0 where a commit waits for one of them. */
export function asynchronousStandbys(found: Look): number {
  const waits = found.synchronous_standbys !== "" && !["off", "local"].includes(found.synchronous_commit)
  return waits ? 0 : found.standbys
}

/** @throws {StartRefusal} `server_too_old`, `not_utf8`, `read_only` */
export function refuseServer(found: Look, database: string): void {
  if (found.version < OLDEST_SERVER * 10_000) throw refusals.serverTooOld(database, found.version_text)
  if (found.encoding !== "UTF8") throw refusals.notUtf8(database, found.encoding)
  if (found.is_standby || found.is_read_only) throw refusals.readOnly(database)
}

/** @throws {StartRefusal} `not_a_database`, `no_rights` */
export function refuseSchemas(found: Look, database: string): void {
  for (const schema of SCHEMAS) {
    if (!found.schemas.includes(schema.name)) continue
    if (!found.marks.includes(schema.mark)) throw refusals.foreignSchema(database, schema.name)
  }
  const isNew = found.schemas.length < SCHEMAS.length
  if ((isNew && !found.may_create) || !found.may_use) throw refusals.noRights(database, found.user)
}

/** @throws {StartRefusal} `moved_away`, `move_unfinished` */
export async function refuseMoved(client: Client, database: string, afterRestore = false): Promise<void> {
  const { rows } = await client.query<{ value: string }>(`select value from ${SCHEMA}.meta where name = $1`, [
    MOVE_MARK,
  ])
  const [row] = rows
  const mark = row && parseMark(row.value)
  if (mark === undefined || (mark.role === "source" && afterRestore)) return
  const refusal = refusalOfMark(mark, database)
  if (refusal !== undefined) throw refusal
}

/** @throws {StartRefusal} `newer_schema`, `no_rights` */
export async function schemaVersionIn(client: Client, database: string, user: string): Promise<number> {
  try {
    const { rows } = await client.query<{ made: number; compatible_from: string | null }>(
      `select (select count(*)::integer from ${MIGRATION_TABLE}) as made,
        (select value from ${SCHEMA}.meta where name = '${COMPATIBLE_FROM}') as compatible_from`,
    )
    const made = rows[0]?.made ?? 0
    // Nodes of the version before continue, and restart, while other nodes are replaced by the next version.
    if (made <= SCHEMA_VERSION || Number(rows[0]?.compatible_from ?? made) <= SCHEMA_VERSION) return made
    throw refusals.newerSchema(database, made, SCHEMA_VERSION)
  } catch (error) {
    if (error instanceof StartRefusal) throw error
    throw sqlState(error) === INSUFFICIENT_PRIVILEGE ? refusals.noRights(database, user, error) : error
  }
}

export interface Look {
  readonly version: number
  readonly version_text: string
  /** The database's encoding: which texts it can store. */
  readonly encoding: string
  readonly collation: string
  readonly jit: string
  readonly is_standby: boolean
  readonly is_read_only: boolean
  readonly identity: string
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_standbys: string
  /** How many standbys are connected. */
  readonly standbys: number
  readonly synchronous_commit: string
  readonly user: string
  readonly may_create: boolean
  readonly may_use: boolean
  readonly schemas: readonly string[]
  readonly marks: readonly string[]
}

export const MIGRATION_TABLE = `${SCHEMA}.kysely_migration`
/** The schemas, each with a table that identifies it. */
const SCHEMAS = [
  { name: SCHEMA, mark: MIGRATION_TABLE },
  { name: `${SCHEMA}_jobs`, mark: `${SCHEMA}_jobs.version` },
]
const names = SCHEMAS.map(({ name }) => `'${name}'`).join(", ")
const marks = SCHEMAS.map(({ mark }) => `'${mark}'`).join(", ")

export const IDENTITY = `(select oid || ' ' || pg_postmaster_start_time() from pg_database where datname = current_database())`

const LOOK = `select current_setting('server_version_num')::integer as version,
  current_setting('server_version') as version_text, getdatabaseencoding()::text as encoding,
  (select datcollate::text from pg_database where datname = current_database()) as collation,
  current_setting('jit') as jit, pg_is_in_recovery() as is_standby,
  current_setting('transaction_read_only') = 'on' as is_read_only, current_setting('fsync') as fsync,
  ${IDENTITY} as identity,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_standby_names') as synchronous_standbys,
  (select count(*)::integer from pg_stat_replication where state is distinct from 'backup' and pid not in (
    select active_pid from pg_replication_slots where slot_type = 'logical' and active_pid is not null
  )) as standbys,
  current_setting('synchronous_commit') as synchronous_commit, current_user::text as user,
  has_database_privilege(current_database(), 'create') as may_create,
  array(select nspname::text from pg_namespace where nspname in (${names})) as schemas,
  array(select mark from unnest(array[${marks}]) as mark where exists (
    select from pg_class join pg_namespace on pg_namespace.oid = relnamespace where nspname || '.' || relname = mark
  )) as marks,
  coalesce((select bool_and(has_schema_privilege(oid, 'usage') and has_schema_privilege(oid, 'create'))
    from pg_namespace where nspname in (${names})), true)
  and coalesce((select bool_and(case relkind when 'S' then has_sequence_privilege(pg_class.oid, 'usage')
      else has_table_privilege(pg_class.oid, 'select') and has_table_privilege(pg_class.oid, 'insert')
        and has_table_privilege(pg_class.oid, 'update') and has_table_privilege(pg_class.oid, 'delete') end)
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname in (${names}) and relkind in ('r', 'p', 'S')), true) as may_use`

const INSUFFICIENT_PRIVILEGE = "42501"
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 2000
const TELL_EVERY_MS = 10_000
const LOCK_PAUSE_MS = 50
/** How long a start waits for another start, even where it does not wait for an absent server. */
const USUAL_START_MS = 5000
const TRIES_PER_TELLING = TELL_EVERY_MS / LOCK_PAUSE_MS
