import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client"
import { classifyErrcode } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { ApiHooks } from "@wecom-push/sdk"
import { beijingDay, RECIPIENT_STATES } from "@wecom-push/protocol/delivery"
import type { RecipientState } from "@wecom-push/protocol/delivery"
import { appLimits, PERSON_TIMES_PER_ACCOUNT } from "./domain/app-limits.ts"
import type { AppStore } from "./ports/apps.ts"
import type { AuditLog } from "./ports/audit.ts"
import type { Dispatcher } from "./ports/dispatcher.ts"
import type { PersonTimes } from "./ports/person-times.ts"
import type { AppScope, MessageReader } from "./ports/reader.ts"
import type { Upkeep } from "./ports/upkeep.ts"
import { THREAD_NAMES } from "./threads/worker-thread.ts"
import type { ThreadName } from "./threads/worker-thread.ts"
import { figuresOf } from "./exposition.ts"

/** Whom the figures are asked of that nobody counts. */
export interface Watched {
  readonly reader: Pick<MessageReader, "backlog">
  readonly upkeep: Pick<Upkeep, "health">
  readonly apps: Pick<AppStore, "list">
  readonly personTimes: Pick<PersonTimes, "taken">
  readonly audit: Pick<AuditLog, "extent">
  readonly dispatcher: Pick<Dispatcher, "standing">
}

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
  readonly #mediaTaken: Counter<"type" | "result">
  readonly #mediaUploads: Counter<"app" | "reason">
  readonly #throttled: Counter<"app" | "reason">
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
      help: "Files handed in: stored, or known from before.",
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
    // A counter that is first seen at 1 has not increased, as Prometheus reads it, and nobody would be alarmed.
    for (const thread of THREAD_NAMES) this.#threadFailures.inc({ thread }, 0)
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
  watch({ reader, upkeep, apps, personTimes, dispatcher, audit }: Watched, now: () => number): void {
    const registers = [this.#registry]
    const labelNames = ["app", "priority"] as const
    const unfinished = new Gauge({
      name: "wecom_push_unfinished_messages",
      help: "Messages accepted and not finished, scheduled ones included.",
      labelNames,
      registers,
    })
    const due = new Gauge({
      name: "wecom_push_due_messages",
      help: "Unfinished messages that should have gone out by now, whatever keeps them; counted to 10,000.",
      labelNames,
      registers,
    })
    const oldestDue = new Gauge({
      name: "wecom_push_oldest_due_seconds",
      help: "For how long the unfinished message that should have gone out first has been waiting.",
      labelNames,
      registers,
    })
    const isPaused = new Gauge({
      name: "wecom_push_app_paused",
      help: "1 while a configuration error of the app keeps its messages waiting, else 0.",
      labelNames: ["app"],
      registers,
    })
    const isUnreachable = new Gauge({
      name: "wecom_push_app_unreachable",
      help: "1 while WeCom cannot be reached for the app, else 0.",
      labelNames: ["app"],
      registers,
    })
    const taken = new Gauge({
      name: "wecom_push_app_person_times",
      help: "Person-times the app's agent has used of its quota of this day in Beijing, where its account_cap is set.",
      labelNames: ["app"],
      registers,
    })
    const quota = new Gauge({
      name: "wecom_push_app_person_times_quota",
      help: "Person-times a day the app may send: account_cap times 200.",
      labelNames: ["app"],
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
    const auditEntries = new Gauge({
      name: "wecom_push_audit_entries",
      help: "Entries of the audit trail.",
      registers,
    })
    const auditDeleted = new Gauge({
      name: "wecom_push_audit_deleted_entries",
      help: "Entries of the audit trail that were deleted to keep it inside its bounds, ever.",
      registers,
    })
    this.#look = async () => {
      const trail = await audit.extent()
      auditEntries.set(trail.entries)
      auditDeleted.set(trail.deleted?.entries ?? 0)
      const health = upkeep.health()
      bytes.set(health.databaseBytes)
      if (health.logBytes !== undefined) logBytes.set(health.logBytes)
      isStoring.set(health.trouble === undefined ? 1 : 0)
      for (const gauge of [isPaused, isUnreachable, taken, quota]) gauge.reset()
      for (const { name: app, corpId, agentId, pause, settings } of await apps.list()) {
        const { accountCap } = appLimits(settings)
        if (accountCap !== null) {
          quota.set({ app }, accountCap * PERSON_TIMES_PER_ACCOUNT)
          taken.set({ app }, await personTimes.taken({ corpId, agentId }, beijingDay(now())))
        }
        isPaused.set({ app }, pause === undefined ? 0 : 1)
        isUnreachable.set({ app }, dispatcher.standing(app).outage === undefined ? 0 : 1)
        // As above.
        for (const state of FINAL_STATES) this.#recipients.inc({ app, state }, 0)
      }
      const backlog = await reader.backlog(now())
      unfinished.reset()
      due.reset()
      oldestDue.reset()
      for (const { app, priority, ...view } of backlog) {
        unfinished.set({ app, priority }, view.unfinished)
        due.set({ app, priority }, view.due)
        oldestDue.set({ app, priority }, view.oldestDueMs / 1000)
      }
    }
  }

  /** @param open how many connections there are, asked when somebody looks */
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
  }

  accepted(app: string, msgtype: string): void {
    this.#accepted.inc({ app, msgtype })
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

  /** In the text format of Prometheus. @param apps about no others; what is about no app at all is for whoever holds all */
  async text(apps: AppScope): Promise<string> {
    await this.#look()
    return figuresOf(await this.#registry.metrics(), apps, OF_EVERYBODY)
  }
}

/** What `/v1/status` tells every key, too. */
const OF_EVERYBODY: ReadonlySet<string> = new Set(["wecom_push_build_info", "wecom_push_storage_up"])

const FINAL_STATES = RECIPIENT_STATES.filter((state) => state !== "pending")
