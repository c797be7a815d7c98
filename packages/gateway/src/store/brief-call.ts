import type { BriefCall } from "../model/ports/outbox.ts"
import { kindOf } from "./call-kind.ts"
import { toWait } from "./call-delay.ts"
import { countPositions } from "./pack-positions.ts"
import { flag, integer, text } from "./row.ts"
import type { Row } from "./row.ts"

/** The columns of `calls` that `toBriefCall` reads, besides `in_flight_by`. */
export const BRIEF_CALL = "number, kind, retry_at, reason, host, may_have_arrived, first_try_at, positions"

/**
 * A call that is in flight, or is part of another message's call, never rests.
 * @param jumpedMs by how much the clock has been set since its times were written
 */
export function toBriefCall(row: Row, jumpedMs = 0): BriefCall {
  const isItsOwn = row["in_flight_by"] === null && row["host"] === null
  return {
    number: integer(row, "number"),
    kind: kindOf(row),
    firstTryAt: integer(row, "first_try_at") + jumpedMs,
    mayHaveArrived: flag(row, "may_have_arrived"),
    recipients: countPositions(text(row, "positions")),
    restsUntil: isItsOwn ? toWait(row, jumpedMs).retryAt : undefined,
  }
}
