import { classOf, pausesApp } from "./errcode-rules.ts"
import { healthAfterFailure, keptErrmsg } from "./decide-attempt.ts"
import type { AttemptEnd, HealthSignal } from "./decide-attempt.ts"
import {
  busyDelayMs,
  delayMs,
  isPassingRefusal,
  refusalDelayMs,
  spreadDelay,
  THROTTLED_UPLOAD,
  UNREACHABLE,
} from "./retry-schedule.ts"

/** The decision after an attempt to upload a file. */
export type UploadDecision =
  | { readonly kind: "placed"; readonly mediaId: string; readonly health: HealthSignal }
  /** WeCom does not take the file, and would not take it the next time. */
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string; readonly health: HealthSignal }
  | {
      readonly kind: "later"
      /** Undefined: when the app may send again. */
      readonly at: number | undefined
      /** Whether no other file of the corp should be tried before that time either. */
      readonly closesUploads: boolean
      readonly problem: UploadProblem
      readonly health: HealthSignal
    }

interface UploadProblem {
  readonly code: "app_paused" | "upload_failed"
  readonly errcode?: number
  readonly errmsg: string
}

/**
 * An upload reaches no member, so one whose answer was lost is simply made again: the lost upload's id is in no
 * message, and expires after three days.
 * @param tries including this one
 */
export function decideUpload(end: AttemptEnd, tries: number, now: number, random: () => number): UploadDecision {
  const { errcode, errmsg: said } = end.kind === "answer" ? end.answer : end.failure
  const errmsg = keptErrmsg(said)
  const later = (delay: number | undefined, health: HealthSignal, closesUploads = false): UploadDecision => ({
    kind: "later",
    at: delay === undefined ? undefined : now + spreadDelay(delay, random),
    closesUploads,
    problem: {
      code: health.kind === "misconfigured" ? "app_paused" : "upload_failed",
      ...(errcode !== undefined && { errcode }),
      errmsg,
    },
    health,
  })
  if (end.kind === "failure") {
    if (end.failure.code === "aborted") return later(0, { kind: "none" })
    const health = healthAfterFailure(end.failure)
    return later(health.kind === "unreachable" ? delayMs(UNREACHABLE, tries) : undefined, health)
  }
  const { answer } = end
  if (answer.errcode === 0) {
    const { media_id: mediaId } = answer
    if (typeof mediaId === "string" && mediaId !== "") return { kind: "placed", mediaId, health: ANSWERED }
    return later(delayMs(UNREACHABLE, tries), ANSWERED)
  }
  if (pausesApp(answer.errcode)) {
    return later(undefined, { kind: "misconfigured", errcode: answer.errcode, errmsg: said })
  }
  const errorClass = classOf(answer.errcode, UPLOAD_API)
  // WeCom counts each of its APIs separately: messages without a file are still sent.
  if (errorClass === "throttled") return later(delayMs(THROTTLED_UPLOAD, tries), ANSWERED, true)
  if (errorClass === "transient") return later(busyDelayMs(tries), ANSWERED)
  const delay = isPassingRefusal(answer.errcode, UPLOAD_API) ? refusalDelayMs(tries) : undefined
  if (delay !== undefined) return later(delay, ANSWERED)
  return { kind: "refused", errcode: answer.errcode, errmsg, health: ANSWERED }
}

export const UPLOAD_API = "media/upload"
/** An upload names no agent, so a good answer does not prove that the app can send. */
const ANSWERED: HealthSignal = { kind: "answered" }
