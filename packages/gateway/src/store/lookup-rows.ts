import type { LookupPause, LookupRecord } from "@wecom-push/sdk/internals"
import { integer, optionalText } from "./row.ts"
import type { Row } from "./row.ts"

export function toRecord(row: Row): LookupRecord {
  return { userid: optionalText(row, "userid") ?? null, storedAt: integer(row, "stored_at") }
}

export function toPause(row: Row): LookupPause {
  return { until: integer(row, "until"), step: toStep(integer(row, "step")) }
}

function toStep(step: number): LookupPause["step"] {
  return step === 1 || step === 2 ? step : 3
}
