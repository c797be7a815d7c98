import { PHASES } from "../history.ts"
import type { Happening } from "../history.ts"
import { missedPhases } from "./coverage.ts"
import { FAULTS } from "./evidence.ts"
import type { Verdict } from "./verdict.ts"

/** The table that is published, and what is wrong in words. */
export function printed(verdict: Verdict, happenings: readonly Happening[], killsPerPhase: number): string {
  const { coverage, figures, calls, counts, faults } = verdict
  const run = happenings.find((happening) => happening.kind === "run")
  const inDoubt = Object.entries(figures.inDoubt).map(([reason, count]) => `${count} ${reason}`)
  const missed = missedPhases(coverage, killsPerPhase)
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
    ...(run === undefined || run.nodes === 1 ? [] : nodesOf(run.nodes, happenings)),
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

function nodesOf(nodes: number, happenings: readonly Happening[]): (readonly [string, string | number])[] {
  const faults = happenings.flatMap((one) => (one.kind === "database" ? one.fault : []))
  const counts = ["terminated", "restarted", "commit_cut"].map(
    (fault) => `${faults.filter((one) => one === fault).length} ${fault}`,
  )
  return [
    ["nodes", nodes],
    ["database", counts.join(", ")],
    ["rolling restarts", countOf(happenings, "rolled")],
  ]
}

function changesOf(happenings: readonly Happening[]): string {
  const done = happenings.flatMap((one) => (one.kind === "app_change" && one.step === "done" ? one.change : []))
  const counts = Map.groupBy(done, (change) => change)
  return [...counts].map(([change, all]) => `${all.length} ${change}`).join(", ")
}

function countOf(happenings: readonly Happening[], kind: string): number {
  return happenings.filter((happening) => happening.kind === kind).length
}
