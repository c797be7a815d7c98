import { describeErrcode } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import { explainReason } from "@wecom-push/protocol/delivery"
import { say } from "./texts.ts"

/**
 * Why a recipient was not reached and what to do, in words; empty when there is nothing to say.
 * @param asker who looked them up: what the command itself remembers is asked again by a flag
 */
export function reasonSentence(
  reason: string | undefined,
  errcode: number | undefined,
  language: Language,
  asker: "command" | "gateway" = "command",
): string {
  const space = language === "zh" ? "" : " "
  if (asker === "command" && reason?.endsWith("no_visible_member_cached") === true) {
    const asked = reason.replace(/_cached$/, "")
    return `${explainReason(asked, language)}${space}${say(language, "cachedMiss")}`
  }
  const sentences = reason === undefined ? [] : [explainReason(reason, language)]
  if (errcode !== undefined && errcode !== 0 && (reason === undefined || /refused/.test(reason))) {
    const { meaning, todo } = describeErrcode(errcode)
    sentences.push(`${errcode}${language === "zh" ? "：" : ": "}${meaning[language]}`, todo[language])
  }
  return sentences.join(space)
}
