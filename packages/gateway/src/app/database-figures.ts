import { Counter, Gauge } from "@prometheus-io/client"
import type { Registry } from "@prometheus-io/client"
import { beijingDay } from "@wecom-push/protocol/delivery"
import { appLimits, corpLimits, PERSON_TIMES_PER_ACCOUNT } from "../model/app-limits.ts"
import type { Places } from "../model/shares.ts"
import { StorageError } from "../model/storage-error.ts"
import type { AppStore, CorpSettingsStore } from "../model/ports/apps.ts"
import type { AuditLog } from "../model/ports/audit.ts"
import type { Dispatcher } from "../model/ports/dispatcher.ts"
import type { MediaStore } from "../model/ports/media.ts"
import type { MissBudget } from "../model/ports/misses.ts"
import type { PersonTimes } from "../model/ports/person-times.ts"
import type { MessageReader } from "../model/ports/reader.ts"
import type { Upkeep } from "../model/ports/upkeep.ts"

/** The parts that are asked for the figures that the gateway does not count itself. */
export interface Watched {
  readonly reader: Pick<MessageReader, "backlog" | "unfinished">
  readonly upkeep: Pick<Upkeep, "health">
  readonly apps: Pick<AppStore, "list">
  readonly personTimes: Pick<PersonTimes, "taken">
  readonly audit: Pick<AuditLog, "extent">
  readonly dispatcher: Pick<Dispatcher, "pauseOf" | "standing">
  readonly media: Pick<MediaStore, "holdings">
  readonly misses: Pick<MissBudget, "taken">
  readonly corps: Pick<CorpSettingsStore, "get">
  readonly stocks: SharedStocks
}

/** Stocks of which keys and apps have shares, with their sizes. */
interface SharedStocks {
  readonly messages: number
  readonly fileBytes: number
  /** The streams of this gateway alone. */
  readonly streams: Pick<Places, "taken" | "stock">
}

/**
 * Figures that are read from the store. Figures that are the same for all gateways on one database have the label
 * `database`: a sum over gateways would count them once for each gateway, so take the maximum for each database.
 * @returns a function that updates the figures
 */
export function watchDatabase(
  registry: Registry,
  { reader, upkeep, apps, personTimes, dispatcher, audit, media, misses, corps, stocks }: Watched,
  now: () => number,
  onApp: (app: string) => void,
): () => Promise<void> {
  const registers = [registry]
  const ofApp = ["database", "app"] as const
  const ofPriority = ["database", "app", "priority"] as const
  const ofAll = ["database"] as const
  const unfinished = new Gauge({
    name: "wecom_push_unfinished_messages",
    help: "Messages accepted and not finished, scheduled ones included.",
    labelNames: ofPriority,
    registers,
  })
  const due = new Gauge({
    name: "wecom_push_due_messages",
    help: "Unfinished messages that should have been sent already, whatever the reason; counted up to 10,000.",
    labelNames: ofPriority,
    registers,
  })
  const oldestDue = new Gauge({
    name: "wecom_push_oldest_due_seconds",
    help: "For how long the unfinished message that should have gone out first has been waiting.",
    labelNames: ofPriority,
    registers,
  })
  const isPaused = new Gauge({
    name: "wecom_push_app_paused",
    help: "1 while a configuration error of the app keeps its messages waiting, else 0.",
    labelNames: ofApp,
    registers,
  })
  const isUnreachable = new Gauge({
    name: "wecom_push_app_unreachable",
    help: "1 while WeCom cannot be reached for the app, as this gateway sees it, else 0.",
    labelNames: ["app"],
    registers,
  })
  const taken = new Gauge({
    name: "wecom_push_app_person_times",
    help: "Person-times the app's agent has used of its quota of this day in Beijing, where its account_cap is set.",
    labelNames: ofApp,
    registers,
  })
  const quota = new Gauge({
    name: "wecom_push_app_person_times_quota",
    help: "Person-times a day the app may send: account_cap times 200.",
    labelNames: ofApp,
    registers,
  })
  const nodes = new Gauge({
    name: "wecom_push_nodes",
    help: "Gateways that use the database, as this one sees it.",
    labelNames: ofAll,
    registers,
  })
  const bytes = new Gauge({
    name: "wecom_push_database_bytes",
    help: "Size of the database.",
    labelNames: ofAll,
    registers,
  })
  const deadRows = new Gauge({
    name: "wecom_push_database_dead_rows",
    help: "Rows that were deleted or replaced and that PostgreSQL has still to clear away.",
    labelNames: ofAll,
    registers,
  })
  const oldestSnapshot = new Gauge({
    name: "wecom_push_oldest_snapshot_seconds",
    help: "For how long a transaction has been open, of those that the gateway may see, that keeps dead rows from being cleared away.",
    labelNames: ofAll,
    registers,
  })
  const logBytes = new Gauge({
    name: "wecom_push_database_log_bytes",
    help: "Size of SQLite's write-ahead log; it grows while a read takes long.",
    registers,
  })
  const isStoring = new Gauge({
    name: "wecom_push_storage_up",
    help: "1 while changes are being kept, 0 in trouble with the disk or the database.",
    registers,
  })
  const stranded = new Counter({
    name: "wecom_push_stranded_messages_total",
    help: "Stranded messages that this gateway requeued.",
    registers,
  })
  const auditEntries = new Gauge({
    name: "wecom_push_audit_entries",
    help: "Entries of the audit trail.",
    labelNames: ofAll,
    registers,
  })
  const auditDeleted = new Gauge({
    name: "wecom_push_audit_deleted_entries",
    help: "Entries of the audit trail that were deleted to keep it inside its bounds, ever.",
    labelNames: ofAll,
    registers,
  })
  const ofStock = ["database", "stock", "corp"] as const
  const stockUsed = new Gauge({
    name: "wecom_push_shared_stock_used",
    help: "How much is taken of what keys and apps share: messages, files (bytes), streams, and lookup_misses of a corp today.",
    labelNames: ofStock,
    registers,
  })
  const stockLimit = new Gauge({
    name: "wecom_push_shared_stock_limit",
    help: "How much there is of that; while more than half is taken, each key and each app may have its share.",
    labelNames: ofStock,
    registers,
  })
  const tellStocks = async (database: string): Promise<void> => {
    const { streams, messages, fileBytes } = stocks
    const tell = (labels: { stock: string; corp?: string }, used: number, limit: number): void => {
      // Each gateway counts its own streams.
      const all = labels.stock === "streams" ? labels : { database, ...labels }
      stockUsed.set(all, used)
      stockLimit.set(all, limit)
    }
    tell({ stock: "streams" }, streams.taken, streams.stock.limit)
    const unfinishedAll = await reader.unfinished()
    tell({ stock: "messages" }, sumOf(unfinishedAll.map(({ count }) => count)), messages)
    tell({ stock: "files" }, sumOf((await media.holdings()).map(({ bytes }) => bytes)), fileBytes)
    const ofCorps = (await apps.list()).filter(({ kind }) => kind === "app")
    for (const corp of new Set(ofCorps.map(({ corpId }) => corpId))) {
      const { lookupMissBudget: budget } = corpLimits(await corps.get(corp))
      if (!Number.isFinite(budget)) continue
      tell({ stock: "lookup_misses", corp }, await misses.taken(corp, beijingDay(now())), budget)
    }
  }
  const ask = async (): Promise<void> => {
    const health = upkeep.health()
    const database = health.databaseId
    nodes.set({ database }, health.nodes)
    bytes.set({ database }, health.databaseBytes)
    if (health.deadRows !== undefined) deadRows.set({ database }, health.deadRows)
    if (health.oldestSnapshotSeconds !== undefined) oldestSnapshot.set({ database }, health.oldestSnapshotSeconds)
    if (health.logBytes !== undefined) logBytes.set(health.logBytes)
    stranded.reset()
    stranded.inc(health.strandedMessages)
    await tellStocks(database)
    const trail = await audit.extent()
    auditEntries.set({ database }, trail.entries)
    auditDeleted.set({ database }, trail.deleted?.entries ?? 0)
    for (const party of await apps.list()) {
      const { name: app, settings } = party
      const { accountCap } = appLimits(settings)
      if (accountCap !== null) {
        quota.set({ database, app }, accountCap * PERSON_TIMES_PER_ACCOUNT)
        taken.set({ database, app }, await personTimes.taken(party, beijingDay(now())))
      }
      isPaused.set({ database, app }, dispatcher.pauseOf(party) === undefined ? 0 : 1)
      isUnreachable.set({ app }, dispatcher.standing(app).outage === undefined ? 0 : 1)
      onApp(app)
    }
    for (const { app, priority, ...view } of await reader.backlog(now())) {
      unfinished.set({ database, app, priority }, view.unfinished)
      due.set({ database, app, priority }, view.due)
      oldestDue.set({ database, app, priority }, view.oldestDueMs / 1000)
    }
  }
  const ofStore = [
    unfinished,
    due,
    oldestDue,
    isPaused,
    isUnreachable,
    taken,
    quota,
    auditEntries,
    auditDeleted,
    stockUsed,
    stockLimit,
  ]
  return async () => {
    for (const gauge of ofStore) gauge.reset()
    try {
      await ask()
    } catch (error) {
      // While its database is lost, the gateway still reports the figures that it counts itself, and that the database is
      // lost.
      if (!(error instanceof StorageError)) throw error
      for (const gauge of ofStore) gauge.reset()
    }
    isStoring.set(upkeep.health().trouble === undefined ? 1 : 0)
  }
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0)
}
