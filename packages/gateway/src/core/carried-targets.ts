import { useridKey } from "@wecom-push/protocol"
import type { RecipientChunk, RecipientPosition } from "./recipients.ts"
import { isLookedUp, targetKey, targetOf } from "./target.ts"
import type { CarriedTarget } from "./target.ts"

/**
 * Whom a frozen call names and which recipients they are, after the process that froze it is gone. Userids are written
 * down with the outcome only, so those that were looked up are read back from the body: members stand in it in the
 * order of their recipients. Where two recipients were one member their userids were written down first.
 */
export function carriedTargets(
  body: string,
  positions: readonly RecipientPosition[],
  chunks: ReadonlyMap<number, RecipientChunk>,
): CarriedTarget[] {
  const named = namedUsers(body)
  const rows = positions.flatMap((position) => {
    const [index, place] = position
    const chunk = chunks.get(index)
    return chunk === undefined ? [] : [{ position, chunk, place }]
  })
  const memberRows = rows.filter(({ chunk, place }) => isMember(chunk, place))
  const isOneToOne = memberRows.length === named.length
  let next = 0
  const targets = new Map<string, CarriedTarget>()
  for (const { position, chunk, place } of rows) {
    const known = targetOf(chunk, place)
    const nth = isMember(chunk, place) ? named[next++] : undefined
    const userid = isOneToOne ? nth : named.find((id) => known !== undefined && useridKey(id) === useridKey(known.id))
    const kind = known?.kind ?? "user"
    const id = kind === "user" ? (userid ?? known?.id ?? "") : (known?.id ?? "")
    const remembered = isLookedUp(chunk.types[place] ?? "user") && chunk.details[place]?.fresh !== true
    const key = targetKey(kind, id)
    const target = targets.get(key)
    if (target === undefined) targets.set(key, { kind, id, key, positions: [position], remembered: [remembered] })
    else {
      target.positions.push(position)
      target.remembered.push(remembered)
    }
  }
  return [...targets.values()]
}

function isMember({ types }: RecipientChunk, place: number): boolean {
  const type = types[place]
  return type === "user" || (type !== undefined && isLookedUp(type))
}

function namedUsers(body: string): string[] {
  const { touser }: { touser?: unknown } = JSON.parse(body)
  return typeof touser === "string" && touser !== "" ? touser.split("|") : []
}
