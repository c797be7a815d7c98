import { sql } from "kysely"
import type { Kysely } from "kysely"

export async function up(db: Kysely<unknown>): Promise<void> {
  // Gateways of earlier versions name no kinds: they know only apps of a corp.
  await sql`alter table wecom_push.nodes add column app_kinds text[] not null default '{app}'`.execute(db)
}
