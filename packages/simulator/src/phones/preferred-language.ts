import type { Language } from "@wecom-push/protocol"

/** The one of our two languages that an Accept-Language header prefers. */
export function preferredLanguage(header = ""): Language {
  const ranked = header
    .split(",")
    .map((item) => {
      const [tag = "", ...parameters] = item.trim().toLowerCase().split(";")
      const weight = parameters.map((parameter) => /^\s*q=([\d.]+)$/.exec(parameter)?.[1]).find((q) => q !== undefined)
      return { tag: tag.split("-")[0], weight: Number(weight ?? 1) }
    })
    .filter(({ tag, weight }) => (tag === "zh" || tag === "en") && weight > 0)
    .sort((a, b) => b.weight - a.weight)
  return ranked[0]?.tag === "zh" ? "zh" : "en"
}
