import Negotiator from "negotiator"
import type { Language } from "@wecom-push/protocol"

/** The language a client would rather read, out of its `Accept-Language`; English where it does not say. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > MAX_LENGTH) return "en"
  const wanted = new Negotiator({ headers: { "accept-language": acceptLanguage } }).language(LANGUAGES)
  return LANGUAGES.find((language) => language === wanted) ?? "en"
}

/** Longer than any browser's; what is longer is no wish. */
const MAX_LENGTH = 1000
/** English first: it is what "any" means. */
const LANGUAGES: readonly Language[] = ["en", "zh"]
