import { MEDIA_TYPES } from "@wecom-push/protocol"
import type { Medium } from "../ports/media.ts"
import type { AppScope } from "../ports/reader.ts"
import { integer, text } from "./row.ts"
import type { Row } from "./row.ts"

/** Stands for everybody's among the apps of a medium: no app can be called so. */
export const EVERY_APP = "*"

export function holdersOf(apps: AppScope): readonly string[] {
  return apps === "all" ? [EVERY_APP] : apps
}

/** Up to which medium old ones have been looked at. */
export type SweptTo = readonly [postedAt: number, id: string]

/** Before all media. */
export const FIRST: SweptTo = [-1, ""]

/** @param rows as many as were asked for, or those that there are */
export function sweptTo(rows: readonly Row[], limit: number): SweptTo {
  const last = rows.at(-1)
  return rows.length < limit || last === undefined ? FIRST : [integer(last, "posted_at"), text(last, "id")]
}

export function toMedium(row: Row): Medium {
  const type = MEDIA_TYPES.find((one) => one === text(row, "type"))
  if (type === undefined) throw new TypeError("unknown type of a medium")
  return {
    id: text(row, "id"),
    type,
    filename: text(row, "filename"),
    sizeBytes: integer(row, "bytes"),
    sha256: text(row, "sha256"),
    storedAt: integer(row, "stored_at"),
    postedAt: integer(row, "posted_at"),
  }
}
