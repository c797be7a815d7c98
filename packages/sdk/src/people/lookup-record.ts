import type { LookupPause, LookupRecord } from "../lookup-store.ts"

/** What a store gave back is looked at before it is used. */
export function isLookupRecord(value: unknown): value is LookupRecord {
  if (typeof value !== "object" || value === null || !("userid" in value) || !("storedAt" in value)) return false
  return (value.userid === null || typeof value.userid === "string") && typeof value.storedAt === "number"
}

export function isLookupPause(value: unknown): value is LookupPause {
  if (typeof value !== "object" || value === null || !("until" in value) || !("step" in value)) return false
  const { until, step } = value
  return typeof until === "number" && (step === 1 || step === 2 || step === 3)
}
