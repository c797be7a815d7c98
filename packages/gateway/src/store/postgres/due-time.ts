import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { NOW } from "./time.ts"

/**
 * The SQL by which every due time is written: it is at most a second in the past, or no earlier than the message's
 * present one. So a node that has looked through a window knows that no message appears below what it saw
 * (`window-floors.ts`).
 * @param at null stays null
 * @param before the message's present due time
 */
export function dueTime(at: RawBuilder<unknown>, before: RawBuilder<unknown> = sql`null::bigint`): RawBuilder<number> {
  return sql`case when ${at} is not null then greatest(${at}, least(${before}, ${NOW} - ${DUE_BACK_MS}::bigint)) end`
}

export const DUE_BACK_MS = 1000
