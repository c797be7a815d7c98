import { classifyErrcode, lookUpErrcode } from "../errcodes.ts"
import type { ErrcodeClass } from "../errcode-entry.ts"

/**
 * Codes that concern every message of the app: no further one can be sent until an operator has corrected the fault.
 * 43012 and 48002 are faults of a setting too, but fail only that one message.
 */
const PAUSING: ReadonlySet<number> = new Set([40001, 40013, 40056, 40091, 45031, 50003, 60020, 60031, 301002])

export function pausesApp(errcode: number): boolean {
  return PAUSING.has(errcode)
}

/** One bad id among many may be the whole cause, and WeCom does not name it: the call is halved until that id is alone. */
const OF_ONE_RECIPIENT: ReadonlySet<number> = new Set([
  40003, 40031, 40066, 40068, 46004, 50002, 60003, 60011, 60021, 60030, 60111, 60123, 81011, 92000, 301021,
])

export function mayNameOneRecipient(errcode: number): boolean {
  return OF_ONE_RECIPIENT.has(errcode)
}

/** Users, departments and tags are all invalid or out of reach: the answer names each, as errcode 0 does. */
export const ALL_INVALID = 81013

/** Too many calls under way at once. */
export const TOO_MANY_AT_ONCE = 45033

/** A limit of the API was exceeded; WeCom does not say which. */
export const TOO_MANY_CALLS = 45009

/** WeCom already knows the `task_id`. */
export const TASK_ID_KNOWN = 42014

/** A `media_id` that is not valid, mostly because its three days are over. */
export const MEDIA_GONE: ReadonlySet<number> = new Set([40007, 40145])

/** Whether the code's meaning is unknown, so that it may be temporary. */
export function isUnknownCode(errcode: number): boolean {
  return lookUpErrcode(errcode) === undefined
}

export function classOf(errcode: number, api: string): ErrcodeClass {
  return classifyErrcode(errcode, api).class
}
