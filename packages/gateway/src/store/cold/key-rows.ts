import { SCOPES } from "../../model/ports/keys.ts"
import type { KeyRecord } from "../../model/ports/keys.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"

export function toKey(row: Row | undefined): KeyRecord | undefined {
  if (row === undefined) return undefined
  return {
    id: text(row, "id"),
    client: text(row, "client"),
    name: text(row, "name"),
    prefix: text(row, "prefix"),
    hash: text(row, "hash"),
    ...fromScopes(parseOwn(text(row, "scopes"))),
    apps: parseOwn(text(row, "apps")),
    audienceCap: optionalInteger(row, "audience_cap"),
    overflow: toOverflow(optionalText(row, "overflow")),
    createdAt: integer(row, "created_at"),
    version: integer(row, "version"),
    revokedAt: optionalInteger(row, "revoked_at"),
    lastUsedAt: optionalInteger(row, "last_used_at"),
  }
}

/**
 * The paths that a key may forward are stored among its scopes, each as a scope of its own: an older gateway on the
 * same database ignores words that it does not know.
 */
export function toScopes({ scopes, forward }: Pick<KeyRecord, "scopes" | "forward">): string {
  return JSON.stringify([...scopes, ...forward.map((path) => FORWARD + path)])
}

function fromScopes(stored: readonly string[]): Pick<KeyRecord, "scopes" | "forward"> {
  return {
    scopes: SCOPES.filter((scope) => stored.includes(scope)),
    forward: stored.filter((word) => word.startsWith(FORWARD)).map((word) => word.slice(FORWARD.length)),
  }
}

const FORWARD = "forward:"

function toOverflow(word: string | undefined): KeyRecord["overflow"] {
  return word === "reject" || word === "split" || word === "truncate" ? word : undefined
}
