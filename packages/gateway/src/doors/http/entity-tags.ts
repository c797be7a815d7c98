import { z } from "zod"
import { refuse } from "../../accept/issues.ts"
import type { ExpectedVersion, Versioned } from "../../model/ports/versions.ts"

/**
 * Changes with everything that an administrator can change, but not with events such as a pause or the last use of a key.
 */
export function entityTag({ version, createdAt }: Versioned): string {
  return createdAt === undefined ? `"${version}"` : `"${createdAt.toString(36)}-${version}"`
}

export const changeHeaders = z.looseObject({
  "if-match": z
    .string()
    .optional()
    .describe(
      "The `ETag` that was read. The change is made only if nothing has changed since; otherwise 412. Several values separated by commas, and `*`, are allowed.",
    ),
})

/**
 * The version that a request wants to change, from its `If-Match`.
 * @returns undefined if it may be any version
 * @throws {Problem} `invalid_value` if it is no list of tags
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-match
 */
export function expectedBy({
  "if-match": ifMatch,
}: {
  readonly "if-match"?: string | undefined
}): ExpectedVersion | undefined {
  if (ifMatch === undefined || ifMatch.trim() === "*") return undefined
  if (!isList(ifMatch)) {
    const detail = {
      en: 'If-Match takes the ETag of an answer with its quotes, as in "m3x0-2", several by comma, or *.',
      zh: 'If-Match 应填写应答中的 ETag（含引号，例如 "m3x0-2"），多个以逗号分隔，或填写 *。',
    }
    throw refuse([{ path: "If-Match", code: "bad_format", detail }])
  }
  // A weak tag (W/"…") is valid but matches nothing, as in the RFC.
  const tags = new Set(ifMatch.match(ENTITY_TAG))
  return (current) => tags.has(entityTag(current))
}

const ENTITY_TAG = /(?:W\/)?"[^"]*"/g

/** At least one tag, with commas between tags; empty items are accepted, as the RFC requires. */
function isList(ifMatch: string): boolean {
  const between = ifMatch.split(ENTITY_TAG)
  const isSpaced = between.every((text) => /^[\s,]*$/.test(text))
  return isSpaced && between.length > 1 && between.slice(1, -1).every((text) => text.includes(","))
}
