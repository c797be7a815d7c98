import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"

/** The database's time in milliseconds since 1970, when a statement begins. */
export const NOW = sql.raw<number>("wecom_push.now_ms()")

/** The time by which messages expire: a node that knows of a jump believes it no sooner than it should. */
function expiryTime(clock: Pick<JumpAwareClock, "expiryTime">): RawBuilder<number> {
  return sql`least(${NOW}, ${clock.expiryTime()}::bigint)`
}

/**
 * SQL condition on a message: it is past its time. An expiry that moves along with the clock may not have been moved
 * yet, and an expired message goes before others of its lane.
 */
export function isPastItsTime(clock: Pick<JumpAwareClock, "expiryTime" | "setByMs">): RawBuilder<boolean> {
  const by = expiryTime(clock)
  const moved = sql`case when expiry_moves then coalesce(${clock.setByMs}::bigint - clock_set, 0) else 0 end`
  return sql`(expires_at <= ${by} and expires_at + ${moved} <= ${by})`
}
