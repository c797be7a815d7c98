import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Times are milliseconds since 1970 everywhere. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Small and changing columns first: those behind a long `parts` are then read without its overflow pages.
  // `state` is `open` until the last recipient is final. `due_at` is null when finished. `behind` is 1 while a message
  // waits for its lane: `due_at` is then null, or the time when the one before it holds the lane no longer. `counts` names those that are not zero. `chunk` is the only chunk of a message that has one, which spares
  // most messages a row; others have theirs in `chunks`.
  `create table messages (
    seq integer primary key,
    id text not null unique,
    app text not null,
    state text not null,
    priority integer not null,
    due_at integer,
    accepted_at integer not null,
    send_at integer not null,
    expires_at integer not null,
    finished_at integer,
    recipients integer not null,
    chunk_count integer not null,
    counts text not null,
    key_id text not null,
    msgtype text not null,
    order_key text,
    lane_at integer,
    lane_until integer,
    behind integer not null default 0,
    check_seconds integer,
    problem text,
    parts text not null,
    chunk text
  ) strict`,
  `create index messages_due on messages (app, priority, due_at) where due_at is not null`,
  `create index messages_expiring on messages (expires_at) where state = 'open'`,
  `create index messages_of_app on messages (app, accepted_at)`,
  `create index messages_not_sent on messages (app, state, accepted_at) where state <> 'sent'`,
  `create index messages_lane on messages (app, order_key, lane_at) where order_key is not null and state = 'open'`,

  // `mask`: which states occur, one bit each, so that a page of the few failed ones need not read a million others.
  `create table chunks (
    message integer not null,
    place integer not null,
    mask integer not null,
    data text not null,
    primary key (message, place)
  ) strict, without rowid`,
  // Messages whose chunks are being written; what a crash leaves here is swept at the next start.
  `create table staging (message integer primary key) strict`,

  // The columns from `started_at` to `errmsg` are the last attempt's; earlier ones move to `attempts`.
  // `flight` is the run of the process that has an attempt under way: a run that is not the present one has crashed.
  `create table calls (
    message integer not null,
    number integer not null,
    part integer not null,
    final integer not null,
    flight integer,
    attempts integer not null,
    spent integer not null,
    crashes integer not null,
    may_have_arrived integer not null,
    first_try_at integer not null,
    retry_at integer,
    started_at integer not null,
    finished_at integer,
    result text,
    errcode integer,
    errmsg text,
    reason text,
    msgid text,
    response_code text,
    recalled_at integer,
    check_seconds integer,
    guard text,
    positions text not null,
    checksum integer not null,
    body text not null,
    primary key (message, number)
  ) strict, without rowid`,
  `create table attempts (
    message integer not null,
    call integer not null,
    number integer not null,
    started_at integer not null,
    finished_at integer,
    result text,
    errcode integer,
    errmsg text,
    primary key (message, call, number)
  ) strict, without rowid`,

  `create table bodies (
    id integer primary key,
    app text not null,
    hash text not null,
    message text not null,
    call integer not null,
    at integer not null
  ) strict`,

  `create table idempotency (
    key_id text not null,
    key text not null,
    fingerprint text not null,
    message text not null,
    state text not null,
    recipients integer not null,
    expires_at integer not null,
    primary key (key_id, key)
  ) strict, without rowid`,
  `create index idempotency_expiring on idempotency (expires_at)`,

  // The newest is never deleted, so that no id is given twice; a table that keeps count of them writes one page more.
  `create table events (
    id integer primary key,
    at integer not null,
    type text not null,
    app text not null,
    message text,
    data text not null
  ) strict`,

  `create table apps (
    name text primary key,
    corp_id text not null,
    agent_id integer not null,
    created_at integer not null,
    updated_at integer not null,
    settings text not null,
    pause text,
    secrets text not null
  ) strict, without rowid`,
  `create table corps (
    corp_id text primary key,
    settings text not null
  ) strict, without rowid`,

  `create table keys (
    id text primary key,
    name text not null,
    prefix text not null,
    hash text not null unique,
    scopes text not null,
    apps text not null,
    audience_cap integer,
    overflow text,
    created_at integer not null,
    revoked_at integer,
    last_used_at integer
  ) strict, without rowid`,

  `create table audit (
    id integer primary key autoincrement,
    at integer not null,
    actor text not null,
    peer text,
    action text not null,
    target text,
    detail text not null
  ) strict`,
  `create trigger audit_is_not_changed before update on audit
    begin select raise(abort, 'the audit trail is append-only'); end`,
  `create trigger audit_is_not_deleted before delete on audit
    begin select raise(abort, 'the audit trail is append-only'); end`,

  `create table tokens (
    key text primary key,
    record text not null
  ) strict, without rowid`,
  `create table lookups (
    key text primary key,
    userid text,
    stored_at integer not null
  ) strict, without rowid`,
  `create table pauses (
    key text primary key,
    until integer not null,
    step integer not null
  ) strict, without rowid`,
  `create table misses (
    corp_id text not null,
    day text not null,
    taken integer not null,
    primary key (corp_id, day)
  ) strict, without rowid`,

  `create table meta (
    name text primary key,
    value any
  ) strict, without rowid`,
  `insert into meta (name, value) values ('run', 0), ('probe', 0)`,
]
