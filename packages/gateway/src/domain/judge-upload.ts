import { classifyErrcode, lookUpErrcode } from "@wecom-push/protocol"
import type { Exchange, News } from "./judge.ts"
import { newsOfFailure } from "./judge.ts"
import type { MessageProblem } from "./message.ts"
import {
  busyDelayMs,
  delayMs,
  spreadDelay,
  THROTTLED_UPLOAD,
  UNREACHABLE,
  unknownCodeDelayMs,
} from "./retry-schedule.ts"

/** What an upload of a file came to. */
export type UploadVerdict =
  | { readonly kind: "placed"; readonly mediaId: string; readonly news: News }
  /** WeCom does not take the file, and would not the next time. */
  | { readonly kind: "refused"; readonly errcode: number; readonly errmsg: string; readonly news: News }
  | {
      readonly kind: "later"
      /** Undefined: when the app goes on. */
      readonly at: number | undefined
      /** No other file of the corp is worth trying before that either. */
      readonly closesUploads: boolean
      readonly problem: MessageProblem
      readonly news: News
    }

/**
 * An upload tells nobody anything, so one whose answer was lost is simply made again: what it left with WeCom is named
 * by no message, and gone after three days.
 * @param tries with this one
 */
export function judgeUpload(exchange: Exchange, tries: number, now: number, random: () => number): UploadVerdict {
  const { errcode, errmsg } = exchange.kind === "answer" ? exchange.answer : exchange.failure
  const later = (delay: number | undefined, news: News, closesUploads = false): UploadVerdict => ({
    kind: "later",
    at: delay === undefined ? undefined : now + spreadDelay(delay, random),
    closesUploads,
    problem: {
      code: news.kind === "misconfigured" ? "app_paused" : "upload_failed",
      ...(errcode !== undefined && { errcode }),
      errmsg: errmsg.slice(0, MAX_ERRMSG_LENGTH),
    },
    news,
  })
  if (exchange.kind === "failure") {
    if (exchange.failure.code === "aborted") return later(0, { kind: "none" })
    const news = newsOfFailure(exchange.failure)
    return later(news.kind === "unreachable" ? delayMs(UNREACHABLE, tries) : undefined, news)
  }
  const { answer } = exchange
  if (answer.errcode === 0) {
    const { media_id: mediaId } = answer
    if (typeof mediaId === "string" && mediaId !== "") return { kind: "placed", mediaId, news: ANSWERED }
    return later(delayMs(UNREACHABLE, tries), ANSWERED)
  }
  const entry = classifyErrcode(answer.errcode, UPLOAD_API)
  if (entry.pausesApp === true) return later(undefined, { kind: "misconfigured", errcode: answer.errcode, errmsg })
  // WeCom counts each of its APIs for itself: messages without a file go on.
  if (entry.class === "throttled") return later(delayMs(THROTTLED_UPLOAD, tries), ANSWERED, true)
  if (entry.class === "transient") return later(busyDelayMs(tries), ANSWERED)
  const delay = lookUpErrcode(answer.errcode) === undefined ? unknownCodeDelayMs(tries) : undefined
  if (delay !== undefined) return later(delay, ANSWERED)
  return { kind: "refused", errcode: answer.errcode, errmsg: errmsg.slice(0, MAX_ERRMSG_LENGTH), news: ANSWERED }
}

export const UPLOAD_API = "media/upload"
const MAX_ERRMSG_LENGTH = 500
/** It names no agent, so a good answer does not prove that the app can send. */
const ANSWERED: News = { kind: "answered" }
