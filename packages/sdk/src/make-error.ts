import { classifyErrcode } from "@wecom-push/protocol"
import { readErrmsg, TOO_MANY_CALLS } from "@wecom-push/protocol/delivery"
import type { Bilingual, Language } from "@wecom-push/protocol"
import { faultText, TEXT } from "./error-text.ts"
import type { WaitEnded } from "./shared-work/shared-task.ts"
import type { TransportFault } from "./transport.ts"
import { WeComError } from "./wecom-error.ts"
import type { WeComErrorDetails } from "./wecom-error.ts"

/** A definite answer that refuses the call. */
export interface Refusal {
  readonly errcode: number
  /** Without tokens and secrets, as in what `Api.call` resolves with. */
  readonly errmsg: string
}

/** WeCom refused the call: the code's meaning and what to do, with the address to add when WeCom names one (60020). */
export function refusedError(
  refusal: Refusal,
  at: { readonly api: string; readonly language: Language; readonly retryAfterMs?: number | undefined },
): WeComError {
  return new WeComError({ code: "refused", ...refusalDetails(refusal, at), ...retry(at.retryAfterMs) })
}

function refusalDetails(
  { errcode, errmsg }: Refusal,
  { api, language, retryAfterMs }: { api: string; language: Language; retryAfterMs?: number | undefined },
): Omit<WeComErrorDetails, "code"> {
  const entry = classifyErrcode(errcode, api)
  const { hint: wecomHint, fromIp } = readErrmsg(errmsg)
  // The advice of the code lists the pauses there may be; this one is known.
  const isPause = errcode === TOO_MANY_CALLS && retryAfterMs !== undefined
  const address = errcode === 60020 && fromIp !== undefined ? TEXT.addAddress[language].replace("{ip}", fromIp) : ""
  return {
    message: join(
      language,
      `${entry.meaning[language]}${where(api, errcode, language)}`,
      untilAgain(retryAfterMs, language),
    ),
    hint: `${address}${isPause ? TEXT.pausedHint[language] : entry.todo[language]}`,
    language,
    class: entry.class,
    errcode,
    errmsg,
    api,
    ...(wecomHint === undefined ? {} : { wecomHint }),
    ...(fromIp === undefined ? {} : { fromIp }),
  }
}

/** The access token is refused and a new one does not help or may not be asked for yet. */
export function tokenRefusedError(
  refusal: Refusal,
  at: {
    readonly api: string
    readonly language: Language
    readonly why: "sameTokenAgain" | "freshTokenRefused"
    readonly retryAfterMs?: number | undefined
  },
): WeComError {
  const { language, api, why, retryAfterMs } = at
  return new WeComError({
    code: "refused",
    ...refusalDetails(refusal, { api, language }),
    message: join(
      language,
      `${TEXT[why][language]}${where(api, refusal.errcode, language)}`,
      untilAgain(retryAfterMs, language),
    ),
    hint: TEXT.tokenTroubleHint[language],
    class: "token",
    ...retry(retryAfterMs),
  })
}

/** No answer came. `code` says what that means for the call; the fault says what failed on the way. */
export function faultError(
  fault: TransportFault,
  at: { readonly api: string; readonly language: Language; readonly code: "unreachable" | "in_doubt" },
): WeComError {
  const { api, language, code } = at
  const text = faultText(fault.kind, fault, language)
  const isInDoubt = code === "in_doubt"
  return new WeComError({
    code,
    message: isInDoubt ? join(language, doubt(api).message[language], text.message) : text.message,
    hint: isInDoubt ? join(language, doubt(api).hint[language], text.hint) : text.hint,
    language,
    api,
    ...(mendsItself(fault) ? {} : { class: "configuration" }),
    mayHaveArrived: isInDoubt,
    failure: fault.kind,
    cause: plainCause(fault),
  })
}

/**
 * Whether the fault may pass by itself. False for a certificate, a missing package and a proxy that refuses (403, 407);
 * a proxy that cannot connect (502, no connection) may work again later.
 */
function mendsItself({ kind, code }: TransportFault): boolean {
  return kind !== "tls" && kind !== "transport_missing" && !(kind === "proxy" && code?.startsWith("HTTP 4") === true)
}

/** An answer that WeCom cannot have written. */
export interface UnusableAnswer {
  readonly why: "redirected" | "notFound" | "unusable"
  /** Such as `HTTP 502, text/html`. */
  readonly detail: string
}

export function unusableError(
  unusable: UnusableAnswer,
  at: {
    readonly api: string
    readonly language: Language
    readonly code: "unusable_answer" | "in_doubt"
    readonly baseUrl: string
  },
): WeComError {
  const { api, language, code, baseUrl } = at
  const message = TEXT[unusable.why][language].replace("{detail}", unusable.detail)
  const hint = TEXT[unusable.why === "unusable" ? "unusableHint" : "redirectedHint"][language].replace(
    "{base}",
    baseUrl,
  )
  const isInDoubt = code === "in_doubt"
  return new WeComError({
    code,
    message: isInDoubt ? join(language, doubt(api).message[language], message) : message,
    hint: isInDoubt ? join(language, doubt(api).hint[language], hint) : hint,
    language,
    api,
    ...(unusable.why === "unusable" ? {} : { class: "configuration" }),
    mayHaveArrived: isInDoubt,
    failure: "unusable_answer",
  })
}

/** An earlier try may have arrived, and the failure of the last one does not disprove it. */
export function stillInDoubtError(
  last: WeComError,
  { api, language }: { readonly api: string; readonly language: Language },
): WeComError {
  return new WeComError({
    code: "in_doubt",
    message: join(language, TEXT.afterDoubt[language], last.message),
    hint: join(language, doubt(api).hint[language], last.hint),
    language,
    api,
    mayHaveArrived: true,
    ...(last.failure === undefined ? {} : { failure: last.failure }),
    ...(last.class === undefined ? {} : { class: last.class }),
    ...(last.errcode === undefined ? {} : { errcode: last.errcode }),
    ...(last.errmsg === undefined ? {} : { errmsg: last.errmsg }),
    ...(last.wecomHint === undefined ? {} : { wecomHint: last.wecomHint }),
    ...(last.fromIp === undefined ? {} : { fromIp: last.fromIp }),
    ...retry(last.retryAfterMs),
    cause: last.cause,
  })
}

export function deadlineError(at: { readonly api: string; readonly language: Language }): WeComError {
  return new WeComError({
    code: "deadline",
    message: TEXT.deadline[at.language],
    hint: TEXT.deadlineHint[at.language],
    ...at,
  })
}

/** The caller did not read a download, so its connection was released. */
export function idleDownloadError(at: {
  readonly idleMs: number
  readonly api: string
  readonly language: Language
}): WeComError {
  const { idleMs, api, language } = at
  return new WeComError({
    code: "deadline",
    message: TEXT.idleDownload[language].replace("{seconds}", String(idleMs / 1000)),
    hint: TEXT.idleDownloadHint[language],
    api,
    language,
  })
}

export function abortedError(at: {
  readonly api: string
  readonly language: Language
  readonly mayHaveArrived: boolean
}): WeComError {
  const { api, language, mayHaveArrived } = at
  return new WeComError({
    code: "aborted",
    message: TEXT[mayHaveArrived ? "abortedInDoubt" : "aborted"][language],
    hint: (mayHaveArrived ? doubt(api).hint : TEXT.abortedHint)[language],
    ...at,
  })
}

/** The error for a caller that stopped waiting before anything of its call was sent. */
export function waitEndedError(
  { why }: WaitEnded,
  at: { readonly api: string; readonly language: Language },
): WeComError {
  return why === "deadline" ? deadlineError(at) : abortedError({ ...at, mayHaveArrived: false })
}

/** A setting is wrong; no request was made. */
export function settingError(
  what: "badBaseUrl" | "noCorpId" | "noSecret",
  field: string,
  language: Language,
): WeComError {
  return new WeComError({
    code: "invalid_input",
    message: TEXT[what][language],
    hint: TEXT[`${what}Hint`][language],
    language,
    faults: [{ path: field, rule: what === "badBaseUrl" ? "bad_format" : "required", severity: "error" }],
  })
}

/**
 * A send may have reached a recipient, and the duplicate check would have made a repeat safe; other calls may have
 * taken effect.
 */
function doubt(api: string): { readonly message: Bilingual; readonly hint: Bilingual } {
  return api === "message/send"
    ? { message: TEXT.sendInDoubt, hint: TEXT.sendInDoubtHint }
    : { message: TEXT.inDoubt, hint: TEXT.inDoubtHint }
}

function where(api: string, errcode: number, language: Language): string {
  return TEXT.where[language].replace("{api}", api).replace("{errcode}", String(errcode))
}

function untilAgain(retryAfterMs: number | undefined, language: Language): string {
  if (retryAfterMs === undefined) return ""
  const minutes = Math.ceil(retryAfterMs / 60_000)
  if (minutes > 60) {
    const hours = Math.floor(minutes / 60)
    return TEXT.hoursUntilAgain[language].replace("{hours}", `${hours}`).replace("{minutes}", `${minutes % 60}`)
  }
  return TEXT.untilAgain[language].replace("{seconds}", String(Math.ceil(retryAfterMs / 1000)))
}

function retry(retryAfterMs: number | undefined): { retryAfterMs?: number } {
  return retryAfterMs === undefined ? {} : { retryAfterMs }
}

/** Sentences are joined with a blank in English and without one in Chinese. */
function join(language: Language, ...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== "").join(language === "zh" ? "" : " ")
}

/** A fault holds only host, port and a code. A plain error keeps it so, whatever a transport adds to its own errors. */
function plainCause(fault: TransportFault): Error {
  const cause = new Error(`${fault.kind} at ${fault.host}${fault.code === undefined ? "" : ` (${fault.code})`}`)
  cause.name = "TransportFault"
  return cause
}
