import { sql } from "kysely"
import type { RawBuilder } from "kysely"

/**
 * SQL for "one equals the other", for rows that are found by another column. With `=` the planner may use the index of
 * rows that have such a value: it takes that index for a small one, and does not count the entries of finished
 * messages, which a held snapshot keeps.
 */
export function isSame(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`${one} is not distinct from ${other}`
}
