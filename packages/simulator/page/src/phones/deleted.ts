import type { Conversation } from "../../../src/ledger.ts"

/**
 * What was deleted on phones in this browser. The simulator keeps it, and control paths still show it: a test that runs
 * at the same time must find what it sent, whatever is deleted here.
 */
export interface Deleted {
  /** Nothing of another run is there any more. */
  readonly run: string
  /** Single messages, by userid. */
  readonly turns: Readonly<Record<string, readonly number[]>>
  /** By userid, or userid and app: everything up to that turn. */
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

/** Far more than are deleted by hand. */
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

/** No userid has a space in it. */
const placeOf = (userid: string, conversation: Conversation | null): string =>
  conversation === null ? userid : `${userid} ${conversation}`

const NOTHING: Deleted = { run: "", turns: {}, clearedTo: {} }
const KEY = "wecom-push-deleted"

/** As this browser keeps it. */
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
    // A browser that keeps nothing has it until the page is loaded anew.
  }
}

function isKept(kept: unknown): kept is Deleted {
  return typeof kept === "object" && kept !== null && "run" in kept && "turns" in kept && "clearedTo" in kept
}
