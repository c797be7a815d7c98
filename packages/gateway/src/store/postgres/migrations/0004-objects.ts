import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** Files that lie in a bucket. */
const STATEMENTS = [
  // The key of the object in the bucket; null for a file whose pieces are in the database.
  `alter table wecom_push.files add column object text collate "C"`,
  // True when the object was found missing or changed. It is uploaded again when a caller uploads the file again.
  "alter table wecom_push.files add column object_lost boolean not null default false",
  "create unique index files_by_object on wecom_push.files (object) where object is not null",

  // Objects that no file names: they are being uploaded, or will be deleted at `due_at`.
  `create table wecom_push.stray_objects (
    key text collate "C" primary key,
    due_at bigint not null,
    -- A node is deleting it: no file may name it any more.
    deleting boolean not null default false
  )`,
  "create index stray_objects_by_time on wecom_push.stray_objects (due_at)",
]
