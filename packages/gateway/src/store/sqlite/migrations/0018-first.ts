import { sql } from "kysely"
import type { Kysely } from "kysely"

/** The tables of 0.1.0, of which the older ones are not known any more. Times are milliseconds since 1970 everywhere. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Small and changing columns first: those behind a long `parts` are then read without its overflow pages.
  // `state` is `open` until the last recipient is final. `due_at` is null when finished. `behind` is 1 while a message
  // waits for its lane: `due_at` is then null, or the time when the one before it holds the lane no longer. `counts` names
  // those that are not zero. `chunk` is the only chunk of a message that has one, which spares most messages a row; others
  // have theirs in `chunks`.
  // `reopened_at`: since when a message that was retried is to be sent again; by its `send_at` it would be late from the start.
  // `warnings`: JSON of faults, null for most. `started`: whether a call has begun, kept of open messages. `listed`: under what
  // a message is listed; that a scheduled one is queued by now, the reader can tell from its time alone.
  // `expiry_moves`: the time at which it expires moves along when the clock is set, because the caller gave none; `clock_set`:
  // by how much the clock had been set when it was written.
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
  // A press names the card's task only. Other messages are not in it, so that they do not pay for it.
  `create index messages_by_task on messages (
    app, (case when json_valid(parts) then json_extract(parts, '$.template_card.task_id') end)
  ) where msgtype = 'template_card'`,
  // Messages that wait for something other than their time: not those that are merely scheduled, or merely due.
  `create index messages_delayed on messages (app, due_at) where due_at > coalesce(reopened_at, send_at)`,
  `create index messages_reopened on messages (app, reopened_at) where state = 'open' and reopened_at is not null`,
  // For pruning.
  `create index messages_finished on messages (finished_at) where finished_at is not null`,
  // So that a list of one state reads what it shows, and not whatever else is not finished.
  `create index messages_listed on messages (app, listed, accepted_at) where state <> 'sent'`,
  `create index messages_scheduled on messages (app, send_at) where listed = 'scheduled'`,
  // The halves of what is unfinished, late and behind: what each key has unfinished is counted at a start in an index alone.
  `create index messages_late on messages (app, priority, coalesce(reopened_at, send_at), key_id)
    where state = 'open' and behind = 0`,
  `create index messages_behind on messages (app, priority, key_id) where state = 'open' and behind = 1`,

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
  // Long contents of messages (`call` is 0) and long bodies of calls: their rows are written again whenever one of the small
  // columns changes, and hold '' instead. With a rowid: a key beside megabytes would be compared by reading them.
  `create table large_texts (
    message integer not null,
    call integer not null,
    data text not null,
    primary key (message, call)
  ) strict`,

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
    host integer,
    host_number integer,
    agent integer,
    turned integer not null default 0,
    primary key (message, number)
  ) strict, without rowid`,
  `create index calls_riding on calls (host, host_number) where host is not null`,
  // What went out of late, for the members' windows. Written at its end, so that a call pays little for it.
  `create index calls_by_start on calls (started_at) where host is null`,
  // By these it is known of a message that its first call is under way, so that nothing need be written for that.
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

  // WeCom counts by agent; an app is only a name of an agent.
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
  // Where rows of `bodies` from `first` to `last` are found by their hash and agent; a change of those drops it.
  `create table body_tables (
    first integer primary key,
    last integer not null,
    rows blob not null
  ) strict`,
  // `taken`: how many person-times an agent has used of a day in Beijing; and whether it was reported that they run out.
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

  // The newest is never deleted, so that no id is given twice; a table that keeps count of them writes one page more.
  `create table events (
    id integer primary key,
    at integer not null,
    type text not null,
    app text not null,
    message text,
    data text not null
  ) strict`,
  // For those who follow few of the apps.
  `create index events_of_app on events (app)`,

  // `version` counts the changes that an administrator makes, so that a change of an older one is found out.
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

  // `client`: the first key of a line of rotations.
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

  // `apps`: which apps an entry is about, as JSON; null in entries from before, which only keys of all apps are shown.
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
  // Only the beginning can go, and only what has been marked as gone in the same transaction: the trail tells what it lacks.
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
  // `held`: who has missed how many of a corp's numbers of the day, and is asking, as `store/miss-counts.ts` has it.
  `create table misses (
    corp_id text not null,
    day text not null,
    missed integer not null,
    asking integer not null default 0,
    given_back integer not null default 0,
    held text not null default '{}',
    primary key (corp_id, day)
  ) strict, without rowid`,

  // Files lie beside the database, by their hash; here is what they are called and who may use them. Whose share a file takes:
  // of the key that it came with, and of the app where no other may name it.
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
  // `*`: of every app.
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

  // By what a repeated delivery is known; what it told is an event.
  `create table callbacks (
    app text not null,
    id text not null,
    at integer not null,
    primary key (app, id)
  ) strict, without rowid`,
  `create index callbacks_by_time on callbacks (at)`,

  // Codes that came with a press, and those of calls once they are spent: these have no userid.
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
  // `turned`, `clock_set`: by how much the clock has been set in all. `turning_to`, `moving_lives_to`: what waits is being made
  // due, what expires is being moved. `busy_members_from`: since when members near a limit are known.
  `insert into meta (name, value) values
    ('run', 0), ('probe', 0), ('audit_deleted_to', 0), ('audit_deleted_count', 0), ('audit_deleted_until', null),
    ('turned', 0), ('turning_to', null), ('busy_members_from', 0), ('clock_set', 0), ('moving_lives_to', null)`,
]
