import { sql } from "kysely"

/** The database's time in milliseconds since 1970, when a statement begins. */
export const NOW = sql.raw<number>("wecom_push.now_ms()")
