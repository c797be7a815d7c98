import type { Language } from "@wecom-push/protocol"

/**
 * The language of everything we say: `--lang` if it is one we speak, else the locale (POSIX: `LC_ALL` beats
 * `LC_MESSAGES` beats `LANG`), else English.
 */
export function pickLanguage(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): Language {
  if (flag === "zh" || flag === "en") return flag
  const locale = [env["LC_ALL"], env["LC_MESSAGES"], env["LANG"]].find((value) => value !== undefined && value !== "")
  return locale !== undefined && /^zh/i.test(locale) ? "zh" : "en"
}
