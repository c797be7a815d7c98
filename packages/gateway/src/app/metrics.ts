import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "@prometheus-io/client"
import { classifyErrcode } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { ApiHooks } from "@wecom-push/sdk"
import { RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { ChannelMetrics, DeliveryMetrics, DoorMetrics } from "../model/ports/metrics.ts"
import type { AppScope } from "../model/ports/reader.ts"
import { watchDatabase } from "./database-figures.ts"
import type { Watched } from "./database-figures.ts"
import { THREAD_NAMES } from "../threads/worker-thread.ts"
import type { ThreadName } from "../threads/worker-thread.ts"
import { figuresOf } from "./exposition.ts"

/**
 * Counters of the gateway. Labels have few values: an app, a type, a state, a class of answers; never a person, a
 * number or a message.
 */
export class Metrics implements ChannelMetrics, DeliveryMetrics, DoorMetrics {
  readonly #registry = new Registry()
  readonly #requests: Histogram<"method" | "route" | "status">
  readonly #errors: Counter
  readonly #accepted: Counter<"app" | "msgtype">
  readonly #recipients: Counter<"app" | "state">
  readonly #wecomCalls: Histogram<"api" | "outcome">
  readonly #mediaTaken: Counter<"type" | "result">
  readonly #mediaUploads: Counter<"app" | "reason">
  readonly #throttled: Counter<"app" | "reason">
  readonly #framesLost: Counter<"app">
  readonly #tokens: Counter<"reason">
  readonly #threadFailures: Counter<"thread">
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
    this.#errors = new Counter({
      name: "wecom_push_http_errors_total",
      help: "Requests that failed inside the gateway, answered 500.",
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
    this.#mediaTaken = new Counter({
      name: "wecom_push_media_taken_total",
      help: "Uploaded files: stored, or known from before.",
      labelNames: ["type", "result"],
      registers,
    })
    this.#mediaUploads = new Counter({
      name: "wecom_push_media_uploads_total",
      help: "Files that WeCom has taken: for the first time, before the three days of an id ended, or after WeCom refused it.",
      labelNames: ["app", "reason"],
      registers,
    })
    this.#throttled = new Counter({
      name: "wecom_push_throttled_total",
      help: "Recipients or calls held back to stay inside a limit.",
      labelNames: ["app", "reason"],
      registers,
    })
    this.#framesLost = new Counter({
      name: "wecom_push_robot_frames_lost_total",
      help: "What members sent to smart robots while the database was away, beyond the 1,000, or 32 MiB, that wait in memory.",
      labelNames: ["app"],
      registers,
    })
    this.#tokens = new Counter({
      name: "wecom_push_tokens_fetched_total",
      help: "Access tokens fetched from WeCom.",
      labelNames: ["reason"],
      registers,
    })
    this.#threadFailures = new Counter({
      name: "wecom_push_thread_failures_total",
      help: "Worker threads that ended by themselves and were replaced.",
      labelNames: ["thread"],
      registers,
    })
    // Prometheus sees no increase in a counter that it first reads as 1, so no alarm would be raised.
    for (const thread of THREAD_NAMES) this.#threadFailures.inc({ thread }, 0)
    this.#tokens.inc({ reason: "refused" }, 0)
    const build = new Gauge({
      name: "wecom_push_build_info",
      help: "Always 1; the labels tell version and runtime.",
      labelNames: ["version", "node"],
      registers,
    })
    build.set({ version, node: process.version }, 1)
    collectDefaultMetrics({
      register: this.#registry,
      prefix: "wecom_push_",
      // Each measurement wakes an idle process. The second is a share of the time since the last measurement.
      eventLoopMonitoringPrecision: 100,
      eventLoopUtilizationTimeout: 1000,
    })
  }

  /** Figures that are read from the store at each scrape. */
  watch(watched: Watched, now: () => number): void {
    this.#look = watchDatabase(this.#registry, watched, now, (app) => {
      // For the same reason as for the threads above.
      for (const state of FINAL_STATES) this.#recipients.inc({ app, state }, 0)
      for (const reason of CLOSED_LOOKUPS) this.#throttled.inc({ app, reason }, 0)
    })
  }

  /** @param open returns the number of connections, called at each scrape */
  watchConnections(open: () => number, limit: number): void {
    const registers = [this.#registry]
    const limitGauge = new Gauge({
      name: "wecom_push_http_connections_limit",
      help: "Connections beyond which only health checks are answered.",
      registers,
    })
    limitGauge.set(limit)
    // oxlint-disable-next-line no-new -- the registry holds it
    new Gauge({
      name: "wecom_push_http_connections",
      help: "Open connections, idle ones and those beyond the limit included.",
      registers,
      collect() {
        this.set(open())
      },
    })
  }

  request(method: string, route: string, status: number, ms: number): void {
    this.#requests.observe({ method, route, status }, ms / 1000)
    if (status === 500) this.#errors.inc()
  }

  accepted(app: string, msgtype: string): void {
    this.#accepted.inc({ app, msgtype })
  }

  frameLost(app: string): void {
    this.#framesLost.inc({ app })
  }

  recipientsFinished(app: string, state: RecipientState, count: number): void {
    this.#recipients.inc({ app, state }, count)
  }

  mediumTaken(type: MediaType, result: "stored" | "known"): void {
    this.#mediaTaken.inc({ type, result })
  }

  mediumUploaded(app: string, reason: "first" | "expiring" | "refused"): void {
    this.#mediaUploads.inc({ app, reason })
  }

  throttled(app: string, reason: string, count = 1): void {
    this.#throttled.inc({ app, reason }, count)
  }

  threadFailed(thread: ThreadName): void {
    this.#threadFailures.inc({ thread })
  }

  /** For the clients that call WeCom. */
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

  async text(apps: AppScope): Promise<string> {
    await this.#look()
    return figuresOf(await this.#registry.metrics(), apps, OF_EVERYBODY)
  }
}

/** The figures that `/v1/status` shows to every key as well. */
const OF_EVERYBODY: ReadonlySet<string> = new Set(["wecom_push_build_info", "wecom_push_storage_up"])

/** Reasons for which there is an alert rule. */
const CLOSED_LOOKUPS = ["lookup_budget", "lookup_paused"] as const

const FINAL_STATES = RECIPIENT_STATES.filter((state) => state !== "pending")
