import { ATTEMPT_RESULTS } from "@wecom-push/protocol/delivery"
import type { AttemptResult } from "@wecom-push/protocol/delivery"
import type { AttemptView, CallView } from "../model/ports/reader.ts"
import { kindOf } from "./call-kind.ts"
import { unpackPositions } from "./pack-positions.ts"
import { flag, integer, optionalInteger, optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

/** @param hasCrashed its process ended before an answer was stored */
export function toAttempt(row: Row, hasCrashed: boolean): AttemptView {
  return {
    call: integer(row, "call"),
    number: integer(row, "number"),
    startedAt: integer(row, "started_at"),
    finishedAt: optionalInteger(row, "finished_at"),
    result: hasCrashed ? "in_doubt" : toResult(optionalText(row, "result")),
    errcode: optionalInteger(row, "errcode"),
    errmsg: optionalText(row, "errmsg"),
  }
}

/** @param hasCrashed the process of its attempt ended before an answer was stored */
export function toCall(row: Row, hasCrashed: boolean): CallView {
  return {
    number: integer(row, "number"),
    kind: kindOf(row),
    part: integer(row, "part"),
    final: flag(row, "final"),
    inFlight: row["in_flight_by"] !== null && !hasCrashed,
    mayHaveArrived: hasCrashed || flag(row, "may_have_arrived"),
    positions: unpackPositions(text(row, "positions")),
    result: hasCrashed ? "in_doubt" : toResult(optionalText(row, "result")),
    errcode: optionalInteger(row, "errcode"),
    msgid: optionalText(row, "msgid"),
    responseCode: optionalText(row, "response_code"),
    finishedAt: optionalInteger(row, "finished_at"),
    recalledAt: optionalInteger(row, "recalled_at"),
    isShared: flag(row, "shared"),
  }
}

function toResult(word: string | undefined): AttemptResult | undefined {
  return ATTEMPT_RESULTS.find((result) => result === word)
}
