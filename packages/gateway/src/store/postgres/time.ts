import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"

/** The database's time in milliseconds since 1970, when a statement begins. */
export const NOW = sql.raw<number>("wecom_push.now_ms()")

/** The time by which messages expire: a node that knows of a jump believes it no sooner than it should. */
export function expiryTime(clock: Pick<JumpAwareClock, "expiryTime">): RawBuilder<number> {
  return sql`least(${NOW}, ${clock.expiryTime()}::bigint)`
}
