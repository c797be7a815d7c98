import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  // Counts the changes that an administrator makes, so that one who has not seen the last can be told.
  "alter table apps add column version integer not null default 1",
  "alter table corps add column version integer not null default 1",
  "alter table keys add column version integer not null default 1",

  // `client`: the first key of a line of rotations. Who was rotated into whom, the audit trail alone told so far.
  "alter table keys add column client text not null default ''",
  `with recursive
    rotations (old, new) as materialized (
      select target, json_extract(detail, '$.successor') from audit
      where action = 'key.rotated' and json_extract(detail, '$.successor') is not null
    ),
    lines (id, client) as (
      select id, id from keys where id not in (select new from rotations)
      union all
      select rotations.new, lines.client from lines join rotations on rotations.old = lines.id
    )
    update keys set client = coalesce((select client from lines where lines.id = keys.id), id)`,

  "alter table idempotency rename column key_id to client",
  // Where both keys of a rotation were used with one idempotency key, the later use is the one to be repeated.
  `insert into idempotency (client, key, fingerprint, message, state, recipients, expires_at)
    select keys.client, i.key, i.fingerprint, i.message, i.state, i.recipients, i.expires_at
    from idempotency as i join keys on keys.id = i.client where keys.client <> keys.id order by i.expires_at
    on conflict do update set fingerprint = excluded.fingerprint, message = excluded.message, state = excluded.state,
      recipients = excluded.recipients, expires_at = excluded.expires_at
    where excluded.expires_at > idempotency.expires_at`,
  "delete from idempotency where client in (select id from keys where client <> id)",

  // `apps`: whom an entry is about, as JSON; null in entries from before, which only keys of all apps are shown.
  "alter table audit add column apps text",
  // Only the beginning can go, and only what has been marked as gone in the same transaction: the trail tells what it lacks.
  "drop trigger audit_is_not_deleted",
  `create trigger audit_is_not_deleted before delete on audit
    when old.id > coalesce((select value from meta where name = 'audit_deleted_to'), 0)
    begin select raise(abort, 'the audit trail is append-only'); end`,
  `insert into meta (name, value) values
    ('audit_deleted_to', 0), ('audit_deleted_count', 0), ('audit_deleted_until', null)`,
]
