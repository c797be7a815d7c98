import { useCallback, useEffect, useRef, useState } from "react"
import { fetchJson } from "../shell/read-json.ts"

export interface Polled<T> {
  /** The newest answer; undefined until the first. */
  readonly value: T | undefined
  /** False while the simulator does not answer. */
  readonly isOnline: boolean
  /** Asks at once. */
  readonly refresh: () => void
}

/** Asks a path again and again while the page is in sight; an answer for another path is never given. */
export function usePolled<T>(path: string, everyMs: number, isWanted = true): Polled<T> {
  const [held, setHeld] = useState<{ readonly path: string; readonly value: T }>()
  const [isOnline, setOnline] = useState(true)
  const askNow = useRef<() => void>(undefined)
  const refresh = useCallback(() => askNow.current?.(), [])

  useEffect(() => {
    if (!isWanted) return undefined
    const stop = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let turns = 0
    const run = async (): Promise<void> => {
      const turn = ++turns
      // Asked again meanwhile: what is still on its way may be from before a change.
      const isOver = (): boolean => stop.signal.aborted || turn !== turns
      clearTimeout(timer)
      if (!document.hidden) {
        try {
          const value = await fetchJson<T>(path, { signal: stop.signal })
          if (isOver()) return
          setHeld({ path, value })
          setOnline(true)
        } catch {
          if (isOver()) return
          setOnline(false)
        }
      }
      timer = setTimeout(() => void run(), everyMs)
    }
    const onVisible = (): void => {
      if (!document.hidden) void run()
    }
    document.addEventListener("visibilitychange", onVisible)
    askNow.current = () => void run()
    void run()
    return () => {
      stop.abort()
      clearTimeout(timer)
      askNow.current = undefined
      document.removeEventListener("visibilitychange", onVisible)
    }
  }, [path, everyMs, isWanted])

  return { value: held?.path === path ? held.value : undefined, isOnline, refresh }
}
