import { PHASES } from "../history.ts"
import type { AppInRun, Channel, Happening } from "../history.ts"
import { mostLookups, mostOfMembers } from "./bounds.ts"
import type { ChannelFigures } from "./channels.ts"
import { missedPhases } from "./coverage.ts"
import { FAULTS } from "./evidence.ts"
import type { Evidence } from "./evidence.ts"
import { nodesIn } from "./posts.ts"
import { madeAgain, takeoversIn } from "./takeover.ts"
import type { MadeAgain } from "./takeover.ts"
import type { Verdict } from "./verdict.ts"

/** The table that is published, and the faults in words. */
export function printed(verdict: Verdict, evidence: Evidence, killsPerPhase: number): string {
  const { happenings } = evidence
  const { coverage, figures, channels, calls, counts, faults } = verdict
  const run = happenings.find((happening) => happening.kind === "run")
  const inDoubt = Object.entries(figures.inDoubt).map(([reason, count]) => `${count} ${reason}`)
  const missed = missedPhases(coverage, { least: killsPerPhase, nodes: nodesIn(happenings) })
  const rows: readonly (readonly [string, string | number])[] = [
    ["seed", run?.seed ?? ""],
    ["simulator", run?.variant ?? ""],
    ["kills", coverage.kills],
    ["kills in", PHASES.map((phase) => `${phase} ${coverage[phase]}`).join(", ")],
    ["faults on the wire", happenings.filter(({ kind }) => kind === "wire").length],
    [
      "pauses, revocations, 45009",
      ["paused", "tokens_revoked", "throttled"].map((kind) => countOf(happenings, kind)).join(", "),
    ],
    ...(run === undefined || run.nodes === 1 ? [] : nodesOf(run, evidence)),
    ["slow answers", countOf(happenings, "slow")],
    ["changes of apps", changesOf(happenings)],
    ["posts", figures.posts],
    ["recipients", figures.recipients],
    ["calls, look-ups, tokens", `${calls.sends}, ${calls.lookups}, ${calls.tokens}`],
    ["shown", figures.shown],
    ["suppressed by the check", figures.suppressed],
    ["cancelled, recalled", `${figures.cancelled}, ${figures.recalled}`],
    ["retried", happenings.reduce((sum, one) => sum + (one.kind === "retry" ? (one.retried ?? 0) : 0), 0)],
    ["in doubt", inDoubt.length === 0 ? 0 : inDoubt.join(", ")],
    ["recovered", figures.recovered],
    ...CHANNELS.map((channel) => [CHANNEL_NAMES[channel], toldOf(channels[channel])] as const),
    ...FAULTS.map((kind) => [kind, counts[kind]] as const),
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  for (const { kind, text, places, count } of faults)
    lines.push(`${kind}: ${text}, ${count} times: ${places.join("; ")}`)
  for (const phase of missed)
    lines.push(`proves little: only ${coverage[phase]} kills in ${phase}, ${killsPerPhase} needed`)
  return lines.join("\n")
}

const CHANNEL_NAMES: Readonly<Record<Channel, string>> = {
  chat: "group chats",
  robot: "group robots",
  bot: "smart robots",
}
const CHANNELS = ["chat", "robot", "bot"] as const satisfies readonly Channel[]

function toldOf({ posts, targets, calls, shown, inDoubt, fromOther, notOpened, most }: ChannelFigures): string {
  const bots = fromOther + notOpened === 0 ? "" : `, not opened ${notOpened}, and ${fromOther} from an app beside`
  return `${posts} posts, ${targets} targets, ${calls} calls, shown ${shown}, in doubt ${inDoubt}${bots}, most in a minute ${most}`
}

function nodesOf(run: Run, evidence: Evidence): (readonly [string, string | number])[] {
  const { happenings, calls } = evidence
  const faults = happenings.flatMap((one) => (one.kind === "database" ? one.fault : []))
  const counts = ["terminated", "restarted", "commit_cut"].map(
    (fault) => `${faults.filter((one) => one === fault).length} ${fault}`,
  )
  return [
    ["nodes", run.nodes],
    ["database", counts.join(", ")],
    ["rolling restarts", rolledIn(happenings)],
    ["taken over", timesOf(takeoversIn(happenings))],
    ["calls of the dead made again", timesOf(timesUntil("died", evidence))],
    ["calls of the frozen made again", timesOf(timesUntil("paused", evidence))],
    ["most to a member in a minute", Math.max(0, ...run.apps.flatMap((app) => mostToMembers(calls, app)))],
    ["most look-ups in a minute", `${mostLookups(calls)}, of ${run.lookupsPerMinute}`],
  ]
}

type Run = Happening & { readonly kind: "run" }

function rolledIn(happenings: readonly Happening[]): string {
  const times = happenings.flatMap((one) => (one.kind === "rolled" ? one.forMs : []))
  const stops = happenings.flatMap((one) => (one.kind === "stopped" ? one.afterMs : []))
  return `${times.length}, ${Math.round(sum(times) / 1000)} s, worst stop ${Math.max(0, ...stops)} ms`
}

function timesUntil(why: MadeAgain["why"], evidence: Evidence): number[] {
  return madeAgain(evidence).flatMap((one) => (one.why === why ? one.afterMs : []))
}

/** How many, and how long it took. */
function timesOf(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)]
  return median === undefined ? "0" : `${sorted.length}, median ${median} ms, worst ${sorted.at(-1)} ms`
}

function mostToMembers(calls: Evidence["calls"], { agentId }: AppInRun): number {
  return Math.max(0, ...mostOfMembers(calls, agentId).values())
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}

function changesOf(happenings: readonly Happening[]): string {
  const done = happenings.flatMap((one) => (one.kind === "app_change" && one.step === "done" ? one.change : []))
  const counts = Map.groupBy(done, (change) => change)
  return [...counts].map(([change, all]) => `${all.length} ${change}`).join(", ")
}

function countOf(happenings: readonly Happening[], kind: string): number {
  return happenings.filter((happening) => happening.kind === kind).length
}
