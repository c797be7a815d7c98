import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client"
import { classifyErrcode } from "@wecom-push/protocol"
import type { ApiHooks } from "@wecom-push/sdk"
import type { MessageReader } from "./core/ports/reader.ts"
import type { Upkeep } from "./core/ports/upkeep.ts"
import type { RecipientState } from "./core/states.ts"

/**
 * What the gateway counts. Labels have few values: an app, a type, a state, a class of answers; never a person, a
 * number or a message.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #requests: Histogram<"method" | "route" | "status">
  readonly #accepted: Counter<"app" | "msgtype">
  readonly #recipients: Counter<"app" | "state">
  readonly #wecomCalls: Histogram<"api" | "outcome">
  readonly #throttled: Counter<"app" | "reason">
  readonly #tokens: Counter<"reason">
  #look: () => Promise<void> = async () => {}

  constructor(version: string) {
    const registers = [this.#registry]
    this.#requests = new Histogram({
      name: "wecom_push_http_request_duration_seconds",
      help: "Time from the first byte of a request to the last of its answer.",
      labelNames: ["method", "route", "status"],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    })
    this.#accepted = new Counter({
      name: "wecom_push_messages_accepted_total",
      help: "Messages answered 202 for the first time.",
      labelNames: ["app", "msgtype"],
      registers,
    })
    this.#recipients = new Counter({
      name: "wecom_push_recipients_total",
      help: "Recipients that reached a final state.",
      labelNames: ["app", "state"],
      registers,
    })
    this.#wecomCalls = new Histogram({
      name: "wecom_push_wecom_request_duration_seconds",
      help: "Requests to WeCom by api, and by errcode class or kind of failure.",
      labelNames: ["api", "outcome"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    })
    this.#throttled = new Counter({
      name: "wecom_push_throttled_total",
      help: "Recipients or calls held back to stay inside a limit.",
      labelNames: ["app", "reason"],
      registers,
    })
    this.#tokens = new Counter({
      name: "wecom_push_tokens_fetched_total",
      help: "Access tokens fetched from WeCom.",
      labelNames: ["reason"],
      registers,
    })
    const build = new Gauge({
      name: "wecom_push_build_info",
      help: "Always 1; the labels tell version and runtime.",
      labelNames: ["version", "node"],
      registers,
    })
    build.set({ version, node: process.version }, 1)
    collectDefaultMetrics({ register: this.#registry, prefix: "wecom_push_", eventLoopMonitoringPrecision: 100 })
  }

  /** Figures that are asked of the store when somebody looks. */
  watch(reader: Pick<MessageReader, "backlog">, upkeep: Pick<Upkeep, "health">, now: () => number): void {
    const registers = [this.#registry]
    const labelNames = ["app", "priority"] as const
    const unfinished = new Gauge({
      name: "wecom_push_unfinished_messages",
      help: "Messages accepted and not finished, scheduled ones included.",
      labelNames,
      registers,
    })
    const oldestDue = new Gauge({
      name: "wecom_push_oldest_due_seconds",
      help: "How long the longest due unfinished message has been due.",
      labelNames,
      registers,
    })
    const bytes = new Gauge({ name: "wecom_push_database_bytes", help: "Size of the database.", registers })
    const logBytes = new Gauge({
      name: "wecom_push_database_log_bytes",
      help: "Size of SQLite's write-ahead log; it grows while somebody reads for long.",
      registers,
    })
    const isStoring = new Gauge({
      name: "wecom_push_storage_up",
      help: "1 while changes are being kept, 0 in trouble with the disk.",
      registers,
    })
    this.#look = async () => {
      const health = upkeep.health()
      bytes.set(health.databaseBytes)
      logBytes.set(health.logBytes)
      isStoring.set(health.trouble === undefined ? 1 : 0)
      const backlog = await reader.backlog(now())
      unfinished.reset()
      oldestDue.reset()
      for (const { app, priority, ...view } of backlog) {
        unfinished.set({ app, priority }, view.unfinished)
        oldestDue.set({ app, priority }, view.oldestDueMs / 1000)
      }
    }
  }

  request(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status }, ms / 1000)
  }

  accepted(app: string, msgtype: string): void {
    this.#accepted.inc({ app, msgtype })
  }

  recipientsFinished(app: string, state: RecipientState, count: number): void {
    this.#recipients.inc({ app, state }, count)
  }

  throttled(app: string, reason: string, count = 1): void {
    this.#throttled.inc({ app, reason }, count)
  }

  /** For the clients that speak to WeCom. */
  readonly apiHooks: ApiHooks = {
    onAnswer: ({ api, errcode, durationMs }) => {
      const outcome = errcode === 0 ? "ok" : classifyErrcode(errcode, api).class
      this.#wecomCalls.observe({ api, outcome }, durationMs / 1000)
    },
    onFailure: ({ api, failure, durationMs }) => {
      this.#wecomCalls.observe({ api, outcome: failure }, durationMs / 1000)
    },
    onToken: ({ reason, source }) => {
      if (source === "fetched") this.#tokens.inc({ reason })
    },
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    await this.#look()
    return this.#registry.metrics()
  }
}
