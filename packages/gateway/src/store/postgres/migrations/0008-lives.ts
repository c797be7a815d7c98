import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * `expiry_moves`: whether the expiry time of a message moves when the clock is set, because the caller gave none.
 * `clock_set`: by how much the clock had been set in all when the expiry time was written.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.messages add column clock_set bigint,
    add column expiry_moves boolean not null default false`.execute(db)
}
