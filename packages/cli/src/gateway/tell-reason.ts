import type { Language } from "@wecom-push/protocol"
import { refusedError } from "@wecom-push/sdk"
import type { PlainKey } from "../saying.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { localTime } from "./local-time.ts"
import type { Problem } from "./message-view.ts"
import type { RecipientRow } from "./recipients.ts"
import { say } from "./texts.ts"
import type { gatewayTexts } from "./texts.ts"

type Key = PlainKey<typeof gatewayTexts>

const own: Readonly<Record<string, Key>> = {
  no_check: "reasonNoCheck",
  crash_loop: "reasonCrashLoop",
  body_damaged: "reasonBodyDamaged",
  restored_backup: "reasonRestored",
  media_refused: "problemMediaRefused",
  media_missing: "problemMediaMissing",
  no_visible_member_cached: "reasonCachedMiss",
}

/** Why a recipient has not got it, in words; empty when there is nothing to say. */
export function tellReason({ reason, errcode, state, delayedUntil }: RecipientRow, language: Language): string {
  const part = /^(part_\d+_of_\d+_)(\w+)$/.exec(reason ?? "")
  const key = own[part?.[2] ?? reason ?? ""]
  if (key !== undefined) {
    const code = reasonSentence(undefined, errcode, language)
    return joined(code === "" ? [say(language, key)] : [say(language, key), code], language)
  }
  if (reason === undefined && state === "pending" && delayedUntil !== undefined) {
    return say(language, "delayedUntil", { time: localTime(delayedUntil) })
  }
  return reasonSentence(reason, errcode, language)
}

const problems: Readonly<Record<string, Key>> = {
  app_paused: "problemAppPaused",
  call_refused: "problemCallRefused",
  upload_failed: "problemUploadFailed",
  media_refused: "problemMediaRefused",
  media_missing: "problemMediaMissing",
}

/** What stands in the way of a message as a whole, and what to do about it. */
export function tellProblem({ code, errcode, errmsg }: Problem, language: Language): string {
  const key = problems[code]
  const head = key === undefined ? say(language, "problemOther", { code }) : say(language, key)
  return joined([head, ...tellRefusal(errcode, errmsg, language)], language)
}

/** What WeCom said, and what to do about it. */
export function tellRefusal(errcode: number | null, errmsg: string | null, language: Language): readonly string[] {
  if (errcode === null || errcode === 0) return errmsg === null || errmsg === "" ? [] : [errmsg]
  const { message, hint } = refusedError({ errcode, errmsg: errmsg ?? "" }, { api: "message/send", language })
  return hint === "" ? [message] : [message, hint]
}

export function joined(sentences: readonly string[], language: Language): string {
  return sentences.join(language === "zh" ? "" : " ")
}
