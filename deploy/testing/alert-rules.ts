import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { compile } from "./promql.ts"
import type { Series } from "./timeline.ts"

export const RULES_FILE = join(import.meta.dirname, "../prometheus-alerts.yaml")

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  /** How long the expression must hold, as in `5m`. */
  readonly for?: string
}

export const alertRules: readonly AlertRule[] = (
  parse(readFileSync(RULES_FILE, "utf8")) as { groups: { rules: AlertRule[] }[] }
).groups.flatMap(({ rules }) => rules)

/** The names of the alerts that fire at a minute, each once for every set of labels for which it fires. */
export function firingAt(minute: number, series: readonly Series[]): readonly string[] {
  return alertRules.flatMap(({ alert, expr, for: held = "0m" }) => {
    const evaluate = compile(expr, series)
    const needed = Number(/^(\d+)m$/.exec(held)?.[1])
    let lasting: ReadonlySet<string> | undefined
    for (let at = Math.max(0, minute - needed); at <= minute; at++) {
      const active = new Set(evaluate(at).map(({ labels }) => JSON.stringify(labels)))
      lasting = lasting?.intersection(active) ?? active
    }
    return Array.from({ length: lasting?.size ?? 0 }, () => alert)
  })
}
