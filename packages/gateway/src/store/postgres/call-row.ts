import { crc32 } from "node:zlib"
import type { CallRef, FrozenCall } from "../../model/ports/outbox.ts"
import { toWait } from "../call-delay.ts"
import { kindOf } from "../call-kind.ts"
import { unpackPositions } from "../pack-positions.ts"
import { integer, optionalInteger, text } from "../row.ts"
import type { Row } from "../row.ts"

export interface CallCompany {
  readonly messageId: string
  /** Living nodes that may have the call under way: the end of any other node cut off its attempt. */
  readonly alive: ReadonlySet<number>
  readonly shares: readonly CallRef[]
  readonly partOf: CallRef | undefined
}

/**
 * The node that has an attempt under way. The column keeps its older name, since older nodes on the same database use
 * it.
 */
export const IN_FLIGHT_BY = "flight as in_flight_by"

export function toFrozenCall(row: Row, { messageId, alive, shares, partOf }: CallCompany): FrozenCall {
  const body = text(row, "body")
  const inFlightBy = optionalInteger(row, "flight")
  const hasCrashed = inFlightBy !== undefined && !alive.has(inFlightBy)
  return {
    messageId,
    kind: kindOf(row),
    number: integer(row, "number"),
    part: integer(row, "part"),
    body: crc32(body) === integer(row, "checksum") ? body : undefined,
    checkSeconds: optionalInteger(row, "check_seconds") ?? null,
    positions: unpackPositions(text(row, "positions")),
    firstTryAt: integer(row, "first_try_at"),
    attempts: integer(row, "attempts"),
    spentAttempts: integer(row, "spent"),
    crashes: integer(row, "crashes") + (hasCrashed ? 1 : 0),
    phase: hasCrashed ? "crashed" : inFlightBy === undefined ? "waiting" : "in_flight",
    mayHaveArrived: hasCrashed || row["may_have_arrived"] === true,
    ...toWait(row),
    lastErrcode: optionalInteger(row, "errcode"),
    ...(shares.length > 0 && { shares }),
    ...(partOf !== undefined && { partOf }),
  }
}
