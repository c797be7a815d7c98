import type { MediaRecord } from "../media-store.ts"

/** Records of a store are checked before they are used. */
export function isMediaRecord(value: unknown): value is MediaRecord {
  if (typeof value !== "object" || value === null || !("mediaId" in value) || !("uploadedAt" in value)) return false
  return typeof value.mediaId === "string" && typeof value.uploadedAt === "number"
}
