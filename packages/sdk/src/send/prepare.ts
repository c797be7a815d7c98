import { checkDuplicateCheck, checkMessage } from "@wecom-push/protocol"
import type { AppMessage, Fault, Language } from "@wecom-push/protocol"
import { invalidInputError } from "../invalid-input.ts"
import { checkAudience } from "./audience.ts"
import type { Audience } from "./audience.ts"
import { messagePart } from "./call-body.ts"
import type { MessagePart } from "./call-body.ts"
import { fitMessage, OVERFLOW_PATHS } from "./overflow.ts"
import type { Overflow } from "./overflow.ts"

export interface Wish {
  readonly to: Audience
  readonly message: AppMessage
  /** Of the files that stand in it. */
  readonly fileFaults: readonly Fault[]
  readonly overflow: Overflow
  readonly duplicateCheckSeconds: number | undefined
  readonly totalTimeoutMs: number
  readonly agentId: number
  readonly language: Language
}

/** @throws {WeComError} `invalid_input` with every fault of audience, message, files and options */
export function check(wish: Wish): void {
  const faults = checkAudience(wish.to).concat(messageFaults(wish), wish.fileFaults, optionFaults(wish))
  const errors = faults.filter(({ severity }) => severity === "error")
  if (errors.length > 0) throw invalidInputError(errors, wish.language)
}

/** What to send: one part, or several of a text that is split. */
export function partsOf(message: AppMessage, wish: Wish): readonly MessagePart[] {
  return fitMessage(message, wish.overflow).map((part) => messagePart(part, wish))
}

function messageFaults({ to, message, overflow }: Wish): Fault[] {
  const faults = checkMessage(message)
  const willFit = ({ path, rule }: Fault): boolean =>
    overflow !== "reject" && rule === "too_long" && OVERFLOW_PATHS.has(path)
  return faults.filter((fault) => !willFit(fault)).concat(strayFields(message), forAll(to, message))
}

/** A body copied whole from the documentation would bring its own recipients, and the last `touser` in it would win. */
function strayFields(message: unknown): Fault[] {
  if (typeof message !== "object" || message === null) return []
  return GIVEN_ELSEWHERE.filter(([path]) => Object.hasOwn(message, path)).map(([path, because]) => ({
    path,
    rule: "conflict",
    severity: "error",
    because,
  }))
}

const GIVEN_ELSEWHERE = Object.entries({
  touser: "to",
  toparty: "to",
  totag: "to",
  agentid: "agentId",
  enable_duplicate_check: "duplicateCheckSeconds",
  duplicate_check_interval: "duplicateCheckSeconds",
})

/** @see https://developer.work.weixin.qq.com/document/path/90236 */
function forAll(to: Audience, message: AppMessage): Fault[] {
  if (to?.all !== true || message?.msgtype !== "miniprogram_notice") return []
  return [{ path: "to.all", rule: "conflict", severity: "error", because: "msgtype = miniprogram_notice" }]
}

function optionFaults({ overflow, duplicateCheckSeconds, totalTimeoutMs }: Wish): Fault[] {
  const faults: Fault[] = []
  if (!(totalTimeoutMs > 0)) {
    faults.push({ path: "totalTimeoutMs", rule: "bad_format", severity: "error", because: "> 0" })
  }
  if (!OVERFLOWS.includes(overflow)) {
    faults.push({ path: "overflow", rule: "not_allowed", severity: "error", allowed: OVERFLOWS })
  }
  if (duplicateCheckSeconds === undefined) return faults
  const ofInterval = checkDuplicateCheck({ duplicate_check_interval: duplicateCheckSeconds })
  return [...faults, ...ofInterval.map((fault) => ({ ...fault, path: "duplicateCheckSeconds" }))]
}

const OVERFLOWS: readonly Overflow[] = ["reject", "split", "truncate"]
