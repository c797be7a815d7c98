import type { CallItem } from "./call-item.ts"
import { CALLS_PER_PAGE, mergeCalls } from "./merge-calls.ts"

/** The calls on the page, oldest first. */
export interface CallList {
  /** Which filter they fit. */
  readonly query: string
  /** Undefined until the first answer. */
  readonly calls: readonly CallItem[] | undefined
  /** Newer ones that wait until the reader of the list wants them; at most a page is counted. */
  readonly waiting: number
  readonly hasOlder: boolean
}

export const NO_CALLS: CallList = { query: "", calls: undefined, waiting: 0, hasOlder: false }

/**
 * @param fresh the newest calls that fit, oldest first
 * @param isRead the user is reading in the list: nothing there may move, so that new calls have to wait
 */
export function withFresh(list: CallList, query: string, fresh: readonly CallItem[], isRead: boolean): CallList {
  const held = list.query === query ? list.calls : undefined
  const newest = held?.at(-1)?.seq
  // Numbers that fall are those of a simulator that was reset.
  const wasReset = newest !== undefined && (fresh.at(-1)?.seq ?? 0) < newest
  if (held === undefined || newest === undefined || wasReset || !isRead) {
    const calls = mergeCalls(wasReset ? [] : (held ?? []), fresh)
    const isAnew = calls.length === fresh.length && (held === undefined || held[0]?.seq !== calls[0]?.seq)
    const hasOlder = isAnew ? fresh.length === CALLS_PER_PAGE && fresh[0]?.seq !== 1 : list.hasOlder
    return { query, calls, waiting: 0, hasOlder }
  }
  const bySeq = new Map(fresh.map((call) => [call.seq, call]))
  const calls = held.map((call) => bySeq.get(call.seq) ?? call)
  return { ...list, calls, waiting: fresh.filter(({ seq }) => seq > newest).length }
}

/**
 * @param before the number of the oldest that was held when they were asked for
 * @param older the page before it
 */
export function withOlder(list: CallList, query: string, before: number, older: readonly CallItem[]): CallList {
  const { calls = [] } = list
  // The list began anew meanwhile, or is another: what lies in between would be missing.
  if (list.query !== query || calls[0]?.seq !== before) return list
  return { ...list, calls: [...older, ...calls], hasOlder: older.length === CALLS_PER_PAGE }
}
