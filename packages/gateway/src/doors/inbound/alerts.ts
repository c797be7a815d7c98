import type { Priority } from "../../model/message.ts"
import type { Reading } from "./adapter.ts"
import { listAt, objectAt, textAt } from "./fields.ts"
import type { JsonObject } from "../kit/json-object.ts"
import { colored, fitting, linked, markdownOf, plain } from "./markdown.ts"
import type { Color } from "./markdown.ts"

/**
 * A group of alerts as Alertmanager sends it, and Grafana in the same form. It becomes one message: firing alerts before
 * resolved ones, each in the colour of its severity.
 * @returns undefined if the body is no such group
 * @see https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function readAlerts(body: JsonObject | undefined): Reading | undefined {
  const alerts = listAt(body, "alerts").flatMap((one) => alertIn(one) ?? [])
  if (body === undefined || alerts.length === 0) return undefined
  const firing = alerts.filter(({ isResolved }) => !isResolved)
  const resolved = alerts.filter(({ isResolved }) => isResolved)
  const worst = firing.map(({ severity }) => severity).toSorted((a, b) => b.rank - a.rank)[0]
  const all = [...firing, ...resolved]
  const common = objectAt(body, "commonLabels") ?? {}
  const { shown, left } = fitting(
    all.map((alert) => lineOf(alert, common)),
    LINES_BYTES,
  )
  const name = textAt(body, "commonLabels", "alertname") ?? textAt(body, "groupLabels", "alertname")
  const truncated = Number(textAt(body, "truncatedAlerts") ?? 0) + left
  return {
    content: markdownOf([
      `**${headOf(firing.length, resolved.length, worst?.color)}** ${plain(name ?? textAt(body, "title") ?? alerts[0]?.name ?? "")}`,
      labelsOf(common),
      ...shown,
      truncated > 0 ? colored("comment", `还有 ${truncated} 条`) : undefined,
      linked("查看", textAt(body, "externalURL")),
    ]),
    priority: worst?.priority,
    overflow: "truncate",
  }
}

/** The part of WeCom's 2048 bytes that title and labels leave for the alerts. */
const LINES_BYTES = 1400

interface Severity {
  readonly rank: number
  readonly color: Color
  readonly priority: Priority | undefined
}

const UNKNOWN: Severity = { rank: 2, color: "warning", priority: undefined }
const SEVERITIES: ReadonlyMap<string, Severity> = new Map([
  ...["critical", "fatal", "emergency", "disaster", "page", "p0", "p1"].map(
    (word) => [word, severity(4, "warning", "high")] as const,
  ),
  ...["error", "high", "major"].map((word) => [word, severity(3, "warning", "high")] as const),
  ...["warning", "warn", "minor", "average"].map((word) => [word, severity(2, "warning", undefined)] as const),
  ...["info", "informational", "information", "none", "low", "debug"].map(
    (word) => [word, severity(1, "comment", undefined)] as const,
  ),
])

function severity(rank: number, color: Color, priority: Priority | undefined): Severity {
  return { rank, color, priority }
}

interface Alert {
  readonly name: string | undefined
  readonly isResolved: boolean
  readonly severity: Severity
  readonly word: string | undefined
  readonly text: string | undefined
  readonly labels: JsonObject
  readonly url: string | undefined
}

function alertIn(value: unknown): Alert | undefined {
  const labels = objectAt(value, "labels")
  if (labels === undefined) return undefined
  const word = textAt(labels, "severity") ?? textAt(labels, "level") ?? textAt(labels, "priority")
  const note = (name: string): string | undefined => textAt(value, "annotations", name)
  return {
    name: textAt(labels, "alertname"),
    isResolved: textAt(value, "status") === "resolved",
    severity: SEVERITIES.get(word?.toLowerCase() ?? "") ?? UNKNOWN,
    word,
    text: note("summary") ?? note("description") ?? note("message") ?? textAt(value, "valueString"),
    labels,
    url: textAt(value, "panelURL") ?? textAt(value, "dashboardURL") ?? textAt(value, "generatorURL"),
  }
}

function headOf(firing: number, resolved: number, color: Color = "warning"): string {
  const parts = [
    ...(firing > 0 ? [colored(color, `告警 ${firing}`)] : []),
    ...(resolved > 0 ? [colored("info", `已恢复 ${resolved}`)] : []),
  ]
  return parts.join(" ")
}

function labelsOf(labels: JsonObject): string | undefined {
  const words = Object.keys(labels)
    .filter((name) => name !== "alertname")
    .map((name) => `${plain(name)}=${plain(textAt(labels, name) ?? "")}`)
  return words.length === 0 ? undefined : `> ${words.join(" ").slice(0, 300)}`
}

function lineOf({ isResolved, severity: { color }, word, text, labels, name, url }: Alert, common: JsonObject): string {
  const own = Object.keys(labels).filter((label) => !Object.hasOwn(common, label) && label !== "alertname")
  const which = own.map((label) => textAt(labels, label)).join(" ")
  const state = isResolved ? colored("info", "已恢复") : colored(color, word ?? "告警")
  return [state, linked(text ?? name ?? "", url), colored("comment", which)]
    .filter((part) => !part.includes("></"))
    .join(" ")
}
