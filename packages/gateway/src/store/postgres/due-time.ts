import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { NOW } from "./time.ts"

/**
 * Every due time is written through here: it is not further back than a second, nor than the message's present one. So
 * a node that has looked through a window knows that nothing appears below what it saw (`window-floors.ts`).
 * @param at null stays null
 * @param before the message's present due time
 */
export function dueTime(at: RawBuilder<unknown>, before: RawBuilder<unknown> = sql`null::bigint`): RawBuilder<number> {
  return sql`case when ${at} is not null then greatest(${at}, least(${before}, ${NOW} - ${DUE_BACK_MS}::bigint)) end`
}

export const DUE_BACK_MS = 1000
