import assert from "node:assert/strict"
import { test } from "node:test"
import { alertRules } from "./testing/alert-rules.ts"
import { fires, judgeByPrometheus, withoutPromtool } from "./testing/judged.ts"
import { unmatched } from "./testing/promql.ts"
import { keyOf } from "./testing/timeline.ts"
import type { Series } from "./testing/timeline.ts"
import { WatchedGateway } from "./testing/watched-gateway.ts"

// Tests where each alert begins, with the figures of a gateway, of which one value is changed.

const ZHANGSAN = { users: ["zhangsan"] }

interface Edge {
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  /** Its value in each minute, without an alert and with one. */
  readonly at: (minute: number) => number
  readonly over: (minute: number) => number
  /** The value of another series in both cases. */
  readonly beside?: { readonly labels: Readonly<Record<string, string>>; readonly value: (minute: number) => number }
}

const level = (value: number) => () => value
/** A counter that reaches this value in the tenth minute. */
const from10 = (value: number) => (minute: number) => (minute < 10 ? 0 : value)
const steadily = (each: number) => (minute: number) => minute * each

/** Where each alert begins. */
const EDGES: Readonly<Record<string, Edge>> = {
  WecomPushDown: { name: "up", at: level(1), over: level(0) },
  WecomPushStorageTrouble: { name: "wecom_push_storage_up", at: level(1), over: level(0) },
  WecomPushGatewayMissing: { name: "wecom_push_nodes", at: level(2), over: (minute) => (minute < 5 ? 2 : 1) },
  WecomPushStranded: { name: "wecom_push_stranded_messages_total", at: from10(0), over: from10(1) },
  WecomPushAppPaused: { name: "wecom_push_app_paused", at: level(0), over: level(1) },
  WecomPushUnreachable: { name: "wecom_push_app_unreachable", at: level(0), over: level(1) },
  WecomPushWecomFailing: {
    name: "wecom_push_wecom_request_duration_seconds_count",
    labels: { api: "message/send", outcome: "reset" },
    at: steadily(10),
    over: steadily(11),
    beside: { labels: { api: "gettoken", outcome: "ok" }, value: steadily(10) },
  },
  WecomPushMessagesLate: {
    name: "wecom_push_oldest_due_seconds",
    labels: { priority: "normal" },
    at: level(300),
    over: level(301),
  },
  WecomPushBacklogLarge: { name: "wecom_push_unfinished_messages", at: level(500_000), over: level(500_001) },
  WecomPushSharesBind: {
    name: "wecom_push_shared_stock_used",
    labels: { stock: "files" },
    at: level(5 * 1024 ** 3),
    over: level(5 * 1024 ** 3 + 1),
  },
  WecomPushInDoubt: {
    name: "wecom_push_recipients_total",
    labels: { state: "in_doubt" },
    at: from10(0),
    over: from10(1),
  },
  WecomPushNotDelivered: {
    name: "wecom_push_recipients_total",
    labels: { state: "expired" },
    at: steadily(10),
    over: steadily(11),
    beside: { labels: { state: "sent" }, value: steadily(190) },
  },
  WecomPushLookupsClosing: {
    name: "wecom_push_throttled_total",
    labels: { reason: "lookup_budget" },
    at: from10(0),
    over: from10(1),
  },
  WecomPushQuotaLow: { name: "wecom_push_app_person_times", at: level(160), over: level(161) },
  WecomPushTokenChurn: {
    name: "wecom_push_tokens_fetched_total",
    labels: { reason: "refused" },
    at: from10(5),
    over: from10(6),
  },
  WecomPushConnectionsFull: { name: "wecom_push_http_connections", at: level(800), over: level(801) },
  WecomPushErrors: { name: "wecom_push_http_errors_total", at: from10(0), over: from10(1) },
  WecomPushThreadFailures: {
    name: "wecom_push_thread_failures_total",
    labels: { thread: "checkpoints" },
    at: from10(0),
    over: from10(1),
  },
  WecomPushLogLarge: { name: "wecom_push_database_log_bytes", at: level(268_435_456), over: level(268_435_457) },
}

// proves 28.alerts: alert rules
test("each alert begins where it says: at the threshold of what a gateway tells nothing fires, just over it the alert alone", async () => {
  assert.deepEqual(Object.keys(EDGES).toSorted(), alertRules.map(({ alert }) => alert).toSorted())
  await using world = await WatchedGateway.start()
  await world.ask("/v1/apps/alerts", { settings: { account_cap: 1 } }, "PATCH")
  await world.send(ZHANGSAN, { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  await world.fault({ path: "message/send", kind: "reset_before" })
  const id = await world.send(ZHANGSAN)
  await world.until(id, ({ state }) => state === "sent")
  await world.minutes(19)
  const { series } = world.timeline
  for (const { alert, expr } of alertRules) assert.deepEqual(unmatched(expr, series), [], alert)
  for (const [alert, { name, labels = {}, at, over, beside }] of Object.entries(EDGES)) {
    for (const [how, value, alerts] of [
      ["at the edge of", at, []],
      ["just over the edge of", over, [alert]],
    ] as const) {
      const changed = withValues(series, { name, labels }, value)
      const all = beside === undefined ? changed : withValues(changed, { name, ...beside }, beside.value)
      fires(`${how} ${alert}`, all, alerts)
    }
  }
})

/** The same series with other values for one of them, which must exist. */
function withValues(
  series: readonly Series[],
  { name, labels }: Pick<Series, "name" | "labels">,
  value: (minute: number) => number,
): readonly Series[] {
  const isMeant = (each: Series): boolean =>
    each.name === name && Object.entries(labels).every(([label, wanted]) => each.labels[label] === wanted)
  assert.equal(series.filter(isMeant).length, 1, `${keyOf(name, labels)} is said once`)
  return series.map((each) =>
    isMeant(each) ? { ...each, values: Array.from({ length: MINUTES }, (_, n) => value(n)) } : each,
  )
}

/** The length of a timeline with changed values. */
const MINUTES = 20

function said(name: string, labels: Series["labels"], value: (minute: number) => number): Series {
  return { name, labels, values: Array.from({ length: MINUTES }, (_, n) => value(n)) }
}

// proves 13.M5: figures and files to run it
test("of what several gateways on one database say alike, the rules count one", () => {
  const unfinished = (instance: string, database: string, count: number): Series =>
    said("wecom_push_unfinished_messages", { instance, database, app: "alerts", priority: "normal" }, level(count))
  const isPaused = (instance: string): Series =>
    said("wecom_push_app_paused", { instance, database: "a", app: "alerts" }, level(1))
  const nodes = said("wecom_push_nodes", { instance: "one", database: "a" }, (minute) => (minute < 4 ? 2 : 1))
  fires("300,000 messages, said twice", [unfinished("one", "a", 300_000), unfinished("two", "a", 300_000)], [])
  const each = [unfinished("one", "a", 600_000), unfinished("two", "a", 600_000), unfinished("three", "b", 300_000)]
  const alerts = ["WecomPushAppPaused", "WecomPushBacklogLarge", "WecomPushGatewayMissing"]
  fires("what two of three gateways say alike", [...each, isPaused("one"), isPaused("two"), nodes], alerts)
})

// proves 28.alerts: alert rules
test("Prometheus takes the alert rules, and finds the same edges", { skip: withoutPromtool }, judgeByPrometheus)
