import { useCallback, useEffect, useRef, useState } from "react"
import type { MemberPage, MemberRow } from "../../../src/phones/feed-events.ts"
import { fetchJson } from "../shell/read-json.ts"

export interface Members {
  /** How many members match; undefined until the first answer. */
  readonly total: number | undefined
  /** How many members the whole organisation has. */
  readonly of: number
  /** One row; undefined while it is being fetched. */
  readonly row: (index: number) => MemberRow | undefined
  /** Says which rows are on the screen, so that they are fetched. */
  readonly show: (first: number, last: number) => void
  /** Called when the order or the rows may have changed. */
  readonly refresh: () => void
}

interface Held {
  readonly query: string
  readonly total: number | undefined
  readonly of: number
  readonly pages: ReadonlyMap<number, readonly MemberRow[]>
}

const ROWS_PER_PAGE = 100
const NOTHING: Held = { query: "", total: undefined, of: 0, pages: new Map() }

/**
 * The list of members. Only visible rows are fetched, so an organisation of a hundred thousand needs no more than one
 * of ten.
 */
export function useMembers(query: string): Members {
  const [held, setHeld] = useState(NOTHING)
  const [seen, setSeen] = useState({ first: 0, last: 0 })
  const [version, setVersion] = useState(0)
  /** The version with which each page of the present query was fetched. */
  const versions = useRef(new Map<string, number>())

  useEffect(() => {
    const stop = new AbortController()
    for (let page = seen.first; page <= seen.last; page++) {
      const name = `${query}\n${page}`
      if (versions.current.get(name) === version) continue
      const take = async (): Promise<void> => {
        const answer = await fetchPage(query, page, stop.signal)
        versions.current.set(name, version)
        setHeld((held) => withPage(held, query, page, answer))
      }
      // The events show when the simulator is back; then everything is fetched again.
      take().catch(() => {})
    }
    return () => stop.abort()
  }, [query, seen, version])

  const show = useCallback((first: number, last: number): void => {
    const pages = { first: Math.floor(first / ROWS_PER_PAGE), last: Math.floor(last / ROWS_PER_PAGE) }
    setSeen((seen) => (seen.first === pages.first && seen.last === pages.last ? seen : pages))
  }, [])
  const refresh = useCallback(() => setVersion((version) => version + 1), [])
  const { pages } = held
  const row = useCallback(
    (index: number) => pages.get(Math.floor(index / ROWS_PER_PAGE))?.[index % ROWS_PER_PAGE],
    [pages],
  )
  return { total: held.total, of: held.of, row, show, refresh }
}

async function fetchPage(query: string, page: number, signal: AbortSignal): Promise<MemberPage> {
  const parameters = { query, offset: String(page * ROWS_PER_PAGE), limit: String(ROWS_PER_PAGE) }
  return fetchJson(`/_sim/members?${new URLSearchParams(parameters).toString()}`, { signal })
}

function withPage(held: Held, query: string, page: number, { total, of, members }: MemberPage): Held {
  const pages = new Map(held.query === query ? held.pages : [])
  pages.set(page, members)
  return { query, total, of, pages }
}
