import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { NOW } from "./time.ts"

/**
 * Each due time that is written comes through here: it is not further back than a second, nor than what the same message
 * has. Who has looked through a window knows by it that nothing comes below what was seen (`window-floors.ts`).
 * @param at null stays null
 * @param before what the message has
 */
export function dueTime(at: RawBuilder<unknown>, before: RawBuilder<unknown> = sql`null::bigint`): RawBuilder<number> {
  return sql`case when ${at} is not null then greatest(${at}, least(${before}, ${NOW} - ${DUE_BACK_MS}::bigint)) end`
}

export const DUE_BACK_MS = 1000
