import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  // Gateways of the versions before name none: they know apps of a corp alone.
  await sql`alter table wecom_push.nodes add column app_kinds text[] not null default '{app}'`.execute(db)
}
