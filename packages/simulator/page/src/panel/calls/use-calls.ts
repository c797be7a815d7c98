import { useCallback, useEffect, useRef, useState } from "react"
import { fetchJson } from "../../shell/read-json.ts"
import { usePolled } from "../use-polled.ts"
import type { CallItem } from "./call-item.ts"
import { NO_CALLS, withFresh, withOlder, type CallList } from "./call-list.ts"
import { CALLS_PER_PAGE } from "./merge-calls.ts"

interface Answer {
  readonly calls: readonly CallItem[]
}

export interface Calls extends CallList {
  readonly older: "idle" | "loading" | "failed"
  readonly loadOlder: () => void
  /** Takes in those that wait. */
  readonly takeWaiting: () => void
}

const EVERY_MS = 1500

/** @param isRead whether the user reads in the list at this moment */
export function useCalls(query: string | undefined, isRead: (calls: readonly CallItem[]) => boolean): Calls {
  const [list, setList] = useState(NO_CALLS)
  const [older, setOlder] = useState<Calls["older"]>("idle")
  const fresh = usePolled<Answer>(pathOf(query ?? "", {}), EVERY_MS, query !== undefined)
  const isReadNow = useRef(isRead)
  useEffect(() => {
    isReadNow.current = isRead
  })

  const { value } = fresh
  useEffect(() => {
    if (value === undefined || query === undefined) return
    setList((list) => withFresh(list, query, value.calls, isReadNow.current(list.calls ?? [])))
  }, [value, query])

  const isCurrent = list.query === query
  const oldest = list.calls?.[0]?.seq
  const loadOlder = useCallback(() => {
    if (query === undefined || oldest === undefined) return
    setOlder("loading")
    const load = async (): Promise<void> => {
      const { calls } = await fetchJson<Answer>(pathOf(query, { before: String(oldest) }))
      setList((list) => withOlder(list, query, oldest, calls))
      setOlder("idle")
    }
    load().catch(() => setOlder("failed"))
  }, [query, oldest])
  const takeWaiting = useCallback(() => {
    if (value === undefined || query === undefined) return
    setList((list) => withFresh(list, query, value.calls, false))
  }, [value, query])

  const shown = query === undefined ? { ...NO_CALLS, calls: [] } : isCurrent ? list : NO_CALLS
  return { ...shown, older, loadOlder, takeWaiting }
}

function pathOf(query: string, more: Readonly<Record<string, string>>): string {
  const parameters = new URLSearchParams(query)
  for (const [name, value] of Object.entries({ ...more, last: String(CALLS_PER_PAGE) })) parameters.set(name, value)
  return `/_sim/calls?${parameters.toString()}`
}
