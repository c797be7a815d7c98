import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db)
}

/** Files that lie in a bucket. */
const STATEMENTS = [
  // Its key there; null for a file of which the pieces are here.
  `alter table wecom_push.files add column object text collate "C"`,
  // The object was found not to be the file any more: it is to be uploaded anew when the file is handed in again.
  "alter table wecom_push.files add column object_lost boolean not null default false",
  "create unique index files_by_object on wecom_push.files (object) where object is not null",

  // Objects that no file names: they are on their way in, or are to be deleted when it is time.
  `create table wecom_push.stray_objects (
    key text collate "C" primary key,
    due_at bigint not null,
    -- Somebody deletes it: it cannot become a file's any more.
    deleting boolean not null default false
  )`,
  "create index stray_objects_by_time on wecom_push.stray_objects (due_at)",
]
