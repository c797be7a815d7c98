import { useCallback, useEffect, useMemo, useReducer } from "react"
import type { TimelineEntry } from "../../../src/phones/feed-events.ts"
import { deletedReducer, isDeleted, keepDeleted, readDeleted } from "./deleted.ts"
import type { PhoneState } from "./phone-state.ts"
import type { PhoneChoice } from "./use-phone.ts"

/** The deletions of one phone, and the entries that are left. */
export interface Deletions {
  /** The entries that are left, oldest first. */
  readonly visible: readonly TimelineEntry[]
  /** Whether some of the held entries were deleted. */
  readonly areThere: boolean
  readonly deleteOne: (turn: number) => void
  /** Deletes everything that is shown now and everything older; during a search, only what was found. */
  readonly clear: () => void
  readonly showAgain: () => void
}

export function useDeletions({ userid, conversation, text }: PhoneChoice, phone: PhoneState | undefined): Deletions {
  const [deleted, act] = useReducer(deletedReducer, undefined, readDeleted)
  useEffect(() => keepDeleted(deleted), [deleted])
  const entries = phone?.entries ?? NONE
  const run = phone?.run ?? ""
  const visible = useMemo(
    () => entries.filter((entry) => !isDeleted(deleted, run, userid, entry)),
    [entries, deleted, run, userid],
  )
  const deleteOne = useCallback((turn: number) => act({ kind: "some", run, userid, turns: [turn] }), [run, userid])
  return {
    visible,
    areThere: visible.length < entries.length,
    deleteOne,
    clear: () => {
      if (visible.length === 0) return
      if (text === "") act({ kind: "all", run, userid, conversation, turn: entries.at(-1)?.turn ?? 0 })
      else act({ kind: "some", run, userid, turns: visible.map(({ turn }) => turn) })
    },
    showAgain: () => act({ kind: "shown again", run, userid }),
  }
}

const NONE: readonly TimelineEntry[] = []
