import { judgeCopies } from "../check/copies.ts"
import { judgeEndings } from "../check/endings.ts"
import type { Evidence, Fault } from "../check/evidence.ts"
import { judgeOrder } from "../check/order.ts"
import { impossibleSpans, judgeSilence, silences } from "../check/silence.ts"
import { excuseLoss } from "./excuse-loss.ts"
import { TROUBLES } from "../history.ts"
import type { Happening } from "../history.ts"

export interface DayVerdict {
  readonly isGood: boolean
  readonly faults: readonly Fault[]
  /** The table to print. */
  readonly told: string
}

export interface JudgeOptions {
  /** The faults that followers and the database show. */
  readonly others: readonly Fault[]
  /** How many events there were. */
  readonly events: number
  readonly longestSilenceMs: number
}

/** Judges a day by what the clients saw, by the simulator's ledger and by what the API tells. */
export function judgeDay(seen: Evidence, { others, events, longestSilenceMs }: JudgeOptions): DayVerdict {
  const { evidence, ended, faults: ofLoss } = excuseLoss(seen)
  const { faults: ofCopies, figures } = judgeCopies(evidence)
  const faults = [
    ...ofCopies,
    ...ofLoss,
    ...judgeOrder(evidence),
    ...judgeEndings({ ...evidence, told: ended }),
    ...judgeSilence(evidence, longestSilenceMs),
    ...others,
  ]
  const { happenings } = evidence
  const troubles = happenings.filter((one) => one.kind === "trouble")
  const rows: readonly (readonly [string, string | number])[] = [
    ["seed", happenings.find((one) => one.kind === "run")?.seed ?? ""],
    ["troubles", troubles.length],
    ...TROUBLES.flatMap((name) => {
      const forMs = troubles.flatMap((one) => (one.trouble === name ? one.forMs : []))
      return forMs.length === 0 ? [] : [[name, `${forMs.length}, ${inSeconds(sum(forMs))} s in all`] as const]
    }),
    [
      "the day",
      `${inSeconds(lengthOf(happenings))} s, no gateway could send for ${inSeconds(impossibleMs(happenings))}`,
    ],
    ["posts, recipients", `${figures.posts}, ${figures.recipients}`],
    ["events", events],
    ["calls", evidence.calls.length],
    ["shown", figures.shown],
    ["suppressed by the check", figures.suppressed],
    ["in doubt", inDoubt(figures.inDoubt)],
    ["longest silence of an app", longestSilence(evidence)],
    ["faults", sum(faults.map(({ count }) => count))],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  for (const { kind, text, places, count } of faults)
    lines.push(`${kind}: ${text}, ${count} times: ${places.join("; ")}`)
  return { isGood: faults.length === 0, faults, told: lines.join("\n") }
}

function inDoubt(byReason: Readonly<Record<string, number>>): string {
  return (
    Object.entries(byReason)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(", ") || "none"
  )
}

function longestSilence(evidence: Evidence): string {
  const [longest] = silences(evidence).toSorted((a, b) => b.until - b.from - (a.until - a.from))
  return longest === undefined ? "none" : `${inSeconds(longest.until - longest.from)} s, ${longest.app}`
}

function impossibleMs(happenings: readonly Happening[]): number {
  return sum(impossibleSpans(happenings).map(({ from, until }) => until - from))
}

function lengthOf(happenings: readonly Happening[]): number {
  return (happenings.at(-1)?.at ?? 0) - (happenings[0]?.at ?? 0)
}

function inSeconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
