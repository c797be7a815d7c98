import Negotiator from "negotiator"
import type { Language } from "@wecom-push/protocol"

/** The language that a client prefers, from its `Accept-Language`; English if it names none of ours. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > MAX_LENGTH) return "en"
  const wanted = new Negotiator({ headers: { "accept-language": acceptLanguage } }).language(LANGUAGES)
  return LANGUAGES.find((language) => language === wanted) ?? "en"
}

/** Longer than the header of any browser; a longer one is ignored. */
const MAX_LENGTH = 1000
/** English comes first, because it is used for "any". */
const LANGUAGES: readonly Language[] = ["en", "zh"]
