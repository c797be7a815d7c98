import { sql } from "kysely"
import type { RawBuilder } from "kysely"

/**
 * One equals the other, for rows that are found by another column. By `=` the planner may find them by an index of rows that
 * have such a value: it takes that for a small one, and does not count the entries of what is done, which a held snapshot
 * keeps.
 */
export function isSame(one: RawBuilder<unknown>, other: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`${one} is not distinct from ${other}`
}
