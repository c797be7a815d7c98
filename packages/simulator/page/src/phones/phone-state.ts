import type {
  MemberView,
  PhoneApp,
  PhoneView,
  TimelineChanges,
  TimelineEntry,
  TimelinePage,
} from "../../../src/phones/feed-events.ts"

/** The part of one phone that the page holds. */
export interface PhoneState {
  readonly run: string
  readonly member: MemberView | null
  readonly apps: readonly PhoneApp[]
  /** Oldest first, without gaps. */
  readonly entries: readonly TimelineEntry[]
  /** The turn from which to load older entries; null at the beginning. */
  readonly before: number | null
  readonly keptBack: number
  /** Changes when the entries replace the earlier ones completely. */
  readonly generation: number
}

export type PhoneAction =
  | { readonly kind: "phone"; readonly view: PhoneView }
  | { readonly kind: "changes"; readonly changes: TimelineChanges }
  /** An older page, the one requested before `before`. */
  | { readonly kind: "older"; readonly run: string; readonly before: number; readonly page: TimelinePage }
  | { readonly kind: "reset" }
  /** Another phone, or another part of this one, is shown now. */
  | { readonly kind: "closed" }

/** The state is undefined until the first data of the phone arrives. */
export function phoneReducer(state: PhoneState | undefined, action: PhoneAction): PhoneState | undefined {
  if (action.kind === "phone") return withPhone(state, action.view)
  if (action.kind === "closed" || state === undefined) return undefined
  if (action.kind === "changes") return withChanges(state, action.changes)
  if (action.kind === "reset") {
    return { ...state, entries: [], before: null, keptBack: 0, generation: state.generation + 1 }
  }
  // In the meantime everything may have been forgotten, or the same page may have been requested twice.
  if (action.run !== state.run || action.before !== state.before) return state
  return { ...state, entries: [...action.page.entries, ...state.entries], before: action.page.before }
}

function withChanges(state: PhoneState, { entries, kept_back: keptBack }: TimelineChanges): PhoneState {
  return trimmed({
    ...state,
    keptBack,
    entries: merged(state.entries, entries, state.before),
  })
}

function withPhone(state: PhoneState | undefined, view: PhoneView): PhoneState {
  const { run, member, apps, timeline, kept_back: keptBack } = view
  const known = { run, member, apps, keptBack }
  if (state !== undefined && state.run === run && meets(state.entries, timeline)) {
    return { ...state, ...known, entries: merged(state.entries, timeline.entries, state.before) }
  }
  return { ...known, entries: timeline.entries, before: timeline.before, generation: (state?.generation ?? 0) + 1 }
}

/**
 * Whether nothing can be missing between the held entries and the new page: then, after a short break, the page stays
 * where it is.
 */
function meets(entries: readonly TimelineEntry[], { entries: newest, before }: TimelinePage): boolean {
  const last = entries.at(-1)?.turn
  if (before === null) return true
  const [first] = newest
  return last !== undefined && first !== undefined && first.turn <= last
}

/** Inserts new entries at their places and replaces changed ones. Entries older than all held ones are left out. */
function merged(
  entries: readonly TimelineEntry[],
  changes: readonly TimelineEntry[],
  before: number | null,
): readonly TimelineEntry[] {
  if (changes.length === 0) return entries
  const result = [...entries]
  for (const change of changes) {
    if (before !== null && change.turn < before) continue
    const index = placeOf(change.turn, result)
    result.splice(index, result[index]?.turn === change.turn ? 1 : 0, change)
  }
  return result
}

/** The index at which an entry of that turn is, or would be inserted. */
function placeOf(turn: number, entries: readonly TimelineEntry[]): number {
  let [low, high] = [0, entries.length]
  // Nearly all entries that arrive are the newest.
  if ((entries.at(-1)?.turn ?? 0) < turn) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.turn ?? 0) < turn) low = middle + 1
    else high = middle
  }
  return low
}

// A page left open for days under load must not grow without end; older entries are fetched again when the user scrolls
// to them.
const MOST_ENTRIES = 20_000
const KEPT_ENTRIES = 15_000

function trimmed(state: PhoneState): PhoneState {
  if (state.entries.length <= MOST_ENTRIES) return state
  const entries = state.entries.slice(-KEPT_ENTRIES)
  return { ...state, entries, before: entries[0]?.turn ?? null }
}
