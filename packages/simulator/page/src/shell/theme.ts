import { useSyncExternalStore } from "react"

export type ThemeName = "system" | "light" | "dark"

const NAMES = ["system", "light", "dark"] as const satisfies ThemeName[]
const KEY = "wecom-push-theme"
const listeners = new Set<() => void>()

/** The theme chosen in this browser. */
export function useTheme(): ThemeName {
  return useSyncExternalStore(subscribe, () => theme)
}

export function chooseTheme(name: ThemeName): void {
  theme = name
  apply()
  try {
    localStorage.setItem(KEY, name)
  } catch {
    // In a browser that stores nothing, the choice lasts until the page is reloaded.
  }
  for (const tell of listeners) tell()
}

export function themeAfter(name: ThemeName): ThemeName {
  return NAMES[(NAMES.indexOf(name) + 1) % NAMES.length] ?? "system"
}

/** Called before anything is drawn, so that the page never appears in the other theme first. */
export function apply(): void {
  if (theme === "system") delete document.documentElement.dataset["theme"]
  else document.documentElement.dataset["theme"] = theme
}

let theme = kept()

function kept(): ThemeName {
  try {
    const name = localStorage.getItem(KEY)
    return NAMES.find((one) => one === name) ?? "system"
  } catch {
    return "system"
  }
}

function subscribe(tell: () => void): () => void {
  listeners.add(tell)
  return () => listeners.delete(tell)
}
