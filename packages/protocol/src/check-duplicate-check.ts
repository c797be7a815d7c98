import { collectFaults } from "./collect-faults.ts"
import type { Fault } from "./fault.ts"
import { MAX_DUPLICATE_CHECK_SECONDS } from "./limits.ts"
import { integer, numberBetween, oneOf, unsettled } from "./scalars.ts"
import { choose, members, optional, own } from "./shape.ts"
import type { Check } from "./shape.ts"

/**
 * Finds the faults of `enable_duplicate_check` and `duplicate_check_interval` (whole seconds, 1 to 14400) in a body; it
 * does not look at other members. Takes any data and never throws.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 *
 */
export function checkDuplicateCheck(fields: unknown): Fault[] {
  return collectFaults(fields, duplicateCheck)
}

const range = numberBetween(1, MAX_DUPLICATE_CHECK_SECONDS)

const interval: Check = (value, path, report) =>
  typeof value === "number" && !Number.isInteger(value) ? integer(value, path, report) : range(value, path, report)

// No errcode: WeCom documents the values but no refusal of others, and some programs send an interval of 0 without
// need.
const zero = unsettled(interval)

const duplicateCheck = members({
  enable_duplicate_check: optional(oneOf([0, 1])),
  duplicate_check_interval: choose((body) =>
    own(body, "duplicate_check_interval") === 0 && own(body, "enable_duplicate_check") !== 1 ? zero : interval,
  ),
})
