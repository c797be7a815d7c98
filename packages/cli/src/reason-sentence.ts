import { describeErrcode } from "@wecom-push/protocol"
import type { Language } from "@wecom-push/protocol"
import { explainReason } from "@wecom-push/sdk"
import { say } from "./texts.ts"

/** Why a recipient was not reached and what to do, in words; empty when there is nothing to say. */
export function reasonSentence(reason: string | undefined, errcode: number | undefined, language: Language): string {
  const space = language === "zh" ? "" : " "
  if (reason?.endsWith("no_visible_member_cached") === true) {
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
