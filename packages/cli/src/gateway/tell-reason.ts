import type { Language } from "@wecom-push/protocol"
import {
  BOT_TAKEN,
  explainDelay,
  explainReason,
  isDelayReason,
  isReasonWord,
  isTriedAgain,
  UNREADABLE_SECRET,
} from "@wecom-push/protocol/delivery"
import { refusedError } from "@wecom-push/sdk/internals"
import type { PlainKey } from "../saying.ts"
import { reasonSentence } from "../reason-sentence.ts"
import { localTime } from "./local-time.ts"
import type { Problem } from "./message-view.ts"
import type { RecipientRow } from "./recipients.ts"
import { say } from "./texts.ts"
import type { gatewayTexts } from "./texts.ts"

type Key = PlainKey<typeof gatewayTexts>

/** Why a recipient has not got it, in words; empty when there is nothing to say. */
export function tellReason({ reason, errcode, state, delayedUntil }: RecipientRow, language: Language): string {
  if (state === "pending") return tellDelay(reason, delayedUntil, language)
  return reasonSentence(reason, errcode, language, "gateway")
}

/** The reason why a recipient waits, and until when if that is known; empty when it only waits its turn. */
export function tellDelay(reason: string | undefined, until: string | undefined, language: Language): string {
  if (reason === undefined && until === undefined) return ""
  const isKnown = isDelayReason(reason)
  const what = isKnown ? explainDelay(reason)[language] : say(language, "delayOther", { reason: reason ?? "?" })
  if (until === undefined) return what
  const time = localTime(until)
  return `${what}${say(language, isKnown && isTriedAgain(reason) ? "delayNextTry" : "delayUntil", { time })}`
}

/** The failure on the way to WeCom, and what to check. */
export function tellOutage(cause: string | null, errmsg: string | null, language: Language): readonly string[] {
  const key = causes[cause ?? ""] ?? "causeOther"
  return [say(language, key), ...(errmsg === null || errmsg === "" ? [] : [say(language, "met", { what: errmsg })])]
}

const causes: Readonly<Record<string, Key>> = {
  dns: "causeDns",
  refused: "causeRefused",
  timeout: "causeTimeout",
  unreachable: "causeTimeout",
  proxy: "causeProxy",
  reset: "causeReset",
  cut: "causeReset",
  unusable_answer: "causeUnusable",
}

const problems: Readonly<Record<string, Key>> = {
  app_paused: "problemAppPaused",
  bot_taken: "problemBotTaken",
  call_refused: "problemCallRefused",
  upload_failed: "problemUploadFailed",
  files_unavailable: "problemFilesUnavailable",
}

/** The reason why a message as a whole waits, and the next step. */
export function tellProblem(problem: Problem, language: Language): string {
  const { code, errcode, errmsg, cause, since, nextTryAt } = problem
  if (code === "wecom_unreachable") {
    const head = say(language, "problemUnreachable", { time: since === null ? "?" : localTime(since) })
    const next = nextTryAt === null ? [] : [say(language, "nextTry", { time: localTime(nextTryAt) })]
    return joined([head, ...tellOutage(cause, errmsg, language), ...next], language)
  }
  const key = errmsg === UNREADABLE_SECRET ? "problemSecretUnreadable" : problems[code]
  const head =
    key !== undefined
      ? say(language, key)
      : isReasonWord(code)
        ? explainReason(code, language)
        : say(language, "problemOther", { code })
  return joined([head, ...tellRefusal(errcode, errmsg, language)], language)
}

/** WeCom's words, and the next step. */
export function tellRefusal(errcode: number | null, errmsg: string | null, language: Language): readonly string[] {
  if (errmsg === BOT_TAKEN) return [say(language, "botTaken"), say(language, "botTakenHint")]
  if (errmsg === UNREADABLE_SECRET) return [say(language, "secretUnreadable"), say(language, "secretUnreadableHint")]
  if (errcode === null || errcode === 0) return errmsg === null || errmsg === "" ? [] : [errmsg]
  const { message, hint } = refusedError({ errcode, errmsg: errmsg ?? "" }, { api: "message/send", language })
  return hint === "" ? [message] : [message, hint]
}

export function joined(sentences: readonly string[], language: Language): string {
  return sentences.join(language === "zh" ? "" : " ")
}
