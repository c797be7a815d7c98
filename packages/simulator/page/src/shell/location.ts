import { useSyncExternalStore } from "react"

/** Where the page is, as a URL. The address holds all that a link should bring back. */
export function useLocation(): URL {
  return new URL(useSyncExternalStore(subscribe, () => location.href))
}

/** Goes to another view without loading the page anew. */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", to)
  else history.pushState(null, "", to)
  for (const tell of listeners) tell()
}

/** The present address with some of its parameters set, or removed where they are null. */
export function withParameters(url: URL, parameters: Readonly<Record<string, string | null>>, pathname = url.pathname) {
  const changed = new URL(pathname + url.search, url)
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) changed.searchParams.delete(name)
    else changed.searchParams.set(name, value)
  }
  return changed.pathname + changed.search
}

const listeners = new Set<() => void>()

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  addEventListener("popstate", tell)
  return () => {
    listeners.delete(tell)
    removeEventListener("popstate", tell)
  }
}
