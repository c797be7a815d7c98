import { sql } from "kysely"
import type { Kysely } from "kysely"

/** For keys that hold few of the apps. The entries themselves stay as they are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index audit_of_apps on audit (apps)").execute(db)
}
