import type { MediaRecord } from "../media-store.ts"

/** What a store gave back is looked at before it is used. */
export function isMediaRecord(value: unknown): value is MediaRecord {
  if (typeof value !== "object" || value === null || !("mediaId" in value) || !("uploadedAt" in value)) return false
  return typeof value.mediaId === "string" && typeof value.uploadedAt === "number"
}
