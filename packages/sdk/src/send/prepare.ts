import { checkDuplicateCheck } from "@wecom-push/protocol"
import type { AppMessage, Fault, Language, MobileCheck } from "@wecom-push/protocol"
import { invalidInputError } from "../invalid-input.ts"
import { mobileCheckFault } from "../people/question.ts"
import { checkAudience } from "./audience.ts"
import type { Audience } from "./audience.ts"
import { MessagePart } from "./message-part.ts"
import { checkContent, fitMessage } from "./overflow.ts"
import type { Overflow, Tolerance } from "./overflow.ts"

export interface Wish extends Tolerance {
  readonly to: Audience
  readonly message: AppMessage
  /** The faults of the message's files. */
  readonly fileFaults: readonly Fault[]
  /** The faults of the options as a whole. */
  readonly namesFaults: readonly Fault[]
  readonly duplicateCheckSeconds: number | undefined
  readonly totalTimeoutMs: number
  readonly mobileCheck: MobileCheck | undefined
  readonly agentId: number
  readonly language: Language
}

/**
 * @returns the warnings
 * @throws {WeComError} `invalid_input` with every error of audience, message, files and options
 */
export function check(wish: Wish): readonly Fault[] {
  const faults = checkAudience(wish.to).concat(
    messageFaults(wish),
    wish.fileFaults,
    wish.namesFaults,
    optionFaults(wish),
  )
  if (faults.length === 0) return faults
  const errors = faults.filter(({ severity }) => severity === "error")
  if (errors.length > 0) throw invalidInputError(errors, wish.language)
  return faults
}

/** The parts to send: one, or several when the text is split. */
export function partsOf(message: AppMessage, wish: Wish): readonly MessagePart[] {
  return fitMessage(withoutStrays(message), wish.overflow).map((part) => new MessagePart(part, wish))
}

function messageFaults(wish: Wish): Fault[] {
  const { to, message } = wish
  return checkContent(message, wish).concat(strayFields(message), forAll(to, message))
}

/**
 * A body copied whole from the documentation has its own recipients. In a call body the last `touser` would be used, so
 * those in the message are left out. A duplicate check in it is a fault, not ignored: the message might be seen twice.
 */
function strayFields(message: unknown): Fault[] {
  if (!isObject(message)) return []
  return straysIn(message).map(({ path, because }) =>
    path === "enable_duplicate_check" && message[path] === 1
      ? { path, rule: "conflict", severity: "error", because }
      : { path, rule: "left_out", severity: "warning", because },
  )
}

function withoutStrays(message: AppMessage): AppMessage {
  const strays = straysIn(message)
  if (strays.length === 0) return message
  const rest: Record<string, unknown> = { ...message }
  for (const { path } of strays) delete rest[path]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was taken away is no field of a message
  return rest as unknown as AppMessage
}

const straysIn = (message: object) => GIVEN_ELSEWHERE.filter(({ path }) => Object.hasOwn(message, path))

const GIVEN_ELSEWHERE = [
  { path: "touser", because: "to" },
  { path: "toparty", because: "to" },
  { path: "totag", because: "to" },
  { path: "agentid", because: "agentId" },
  { path: "enable_duplicate_check", because: "duplicateCheckSeconds" },
  { path: "duplicate_check_interval", because: "duplicateCheckSeconds" },
] as const

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null
}

/** @see https://developer.work.weixin.qq.com/document/path/90236 */
function forAll(to: Audience, message: AppMessage): Fault[] {
  if (to?.all !== true || message?.msgtype !== "miniprogram_notice") return []
  return [{ path: "to.all", rule: "conflict", severity: "error", because: "msgtype = miniprogram_notice" }]
}

function optionFaults({ strict, overflow, duplicateCheckSeconds, totalTimeoutMs, mobileCheck }: Wish): Fault[] {
  const faults: Fault[] = []
  const ofMobileCheck = mobileCheckFault(mobileCheck)
  if (ofMobileCheck !== undefined) faults.push(ofMobileCheck)
  if (!(totalTimeoutMs > 0)) {
    faults.push({ path: "totalTimeoutMs", rule: "bad_format", severity: "error", because: "> 0" })
  }
  if (typeof strict !== "boolean") {
    faults.push({ path: "strict", rule: "wrong_type", severity: "error", because: "boolean" })
  }
  if (overflow !== undefined && !OVERFLOWS.includes(overflow)) {
    faults.push({ path: "overflow", rule: "not_allowed", severity: "error", allowed: OVERFLOWS })
  }
  if (duplicateCheckSeconds === undefined) return faults
  const ofInterval = checkDuplicateCheck({ enable_duplicate_check: 1, duplicate_check_interval: duplicateCheckSeconds })
  return [...faults, ...ofInterval.map((fault) => ({ ...fault, path: "duplicateCheckSeconds" }))]
}

const OVERFLOWS: readonly Overflow[] = ["reject", "split", "truncate"]
