import { isMalformed } from "./malformed.ts"
import type { RecipientUpdate } from "../ports/outbox.ts"
import type { RecipientChunk, RecipientDetail } from "./recipients.ts"
import type { RecipientState, StateCounts } from "./states.ts"

export interface UpdateContext {
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
  /** How many recipients changed; one that two updates changed counts twice. */
  readonly changed: number
}

/**
 * Applies updates, in their order, to chunks that the caller owns, and recounts. A update of a chunk that is not there,
 * or of a place beyond its end, changes nothing.
 */
export function applyUpdates(
  before: StateCounts,
  chunks: ReadonlyMap<number, RecipientChunk>,
  updates: readonly RecipientUpdate[],
  context: UpdateContext,
): PatchesApplied {
  const counts = { ...before }
  const touched = new Set<number>()
  let changed = 0
  for (const update of updates) {
    const chunk = chunks.get(update.chunk)
    if (chunk === undefined) continue
    const detail = detailAfter(update, context)
    const changedBefore = changed
    const length = update.places === "all" ? chunk.states.length : update.places.length
    for (let index = 0; index < length; index++) {
      const place = update.places === "all" ? index : update.places[index]
      const state = place === undefined ? undefined : chunk.states[place]
      if (place === undefined || state === undefined || !applies(update, chunk, place, state)) continue
      if (context.isHeld?.(update.chunk, place) === true) continue
      counts[state]--
      counts[update.state]++
      chunk.states[place] = update.state
      if (update.userids !== undefined) chunk.userids[place] = update.userids?.[index] ?? null
      if (update.call !== undefined) chunk.calls[place] = update.call
      if (detail === undefined) delete chunk.details[place]
      else chunk.details[place] = detail
      changed++
    }
    if (changed > changedBefore) touched.add(update.chunk)
  }
  return { counts, touched, changed }
}

function applies(update: RecipientUpdate, chunk: RecipientChunk, place: number, state: RecipientState): boolean {
  const { from, ofCall, exceptMalformed } = update
  if (!from.includes(state)) return false
  if (exceptMalformed === true && isMalformed(chunk.details[place])) return false
  if (ofCall === undefined) return true
  const call = chunk.calls[place] ?? null
  return typeof ofCall === "number" ? call === ofCall : call !== null && ofCall.has(call)
}

function detailAfter(
  { state, detail }: RecipientUpdate,
  { at, toldByCall }: UpdateContext,
): RecipientDetail | undefined {
  if (state === "pending" || toldByCall === true) return detail
  return { at, ...detail }
}
