import { MEDIA_TYPES } from "@wecom-push/protocol"
import type { HeldMedium, Medium } from "../model/ports/media.ts"
import type { AppScope } from "../model/ports/reader.ts"
import { integer, optionalText, text } from "./row.ts"
import type { Row } from "./row.ts"

/** Means all apps among the apps of a medium: no app can have this name. */
export const EVERY_APP = "*"

export function holdersOf(apps: AppScope): readonly string[] {
  return apps === "all" ? [EVERY_APP] : apps
}

/** The app whose share the medium takes; undefined where several may name it. */
export function appHeldBy(apps: AppScope): string | undefined {
  return apps === "all" || apps.length !== 1 ? undefined : apps[0]
}

/** The last of the old media that the sweep has checked. */
export type SweptTo = readonly [postedAt: number, id: string]

/** The place before all media. */
export const FIRST: SweptTo = [-1, ""]

/** The place after all media. */
export const LAST: SweptTo = [Number.MAX_SAFE_INTEGER, ""]

export function cursorOfMedium({ postedAt, id }: Medium): string {
  return Buffer.from(`${postedAt}.${id}`).toString("base64url")
}

/** Undefined for a text that is not our cursor. */
export function mediumAtCursor(cursor: string): SweptTo | undefined {
  const match = /^(\d{1,16})\.([\w-]{1,64})$/.exec(Buffer.from(cursor, "base64url").toString())
  const postedAt = Number(match?.[1])
  return match?.[2] === undefined || !Number.isSafeInteger(postedAt) ? undefined : [postedAt, match[2]]
}

/** @param rows as many as were asked for, or all that exist */
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

/** @param holders rows of `media_apps` */
export function heldMedium(row: Row, holders: readonly Row[]): HeldMedium {
  const apps = holders.map((holder) => text(holder, "app"))
  return {
    ...toMedium(row),
    keyId: optionalText(row, "key_id"),
    apps: apps.includes(EVERY_APP) ? "all" : apps,
  }
}
