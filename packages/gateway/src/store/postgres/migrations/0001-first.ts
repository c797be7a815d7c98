import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/**
 * Times are milliseconds since 1970; a node is the number of one start of a gateway. Columns that are sorted are sorted by
 * their bytes, whatever the language of the database.
 */
const STATEMENTS = [
  // This clock decides which messages are due, not a node's clock. An index look-up can use it like a constant value.
  `create function wecom_push.now_ms() returns bigint language sql stable parallel safe
    as 'select floor(extract(epoch from statement_timestamp()) * 1000)::bigint'`,

  "create table wecom_push.meta (name text primary key, value text not null)",

  `create table wecom_push.nodes (
    number integer generated always as identity primary key,
    started_at bigint not null default wecom_push.now_ms()
  )`,

  `create table wecom_push.agents (
    id integer generated always as identity primary key,
    corp_id text not null,
    agent_id bigint not null,
    unique (corp_id, agent_id)
  )`,

  `create table wecom_push.events (
    id bigint generated always as identity primary key,
    at bigint not null,
    type text not null,
    app text not null,
    message text,
    data json not null
  )`,
  "create index events_of_app on wecom_push.events (app, id)",

  `create table wecom_push.apps (
    name text collate "C" primary key,
    corp_id text not null,
    agent_id bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    settings text not null,
    pause text,
    secrets text not null,
    version integer not null default 1
  )`,
  "create index apps_of_agent on wecom_push.apps (corp_id, agent_id)",
  `create table wecom_push.corps (
    corp_id text primary key,
    settings text not null,
    version integer not null
  )`,

  `create table wecom_push.keys (
    id text collate "C" primary key,
    client text not null,
    name text not null,
    prefix text not null,
    hash text not null unique,
    scopes text not null,
    apps text not null,
    audience_cap bigint,
    overflow text,
    created_at bigint not null,
    revoked_at bigint,
    last_used_at bigint,
    version integer not null default 1
  )`,

  // Entries are numbered in the order of their commits and without a gap. A sequence guarantees neither.
  `create table wecom_push.audit (
    id bigint primary key,
    at bigint not null,
    actor text not null,
    peer text,
    action text not null,
    target text,
    detail text not null,
    apps text[]
  )`,
  `create table wecom_push.audit_extent (
    is_only boolean primary key default true check (is_only),
    last_id bigint not null default 0,
    deleted_to bigint not null default 0,
    deleted_until bigint
  )`,
  "insert into wecom_push.audit_extent default values",
  `create function wecom_push.audit_is_append_only() returns trigger language plpgsql as $$
    begin raise exception 'the audit trail is append-only'; end $$`,
  `create trigger audit_is_not_changed before update or truncate on wecom_push.audit
    for each statement execute function wecom_push.audit_is_append_only()`,
  `create function wecom_push.audit_goes_from_its_beginning() returns trigger language plpgsql as $$
    begin
      if old.id > (select deleted_to from wecom_push.audit_extent) then
        raise exception 'the audit trail is append-only';
      end if;
      return old;
    end $$`,
  `create trigger audit_is_not_deleted before delete on wecom_push.audit
    for each row execute function wecom_push.audit_goes_from_its_beginning()`,

  "create table wecom_push.tokens (key text primary key, record text not null)",
  `create table wecom_push.lookups (
    key text collate "C" primary key,
    userid text,
    stored_at bigint not null
  )`,
  "create index lookups_by_time on wecom_push.lookups (stored_at)",
  `create table wecom_push.pauses (
    key text primary key,
    until bigint not null,
    step integer not null
  )`,

  `create table wecom_push.misses (
    corp_id text not null,
    day text collate "C" not null,
    missed bigint not null default 0,
    -- How many look-ups each node has under way.
    asking jsonb not null default '{}',
    given_back bigint not null default 0,
    primary key (corp_id, day)
  )`,
  `create table wecom_push.person_times (
    agent integer not null,
    day text collate "C" not null,
    taken bigint not null default 0,
    told_low boolean not null default false,
    told_spent boolean not null default false,
    primary key (agent, day)
  )`,
  `create table wecom_push.busy_members (
    agent integer not null,
    member text not null,
    count integer not null,
    at bigint not null,
    primary key (agent, member)
  )`,
  "create index busy_members_by_time on wecom_push.busy_members (at)",

  `create table wecom_push.callbacks (
    app text not null,
    id text not null,
    at bigint not null,
    primary key (app, id)
  )`,
  "create index callbacks_by_time on wecom_push.callbacks (at)",
  `create table wecom_push.card_codes (
    code text collate "C" primary key,
    message text not null,
    call integer not null,
    userid text,
    at bigint not null,
    spent_at bigint
  )`,
  "create index card_codes_of_message on wecom_push.card_codes (message)",
  "create index card_codes_by_time on wecom_push.card_codes (at)",

  // The bytes of each file, once and in pieces: a single value of many megabytes would be in memory several times.
  `create table wecom_push.files (
    sha256 text collate "C" primary key,
    bytes bigint not null
  )`,
  `create table wecom_push.file_pieces (
    sha256 text collate "C" not null,
    number integer not null,
    data bytea not null,
    primary key (sha256, number)
  )`,
  // Not compressed again: many files, such as images, are compressed already.
  "alter table wecom_push.file_pieces alter column data set storage external",
  `create table wecom_push.media (
    id text collate "C" primary key,
    type text not null,
    filename text not null,
    bytes bigint not null,
    sha256 text collate "C" not null,
    stored_at bigint not null,
    posted_at bigint not null
  )`,
  "create index media_by_time on wecom_push.media (posted_at, id)",
  "create index media_by_hash on wecom_push.media (sha256)",
  `create table wecom_push.media_apps (
    medium text not null,
    app text not null,
    primary key (medium, app)
  )`,
  `create table wecom_push.media_places (
    medium text not null,
    place text not null,
    media_id text not null,
    uploaded_at bigint not null,
    primary key (medium, place)
  )`,
  `create table wecom_push.media_uses (
    message bigint not null,
    medium text not null,
    primary key (message, medium)
  )`,
  "create index media_uses_by_medium on wecom_push.media_uses (medium)",
]
