import { sql } from "kysely"
import type { Kysely } from "kysely"

/** Files lie beside the database, by their hash; here is what they are called and who may use them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

const STATEMENTS = [
  `create table media (
    id text primary key,
    type text not null,
    filename text not null,
    bytes integer not null,
    sha256 text not null,
    stored_at integer not null,
    posted_at integer not null
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
]
