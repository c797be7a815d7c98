import { useridKey } from "@wecom-push/protocol"
import { targetKey } from "@wecom-push/protocol/delivery"
import { chunkOf, slotOf } from "./recipients.ts"
import type { RecipientChunk, RecipientPosition } from "./recipients.ts"
import { addTo, isLookedUp, targetOf } from "./target.ts"
import type { CallTarget, OpenTarget } from "./target.ts"

/**
 * The targets of a frozen call and their recipients, after the process that froze it has ended. Userids are stored only
 * with the outcome, so those that were looked up are read back from the body, which lists members in the order of their
 * recipients. (Where two recipients were one member, their userids were stored first.)
 */
export function callTargets(
  usersInBody: readonly string[],
  positions: readonly RecipientPosition[],
  chunks: ReadonlyMap<number, RecipientChunk>,
): CallTarget[] {
  const rows = positions.flatMap((position) => {
    const chunk = chunks.get(chunkOf(position))
    return chunk === undefined ? [] : [{ position, chunk, known: targetOf(chunk, slotOf(position)) }]
  })
  const known = new Set(rows.flatMap(({ known }) => (known?.kind === "user" ? [useridKey(known.id)] : [])))
  const others = usersInBody.values().filter((userid) => !known.has(useridKey(userid)))
  const targets = new Map<string, OpenTarget>()
  for (const { position, chunk, known } of rows) {
    const { kind, id } = known ?? { kind: "user", id: others.next().value ?? "" }
    const slot = slotOf(position)
    const isRemembered = isLookedUp(chunk.types[slot] ?? "user") && chunk.details[slot]?.fresh !== true
    const key = targetKey(kind, id)
    const target = targets.get(key)
    if (target === undefined) targets.set(key, { kind, id, key, positions: [position], remembered: [isRemembered] })
    else addTo(target, position, isRemembered)
  }
  return [...targets.values()]
}
