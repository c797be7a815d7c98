import type { CardCode } from "../model/ports/callbacks.ts"
import { integer, optionalInteger, optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

export function toCode(row: Row): CardCode {
  return {
    code: text(row, "code"),
    call: integer(row, "call"),
    userid: optionalText(row, "userid"),
    at: integer(row, "at"),
    spentAt: optionalInteger(row, "spent_at"),
  }
}
