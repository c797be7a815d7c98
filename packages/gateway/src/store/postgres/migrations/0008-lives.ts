import { sql } from "kysely"
import type { Kysely } from "kysely"

/**
 * Whether the time at which a message expires moves along when the clock is set, because its caller gave none; and by
 * how much the clock had been set when that time was written.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table wecom_push.messages add column clock_set bigint,
    add column expiry_moves boolean not null default false`.execute(db)
}
