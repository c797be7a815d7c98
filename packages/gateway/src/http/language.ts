import type { Language } from "@wecom-push/protocol"

/** The language a client would rather read, out of its `Accept-Language`; English where it does not say. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > MAX_LENGTH) return "en"
  let best: { readonly language: Language; readonly quality: number } | undefined
  for (const range of acceptLanguage.split(",")) {
    const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase())
    const language = tag === "*" ? "en" : LANGUAGES[tag.split("-")[0] ?? ""]
    if (language === undefined) continue
    const quality = qualityOf(parameters)
    if (quality > 0 && (best === undefined || quality > best.quality)) best = { language, quality }
  }
  return best?.language ?? "en"
}

const MAX_LENGTH = 1000
const LANGUAGES: Readonly<Record<string, Language>> = { en: "en", zh: "zh" }

function qualityOf(parameters: readonly string[]): number {
  const written = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2)
  const quality = written === undefined ? 1 : Number(written)
  return Number.isNaN(quality) ? 0 : quality
}
