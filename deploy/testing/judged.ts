import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { text } from "node:stream/consumers"
import { TemporaryFolder } from "../../packages/gateway/src/store/testing/open-store.ts"
import { pathOf, without } from "../../tools/testing/programs.ts"
import { alertRules, firingAt, RULES_FILE } from "./alert-rules.ts"
import { keyOf } from "./timeline.ts"
import type { Series, Timeline } from "./timeline.ts"

interface Case {
  readonly what: string
  readonly series: readonly Series[]
  readonly minute: number
  readonly alerts: readonly string[]
}

/** All cases that were judged in this process. */
const cases: Case[] = []

/** Checks that exactly these alerts fire at the end, each once. */
export function fires(what: string, series: readonly Series[], alerts: readonly string[]): void {
  const minute = Math.max(...series.map(({ values }) => values.length)) - 1
  cases.push({ what, series, minute, alerts })
  assert.deepEqual(firingAt(minute, series).toSorted(), alerts.toSorted(), what)
}

/** As `fires`, for the timeline so far: later figures do not count. */
export function firesNow({ series }: Timeline, what: string, ...alerts: readonly string[]): void {
  fires(
    what,
    series.map(({ values, ...each }) => ({ ...each, values: [...values] })),
    alerts,
  )
}

export const withoutPromtool = without("promtool")

/** Checks that Prometheus itself accepts the rules, and gets the same results for all cases that were judged before. */
export async function judgeByPrometheus(): Promise<void> {
  const checked = await promtool(["check", "rules", RULES_FILE])
  assert.equal(checked.code, 0, checked.output)
  const judged = await askPrometheus(cases)
  assert.equal(judged.code, 0, judged.output)
  const alarmed = cases.find(({ alerts }) => alerts.length > 0)
  assert.ok(alarmed !== undefined)
  assert.notEqual((await askPrometheus([{ ...alarmed, alerts: [] }])).code, 0, "it sees what fires")
}

interface Ran {
  readonly code: number | null
  readonly output: string
}

export async function promtool(args: readonly string[], input?: string): Promise<Ran> {
  const child = spawn(pathOf("promtool"), args, { stdio: ["pipe", "pipe", "pipe"] })
  child.stdin.end(input)
  const [output, complaints, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")])
  return { code: code as number | null, output: `${output}${complaints}` }
}

async function askPrometheus(all: readonly Case[]): Promise<Ran> {
  using folder = new TemporaryFolder()
  const file = folder.file("rules-test.yaml")
  const rules = alertRules.map(({ expr }) => expr).join(" ")
  const tests = all.map(({ what, series, minute, alerts }) => ({
    name: what,
    interval: "1m",
    input_series: series
      .filter(({ name }) => rules.includes(name))
      .map(({ name, labels, values }) => ({
        series: keyOf(name, labels),
        values: Array.from(values, (value) => value ?? "_").join(" "),
      })),
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: `${minute}m`,
        exp_samples: alerts.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
      },
    ],
  }))
  // JSON is also YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [RULES_FILE], evaluation_interval: "1m", tests }))
  return await promtool(["test", "rules", file])
}
