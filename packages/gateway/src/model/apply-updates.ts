import type { RecipientState, StateCounts } from "@wecom-push/protocol/delivery"
import { isMalformed } from "./malformed.ts"
import type { RecipientUpdate } from "./ports/outbox.ts"
import type { RecipientChunk, RecipientDetail } from "./recipients.ts"

export interface UpdateContext {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Recipients that only the settle of their own call may change. */
  readonly isHeld?: (chunk: number, slot: number) => boolean
  /** True where a call has the time at which its recipients reached their state. */
  readonly timedByCall?: boolean
}

export interface UpdatesApplied {
  readonly counts: StateCounts
  /** Indexes of the chunks that changed. */
  readonly touched: ReadonlySet<number>
  /** How many recipients changed; one that two updates changed counts twice. */
  readonly changed: number
}

/**
 * Applies updates, in order, to chunks that the caller owns, and recounts. An update of a missing chunk, or of a slot
 * beyond its end, changes nothing.
 */
export function applyUpdates(
  before: StateCounts,
  chunks: ReadonlyMap<number, RecipientChunk>,
  updates: readonly RecipientUpdate[],
  context: UpdateContext,
): UpdatesApplied {
  const counts = { ...before }
  const touched = new Set<number>()
  let changed = 0
  for (const update of updates) {
    const chunk = chunks.get(update.chunk)
    if (chunk === undefined) continue
    const detail = detailAfter(update, context)
    const changedBefore = changed
    const length = update.slots === "all" ? chunk.states.length : update.slots.length
    for (let index = 0; index < length; index++) {
      const slot = update.slots === "all" ? index : update.slots[index]
      const state = slot === undefined ? undefined : chunk.states[slot]
      if (slot === undefined || state === undefined || !applies(update, chunk, slot, state)) continue
      if (context.isHeld?.(update.chunk, slot) === true) continue
      counts[state]--
      counts[update.state]++
      chunk.states[slot] = update.state
      if (update.userids !== undefined) chunk.userids[slot] = update.userids?.[index] ?? null
      if (update.call !== undefined) chunk.calls[slot] = update.call
      const after = withApp(detail, chunk.details[slot]?.app)
      if (after === undefined) delete chunk.details[slot]
      else chunk.details[slot] = after
      changed++
    }
    if (changed > changedBefore) touched.add(update.chunk)
  }
  return { counts, touched, changed }
}

/**
 * Keeps the other app that a recipient got the message from, or waits for: such a recipient never becomes the message's
 * own again.
 */
function withApp(detail: RecipientDetail | undefined, app: string | undefined): RecipientDetail | undefined {
  return app === undefined || detail?.app !== undefined ? detail : { ...detail, app }
}

function applies(update: RecipientUpdate, chunk: RecipientChunk, slot: number, state: RecipientState): boolean {
  const { from, ofCall, exceptMalformed } = update
  if (!from.includes(state)) return false
  if (exceptMalformed === true && isMalformed(chunk.details[slot])) return false
  if (ofCall === undefined) return true
  const call = chunk.calls[slot] ?? null
  return typeof ofCall === "number" ? call === ofCall : call !== null && ofCall.has(call)
}

function detailAfter(
  { state, detail }: RecipientUpdate,
  { at, timedByCall }: UpdateContext,
): RecipientDetail | undefined {
  if (state === "pending" || timedByCall === true) return detail
  return { at, ...detail }
}
