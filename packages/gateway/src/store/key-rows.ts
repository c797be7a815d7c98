import type { KeyRecord } from "../model/ports/keys.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

export function toKey(row: Row | undefined): KeyRecord | undefined {
  if (row === undefined) return undefined
  return {
    id: text(row, "id"),
    client: text(row, "client"),
    name: text(row, "name"),
    prefix: text(row, "prefix"),
    hash: text(row, "hash"),
    scopes: parseOwn(text(row, "scopes")),
    apps: parseOwn(text(row, "apps")),
    audienceCap: optionalInteger(row, "audience_cap"),
    overflow: toOverflow(optionalText(row, "overflow")),
    createdAt: integer(row, "created_at"),
    version: integer(row, "version"),
    revokedAt: optionalInteger(row, "revoked_at"),
    lastUsedAt: optionalInteger(row, "last_used_at"),
  }
}

function toOverflow(word: string | undefined): KeyRecord["overflow"] {
  return word === "reject" || word === "split" || word === "truncate" ? word : undefined
}
