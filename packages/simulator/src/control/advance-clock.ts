import type { World } from "../world.ts"
import type { BadField } from "./bad-field.ts"
import { Fields } from "./fields.ts"

/** A century: far past every window. */
const MAX_ADVANCE_SECONDS = 100 * 365 * 86_400
/** Readers of a time expect a year of four digits. */
const LATEST_MS = Date.parse("9999-12-31T23:59:59Z")

/** The clock as `GET /_sim/clock` shows it. */
export interface SimulatorClock {
  /** ISO 8601. */
  readonly now: string
  /** How far it is ahead of the machine's clock, in seconds. */
  readonly ahead_s: number
}

/** Advances the clock by what `POST /_sim/clock` takes, unless there is something wrong with it. */
export function advanceClock({ clock }: World, input: unknown): BadField[] {
  const badFields: BadField[] = []
  const fields = new Fields(input, "", badFields)
  fields.refuseOthers(new Set(["advance_s"]))
  const advanceSeconds = fields.neededNumber("advance_s", 0, MAX_ADVANCE_SECONDS)
  if (clock.nowMs() + advanceSeconds * 1000 > LATEST_MS) fields.complain("advance_s", ...beyondLatest(clock.nowMs()))
  if (badFields.length === 0) clock.advance(advanceSeconds * 1000)
  return badFields
}

export function clockOf({ clock }: World): SimulatorClock {
  return { now: new Date(clock.nowMs()).toISOString(), ahead_s: clock.aheadMs / 1000 }
}

function beyondLatest(nowMs: number): [en: string, zh: string] {
  const leftSeconds = Math.max(Math.floor((LATEST_MS - nowMs) / 1000), 0)
  const latest = new Date(LATEST_MS).toISOString()
  return [
    `is too much: the clock goes no further than ${latest}, which is ${leftSeconds} s ahead; POST /_sim/reset puts it back to the machine's time`,
    `过大：时钟最多拨到 ${latest}，目前还剩 ${leftSeconds} 秒；POST /_sim/reset 可恢复为本机时间`,
  ]
}
