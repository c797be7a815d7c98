import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The tables of 0.1.0; what led to them is not kept. Every time is in milliseconds since 1970. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Small columns and columns that change stand first: they can then be read without the overflow pages of a long `parts`.
  // `state`: `open` until the result of the last recipient is final.
  // `due_at`: null when the message is finished.
  // `behind`: 1 while the message waits for an earlier message of its lane; `due_at` is then null, or the time until which
  // the earlier message may hold the lane.
  // `counts`: how many recipients are in each state; states without recipients are left out.
  // `chunk`: the recipients of a message with one chunk, so that most messages need no row in `chunks`.
  // `reopened_at`: when the message was retried. Compared with its `send_at`, it would be late from the start.
  // `warnings`: JSON of faults; null for most messages.
  // `started`: whether a call of the open message has begun.
  // `listed`: the state in lists. When the time of a scheduled message has come, the reader lists it as queued.
  // `expiry_moves`: 1 if the caller gave no expiry time, which then moves when the clock is set.
  // `clock_set`: by how much the clock had been set in all when the row was written.
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
    chunk text,
    reopened_at integer,
    warnings text,
    started integer not null default 0,
    listed text generated always as (
      case when state <> 'open' then state when started = 1 then 'sending' when send_at > accepted_at then 'scheduled'
      else 'queued' end
    ) virtual,
    clock_set integer,
    expiry_moves integer not null default 0
  ) strict`,
  `create index messages_due on messages (app, priority, due_at) where due_at is not null`,
  `create index messages_expiring on messages (expires_at) where state = 'open'`,
  `create index messages_of_app on messages (app, accepted_at)`,
  `create index messages_lane on messages (app, order_key, lane_at) where order_key is not null and state = 'open'`,
  // A press on a card names only the task id of the card. Messages of other types do not pay for this index.
  `create index messages_by_task on messages (
    app, (case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end)
  ) where msgtype = 'template_card'`,
  // Messages that wait for more than their `send_at`, such as a limit or a pause.
  `create index messages_delayed on messages (app, due_at) where due_at > coalesce(reopened_at, send_at)`,
  `create index messages_reopened on messages (app, reopened_at) where state = 'open' and reopened_at is not null`,
  // For pruning.
  `create index messages_finished on messages (finished_at) where finished_at is not null`,
  // A list of one state reads only the rows that it shows.
  `create index messages_listed on messages (app, listed, accepted_at) where state <> 'sent'`,
  `create index messages_scheduled on messages (app, send_at) where listed = 'scheduled'`,
  // Every open message is in one of the next two indexes. With them a start counts the open messages of each key without
  // reading the table.
  `create index messages_late on messages (app, priority, coalesce(reopened_at, send_at), key_id)
    where state = 'open' and behind = 0`,
  `create index messages_behind on messages (app, priority, key_id) where state = 'open' and behind = 1`,

  // `mask`: the states that occur in the chunk, one bit each. A page of failed recipients then skips the other chunks.
  `create table chunks (
    message integer not null,
    place integer not null,
    mask integer not null,
    data text not null,
    primary key (message, place)
  ) strict, without rowid`,
  // Messages whose chunks are being written. The next start deletes what a crash has left here.
  `create table staging (message integer primary key) strict`,
  // Long contents of messages (`call` is 0) and long bodies of calls. The rows of `messages` and `calls` hold '' in their
  // place, because SQLite writes the whole row again when a small column changes. The table has a rowid, so that SQLite
  // compares keys without reading the long texts.
  `create table large_texts (
    message integer not null,
    call integer not null,
    data text not null,
    primary key (message, call)
  ) strict`,

  // `started_at` to `errmsg` belong to the last attempt; those of earlier attempts are in `attempts`.
  // `flight`: the run of the process whose attempt is under way. If it is not the present run, that process has crashed.
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
    host integer,
    host_number integer,
    agent integer,
    turned integer not null default 0,
    primary key (message, number)
  ) strict, without rowid`,
  `create index calls_riding on calls (host, host_number) where host is not null`,
  // The latest calls, for the members' windows. New rows go to the end of this index, which costs a call little.
  `create index calls_by_start on calls (started_at) where host is null`,
  // Shows whether the first call of a message is under way, without a column that every call would have to change.
  `create index calls_in_flight on calls (message) where flight is not null and host is null`,
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

  // WeCom counts by agent. Several apps may name the same agent.
  `create table agents (
    id integer primary key,
    corp_id text not null,
    agent_id integer not null,
    unique (corp_id, agent_id)
  ) strict`,
  `create table bodies (
    id integer primary key,
    agent integer not null,
    hash text not null,
    message text not null,
    call integer not null,
    at integer not null
  ) strict`,
  // `rows`: an index by hash and agent of the rows of `bodies` from `first` to `last`, which a start then need not read.
  // It may still name rows that are deleted by now.
  `create table body_tables (
    first integer primary key,
    last integer not null,
    rows blob not null
  ) strict`,
  // `taken`: how many person-times an agent has used on a day in Beijing. `told_low`, `told_spent`: whether an event has
  // reported that few or none are left.
  `create table person_times (
    agent integer not null,
    day text not null,
    taken integer not null,
    told_low integer not null default 0,
    told_spent integer not null default 0,
    primary key (agent, day)
  ) strict, without rowid`,
  `create table busy_members (
    agent integer not null,
    member text not null,
    count integer not null,
    at integer not null,
    primary key (agent, member)
  ) strict, without rowid`,
  `create index busy_members_by_time on busy_members (at)`,

  `create table idempotency (
    client text not null,
    key text not null,
    fingerprint text not null,
    message text not null,
    state text not null,
    recipients integer not null,
    expires_at integer not null,
    primary key (client, key)
  ) strict, without rowid`,
  `create index idempotency_expiring on idempotency (expires_at)`,

  // The newest event is never deleted, so that no id is given twice. `autoincrement` would write one more page each time.
  `create table events (
    id integer primary key,
    at integer not null,
    type text not null,
    app text not null,
    message text,
    data text not null
  ) strict`,
  // For readers that follow a few of the apps.
  `create index events_of_app on events (app)`,

  // `version` goes up with each change by an administrator, so that a change which was based on an older version is refused.
  `create table apps (
    name text primary key,
    corp_id text not null,
    agent_id integer not null,
    created_at integer not null,
    updated_at integer not null,
    settings text not null,
    pause text,
    secrets text not null,
    version integer not null default 1
  ) strict, without rowid`,
  `create table corps (
    corp_id text primary key,
    settings text not null,
    version integer not null default 1
  ) strict, without rowid`,

  // `client`: the id of the first of the keys that were rotated into this one, or its own id.
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
    last_used_at integer,
    version integer not null default 1,
    client text not null default ''
  ) strict, without rowid`,

  // `apps`: the apps that the entry is about, as JSON. In old entries it is null: only keys of all apps see these.
  `create table audit (
    id integer primary key autoincrement,
    at integer not null,
    actor text not null,
    peer text,
    action text not null,
    target text,
    detail text not null,
    apps text
  ) strict`,
  `create index audit_of_apps on audit (apps)`,
  `create trigger audit_is_not_changed before update on audit
    begin select raise(abort, 'the audit trail is append-only'); end`,
  // Only the oldest entries can be deleted, after `audit_deleted_to` was set in the same transaction: the trail then says
  // that entries are missing.
  `create trigger audit_is_not_deleted before delete on audit
    when old.id > coalesce((select value from meta where name = 'audit_deleted_to'), 0)
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
  `create index lookups_by_time on lookups (stored_at)`,
  `create table pauses (
    key text primary key,
    until integer not null,
    step integer not null
  ) strict, without rowid`,
  // `held`: for each key and app, how many unknown numbers of the corp's day it has used, and how many look-ups it has under
  // way, in the form of `store/miss-counts.ts`.
  `create table misses (
    corp_id text not null,
    day text not null,
    missed integer not null,
    asking integer not null default 0,
    given_back integer not null default 0,
    held text not null default '{}',
    primary key (corp_id, day)
  ) strict, without rowid`,

  // The bytes of files lie beside the database, named by their hash. Here are the file's name and the apps that may use it.
  // A file counts towards the limit of the key that uploaded it, and of an app if no other app may use it.
  `create table media (
    id text primary key,
    type text not null,
    filename text not null,
    bytes integer not null,
    sha256 text not null,
    stored_at integer not null,
    posted_at integer not null,
    key_id text,
    app text
  ) strict, without rowid`,
  `create index media_by_time on media (posted_at)`,
  `create index media_by_hash on media (sha256)`,
  // `app` is `*` if every app may use the file.
  `create table media_apps (
    medium text not null,
    app text not null,
    primary key (medium, app)
  ) strict, without rowid`,
  `create table media_places (
    medium text not null,
    place text not null,
    media_id text not null,
    uploaded_at integer not null,
    primary key (medium, place)
  ) strict, without rowid`,
  `create table media_uses (
    message integer not null,
    medium text not null,
    primary key (message, medium)
  ) strict, without rowid`,
  `create index media_uses_by_medium on media_uses (medium)`,

  // Ids of callbacks that have been received, so that a repeated one is recognized. Their content is in `events`.
  `create table callbacks (
    app text not null,
    id text not null,
    at integer not null,
    primary key (app, id)
  ) strict, without rowid`,
  `create index callbacks_by_time on callbacks (at)`,

  // Response codes that came with a press, and the spent ones that came with a call, which have no userid.
  `create table card_codes (
    code text primary key,
    message text not null,
    call integer not null,
    userid text,
    at integer not null,
    spent_at integer
  ) strict, without rowid`,
  `create index card_codes_of_message on card_codes (message)`,
  `create index card_codes_by_time on card_codes (at)`,

  `create table meta (
    name text primary key,
    value any
  ) strict, without rowid`,
  // `turned`: by how much the stored times have followed the clock in all; `clock_set`: how much of it a process has measured.
  // `turning_to`, `moving_lives_to`: not null while the times of waiting messages, or the expiry times, are being changed.
  // `busy_members_from`: since when `busy_members` is complete.
  `insert into meta (name, value) values
    ('run', 0), ('probe', 0), ('audit_deleted_to', 0), ('audit_deleted_count', 0), ('audit_deleted_until', null),
    ('turned', 0), ('turning_to', null), ('busy_members_from', 0), ('clock_set', 0), ('moving_lives_to', null)`,
]
