import { createContext, use } from "react"
import { WORDS, type Words } from "./words.ts"

export type Language = "zh" | "en"

/** What the address asks for, or else what the server found in the browser's own wish. */
export function languageOf(url: URL): Language {
  const wanted = url.searchParams.get("lang")
  if (wanted === "zh" || wanted === "en") return wanted
  return SERVED.startsWith("zh") ? "zh" : "en"
}

const SERVED = document.documentElement.lang

export const LanguageContext = createContext<Language>("en")

export function useLanguage(): Language {
  return use(LanguageContext)
}

export function useWords(): Words {
  return WORDS[use(LanguageContext)]
}
