import type { Conversation } from "../../../src/ledger.ts"

/**
 * The messages that were deleted on phones in this browser. The simulator keeps them, and control paths still show
 * them: a test that runs at the same time must find its messages, whatever is deleted here.
 */
export interface Deleted {
  /** The simulator's run; deletions of another run no longer apply. */
  readonly run: string
  /** Single messages, by userid. */
  readonly turns: Readonly<Record<string, readonly number[]>>
  /** The turn up to which everything was deleted, by userid, or by userid and conversation. */
  readonly clearedTo: Readonly<Record<string, number>>
}

export type DeletedAction =
  | { readonly kind: "some"; readonly run: string; readonly userid: string; readonly turns: readonly number[] }
  | {
      readonly kind: "all"
      readonly run: string
      readonly userid: string
      readonly conversation: Conversation | null
      readonly turn: number
    }
  | { readonly kind: "shown again"; readonly run: string; readonly userid: string }

/** Many more than anyone deletes by hand. */
const MOST_TURNS = 1000

export function deletedReducer(deleted: Deleted, action: DeletedAction): Deleted {
  const { run, userid } = action
  const { turns, clearedTo } = deleted.run === run ? deleted : NOTHING
  if (action.kind === "some") {
    const ofPhone = [...(turns[userid] ?? []), ...action.turns].slice(-MOST_TURNS)
    return { run, clearedTo, turns: { ...turns, [userid]: ofPhone } }
  }
  if (action.kind === "all") {
    return { run, turns, clearedTo: { ...clearedTo, [placeOf(userid, action.conversation)]: action.turn } }
  }
  const isOther = ([place]: readonly [string, unknown]): boolean => place.split(" ")[0] !== userid
  return {
    run,
    turns: Object.fromEntries(Object.entries(turns).filter(isOther)),
    clearedTo: Object.fromEntries(Object.entries(clearedTo).filter(isOther)),
  }
}

export function isDeleted(
  deleted: Deleted,
  run: string,
  userid: string,
  { turn, conversation }: { readonly turn: number; readonly conversation: Conversation },
): boolean {
  if (deleted.run !== run) return false
  const { turns, clearedTo } = deleted
  const cleared = Math.max(clearedTo[placeOf(userid, null)] ?? 0, clearedTo[placeOf(userid, conversation)] ?? 0)
  return turn <= cleared || turns[userid]?.includes(turn) === true
}

/** A blank separates the parts, because no userid contains one. */
const placeOf = (userid: string, conversation: Conversation | null): string =>
  conversation === null ? userid : `${userid} ${conversation}`

const NOTHING: Deleted = { run: "", turns: {}, clearedTo: {} }
const KEY = "wecom-push-deleted"

/** The deletions that this browser has stored. */
export function readDeleted(): Deleted {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null")
    return isKept(kept) ? kept : NOTHING
  } catch {
    return NOTHING
  }
}

export function keepDeleted(deleted: Deleted): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(deleted))
  } catch {
    // In a browser that stores nothing, the deletions last until the page is reloaded.
  }
}

function isKept(kept: unknown): kept is Deleted {
  return typeof kept === "object" && kept !== null && "run" in kept && "turns" in kept && "clearedTo" in kept
}
