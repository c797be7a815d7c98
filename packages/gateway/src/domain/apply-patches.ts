import type { RecipientState } from "@wecom-push/protocol/delivery"
import { isMalformed } from "./malformed.ts"
import type { RecipientPatch } from "../ports/outbox.ts"
import type { RecipientChunk, RecipientDetail } from "./recipients.ts"
import type { StateCounts } from "./states.ts"

export interface PatchContext {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Recipients that only the settle of their own call may change. */
  readonly isHeld?: (chunk: number, place: number) => boolean
  /** True where a call tells when its recipients reached their state. */
  readonly toldByCall?: boolean
}

export interface PatchesApplied {
  readonly counts: StateCounts
  /** Indexes of the chunks that are no longer as they were. */
  readonly touched: ReadonlySet<number>
  /** How many recipients changed; one that two patches changed counts twice. */
  readonly changed: number
}

/**
 * Applies patches, in their order, to chunks that the caller owns, and recounts. A patch of a chunk that is not there,
 * or of a place beyond its end, changes nothing.
 */
export function applyPatches(
  before: StateCounts,
  chunks: ReadonlyMap<number, RecipientChunk>,
  patches: readonly RecipientPatch[],
  context: PatchContext,
): PatchesApplied {
  const counts = { ...before }
  const touched = new Set<number>()
  let changed = 0
  for (const patch of patches) {
    const chunk = chunks.get(patch.chunk)
    if (chunk === undefined) continue
    const detail = detailAfter(patch, context)
    const changedBefore = changed
    const length = patch.places === "all" ? chunk.states.length : patch.places.length
    for (let index = 0; index < length; index++) {
      const place = patch.places === "all" ? index : patch.places[index]
      const state = place === undefined ? undefined : chunk.states[place]
      if (place === undefined || state === undefined || !applies(patch, chunk, place, state)) continue
      if (context.isHeld?.(patch.chunk, place) === true) continue
      counts[state]--
      counts[patch.state]++
      chunk.states[place] = patch.state
      if (patch.userids !== undefined) chunk.userids[place] = patch.userids?.[index] ?? null
      if (patch.call !== undefined) chunk.calls[place] = patch.call
      if (detail === undefined) delete chunk.details[place]
      else chunk.details[place] = detail
      changed++
    }
    if (changed > changedBefore) touched.add(patch.chunk)
  }
  return { counts, touched, changed }
}

function applies(patch: RecipientPatch, chunk: RecipientChunk, place: number, state: RecipientState): boolean {
  const { from, ofCall, exceptMalformed } = patch
  if (!from.includes(state)) return false
  if (exceptMalformed === true && isMalformed(chunk.details[place])) return false
  if (ofCall === undefined) return true
  const call = chunk.calls[place] ?? null
  return typeof ofCall === "number" ? call === ofCall : call !== null && ofCall.has(call)
}

function detailAfter({ state, detail }: RecipientPatch, { at, toldByCall }: PatchContext): RecipientDetail | undefined {
  if (state === "pending" || toldByCall === true) return detail
  return { at, ...detail }
}
