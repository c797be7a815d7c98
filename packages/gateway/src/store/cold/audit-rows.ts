import type { AuditEntry } from "../../model/ports/audit.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"

export type ListedEntry = Omit<AuditEntry, "apps"> & { readonly id: number }

export interface AuditBounds {
  readonly auditBefore: number
  readonly auditEntries: number
  readonly limit: number
}

export function toEntry(row: Row): ListedEntry {
  return {
    id: integer(row, "id"),
    at: integer(row, "at"),
    actor: text(row, "actor"),
    from: optionalText(row, "peer"),
    action: text(row, "action"),
    target: optionalText(row, "target"),
    detail: parseOwn(text(row, "detail")),
  }
}

/**
 * The rows to delete from the beginning of the trail.
 * @param oldest its first rows, in order
 * @param count the number of rows of the whole trail
 */
export function rowsPast(oldest: readonly Row[], count: number, { auditBefore, auditEntries }: AuditBounds): PastRows {
  const tooMany = count - auditEntries
  const kept = oldest.findIndex((row, index) => index >= tooMany && integer(row, "at") >= auditBefore)
  const past = kept === -1 ? oldest : oldest.slice(0, kept)
  return {
    count: past.length,
    lastId: integer(past.at(-1) ?? { id: 0 }, "id"),
    // Entries of one moment may be written in another order, so the latest time counts.
    until: Math.max(0, ...past.map((row) => integer(row, "at"))),
  }
}

export interface PastRows {
  readonly count: number
  readonly lastId: number
  readonly until: number
}
