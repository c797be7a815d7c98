import { createContext, use } from "react"
import type { Language } from "../shell/language.ts"
import { PANEL_WORDS, type PanelWords } from "./words.ts"

/** Set by the panel for all its parts, which thereby can be drawn without a browser. */
export const PanelLanguage = createContext<Language>("en")

export function usePanelLanguage(): Language {
  return use(PanelLanguage)
}

export function usePanelWords(): PanelWords {
  return PANEL_WORDS[use(PanelLanguage)]
}
