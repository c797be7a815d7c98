import { useCallback, useEffect, useEffectEvent, useReducer, useRef, useState } from "react"
import type { Conversation } from "../../../src/ledger.ts"
import type { Arrival, FeedEvent, ShownEntry, TimelinePage } from "../../../src/phones/feed-events.ts"
import { fetchJson } from "../shell/read-json.ts"
import { follow } from "./follow/follow.ts"
import { phoneReducer, type PhoneState } from "./phone-state.ts"

/** Which part of which phone is looked at. */
export interface PhoneChoice {
  /** Empty: no phone; then only arrivals elsewhere are reported. */
  readonly userid: string
  readonly conversation: Conversation | null
  readonly withKeptBack: boolean
  /** Only messages that have it in one of their texts. Empty: all. */
  readonly text: string
}

export interface LivePhone {
  /** Undefined until the simulator has sent it. */
  readonly phone: PhoneState | undefined
  readonly isOnline: boolean
  readonly older: "idle" | "loading" | "failed"
  /** Fetches a stretch of what came before. */
  readonly loadOlder: () => void
}

export interface PhoneListener {
  readonly onArrived: (arrivals: readonly Arrival[]) => void
  /** New on the phone that is looked at, or changed there. */
  readonly onShown: (entries: readonly ShownEntry[]) => void
  /** The organisation is another, or everything is forgotten, or the simulator is back. */
  readonly onMembersChanged: () => void
  readonly onReset: () => void
}

/** Follows one phone by the simulator's events. */
export function usePhone(choice: PhoneChoice, listener: PhoneListener): LivePhone {
  const [phone, dispatch] = useReducer(phoneReducer, undefined)
  const [isOnline, setOnline] = useState(true)
  const [older, setOlder] = useState<LivePhone["older"]>("idle")
  const query = queryOf(choice)
  const loading = useRef<AbortController>(undefined)

  const take = useEffectEvent((events: readonly FeedEvent[]): void => {
    for (const event of events) {
      if (event.event === "phone") dispatch({ kind: "phone", view: event.data })
      if (event.event === "changes") {
        dispatch({ kind: "changes", changes: event.data })
        listener.onShown(event.data.entries.filter((entry) => entry.kind === "shown"))
      }
      if (event.event === "arrived") listener.onArrived(event.data)
      if (event.event === "reset") {
        dispatch({ kind: "reset" })
        listener.onReset()
      }
      if (event.event === "org" || event.event === "reset") listener.onMembersChanged()
    }
  })
  const onBack = useEffectEvent(() => {
    if (!isOnline) listener.onMembersChanged()
    setOnline(true)
  })

  useEffect(() => {
    const stop = follow(query, { onOpen: onBack, onLost: () => setOnline(false), onEvents: take })
    return () => {
      stop()
      loading.current?.abort()
      dispatch({ kind: "closed" })
      setOlder("idle")
    }
  }, [query])

  const before = phone?.before ?? null
  const run = phone?.run ?? ""
  const { userid } = choice
  const loadOlder = useCallback(() => {
    if (before === null || loading.current?.signal.aborted === false) return
    const stop = new AbortController()
    loading.current = stop
    const load = async (): Promise<void> => {
      dispatch({ kind: "older", run, before, page: await fetchOlder(userid, query, before, stop.signal) })
    }
    const end = (state: "idle" | "failed"): void => {
      // The answer for another phone says nothing about this one.
      if (!stop.signal.aborted) setOlder(state)
      stop.abort()
    }
    setOlder("loading")
    load().then(
      () => end("idle"),
      () => end("failed"),
    )
  }, [before, run, userid, query])

  return { phone, isOnline, older, loadOlder }
}

const OLDER_ENTRIES = 100

async function fetchOlder(userid: string, query: string, before: number, signal: AbortSignal): Promise<TimelinePage> {
  return fetchJson(
    `/_sim/phones/${encodeURIComponent(userid)}/timeline?${query}&before=${before}&limit=${OLDER_ENTRIES}`,
    { signal },
  )
}

function queryOf({ userid, conversation, withKeptBack, text }: PhoneChoice): string {
  return new URLSearchParams({
    userid,
    ...(conversation === null ? {} : { conversation: String(conversation) }),
    ...(withKeptBack ? { kept_back: "true" } : {}),
    ...(text === "" ? {} : { text }),
  }).toString()
}
