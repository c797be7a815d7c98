import { ADAPTER_NAMES } from "../../model/adapter-names.ts"
import { PRIORITIES } from "../../model/message.ts"
import type { FoundSource, SourceRecord } from "../../model/ports/sources.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { sealedPlaces } from "../sealed-places.ts"

export function toSource(row: Row): SourceRecord {
  const [oldHash, oldUntil] = [optionalText(row, "old_hash"), optionalInteger(row, "old_until")]
  return {
    id: text(row, "id"),
    name: text(row, "name"),
    adapter: oneOf(ADAPTER_NAMES, text(row, "adapter")),
    app: text(row, "app"),
    to: parseOwn(text(row, "audience")),
    priority: oneOf(PRIORITIES, text(row, "priority")),
    template: optionalText(row, "template"),
    prefix: text(row, "prefix"),
    hash: text(row, "hash"),
    old: oldHash === undefined || oldUntil === undefined ? undefined : { hash: oldHash, until: oldUntil },
    hasSigningSecret: optionalText(row, "signing_secret") !== undefined,
    createdAt: integer(row, "created_at"),
    lastUsedAt: optionalInteger(row, "last_used_at"),
    version: integer(row, "version"),
  }
}

export function toFoundSource(row: Row, box: SecretBox): FoundSource {
  const source = toSource(row)
  const sealed = optionalText(row, "signing_secret")
  return {
    source,
    signingSecret: sealed === undefined ? undefined : box.tryOpen(sealed, sealedPlaces.source(source.id)),
  }
}

export function sealSigningSecret(box: SecretBox, id: string, secret: string | null | undefined): string | null {
  return secret === null || secret === undefined ? null : box.seal(secret, sealedPlaces.source(id))
}

function oneOf<T extends string>(words: readonly T[], word: string): T {
  const found = words.find((one) => one === word)
  if (found === undefined) throw new TypeError(`${word} is not known to this version`)
  return found
}
