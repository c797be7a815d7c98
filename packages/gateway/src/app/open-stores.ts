import { systemClock } from "@wecom-push/sdk/internals"
import type { StorageErrorCode } from "../model/storage-error.ts"
import type { Clock } from "@wecom-push/sdk"
import type { Config } from "./config.ts"
import type { DatabaseConfig } from "../store/database-config.ts"
import type { DispatcherOptions } from "../delivery/dispatcher.ts"
import type { FilesConfig } from "../files/files-config.ts"
import { localQueue } from "../delivery/queue/scheduler.ts"
import { localGovernors } from "../limits/local-governors.ts"
import { sharedGovernors } from "../limits/shared-governors.ts"
import type { Log } from "./log.ts"
import { openBucket } from "../files/open-bucket.ts"
import { masterKeyBeside } from "../store/sqlite/key-file.ts"
import type { Uptime } from "../model/ports/clock-notes.ts"
import { ALWAYS_HELD } from "../model/ports/robot-lease.ts"
import type { RobotLease } from "../model/ports/robot-lease.ts"
import { NO_RELAY } from "../model/ports/robot-relay.ts"
import type { RobotRelay } from "../model/ports/robot-relay.ts"
import type { Stores } from "../model/ports/stores.ts"
import { inspectFolder } from "../store/sqlite/inspect-file.ts"
import type { BucketFiles } from "../store/postgres/file-objects.ts"
import { openSqlite } from "../store/sqlite/open.ts"
import type { MigrationProgress } from "../store/migration-watch.ts"
import type { ThreadReport } from "../threads/worker-thread.ts"
import { machineUptime } from "./uptime.ts"

export interface OpenStoresOptions {
  readonly config: Config
  readonly log: Log
  readonly report: ThreadReport
  readonly afterRestore: boolean
  /** Replaces the clock of this machine, or of the database that several gateways share. */
  readonly now: (() => number) | undefined
  /** Replaces the clock as well, for everything that is measured with it, not only the present time. */
  readonly clock: Clock | undefined
  /** Replaces the uptime of this machine. */
  readonly uptime: Uptime | undefined
}

/** The stores of a gateway, and the shares of its stocks. */
export interface OpenedStores {
  readonly stores: Stores
  readonly createQueue: DispatcherOptions["createQueue"]
  /** Keeps all that use the database inside WeCom's limits. */
  readonly createGovernors: DispatcherOptions["createGovernors"]
  /** The clock whose times are stored. */
  readonly clock: Clock
  /**
   * The uptime of the machine whose clock that is; undefined where it is unknown, or where the clock is not this machine's.
   */
  readonly uptime: Uptime | undefined
  /** The secrets that all gateways on a database share without storing them there are derived from it. */
  readonly masterKey: Uint8Array
  /** How many messages of a restored database wait for an operator's decision. */
  readonly parkedMessages: number
  /** How many files of a restored database are not in its bucket. */
  readonly lostFiles: number
  /** Aborted when the database has gone back to an earlier moment; never for a file, which does not go back by itself. */
  readonly historyLost: AbortSignal | undefined
  /** Decides which of the gateways on a database has the connections of smart robots. */
  readonly robotLease: RobotLease
  readonly robotRelay: RobotRelay
  /** Does the work while no other gateway does anything in the same database. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** @throws {StartRefusal} a database with which a gateway could lose messages, or send them twice */
export function openStores(options: OpenStoresOptions): Promise<OpenedStores> {
  const { database } = options.config
  return database.kind === "sqlite" ? openFile(options, database.file) : openShared(options, database)
}

async function openFile(options: OpenStoresOptions, file: string): Promise<OpenedStores> {
  const { config, log, report, afterRestore, clock = systemClock, now = () => clock.now() } = options
  const isOwnClock = options.clock === undefined && options.now === undefined
  const { previousMasterKey } = config
  // Before a key is made in that folder.
  inspectFolder(file)
  const beside = config.masterKey === undefined ? masterKeyBeside(file) : undefined
  if (beside?.isOpenToOthers === true)
    log.warn({ file: `${file}.key` }, "the key file can be read by others; chmod 600 it")
  const masterKey = config.masterKey ?? beside?.key ?? new Uint8Array()
  const { stores, parked } = await openSqlite({
    file,
    masterKey,
    ...(previousMasterKey === undefined ? {} : { previousMasterKey }),
    afterRestore,
    now: now(),
    onThreadFailure: (error) => report("checkpoints", error),
    onMigrating: (progress) => logMigration(log, progress),
    onTrouble: (code) => {
      if (code === undefined) log.info({ file }, "the database takes changes again")
      else log.error({ file, code }, TROUBLES_OF_FILE[code] ?? "the database cannot be written; trying again")
    },
  })
  return {
    stores,
    createQueue: localQueue(stores.outbox),
    createGovernors: localGovernors(stores),
    clock,
    uptime: options.uptime ?? (isOwnClock ? machineUptime() : undefined),
    masterKey,
    parkedMessages: parked?.messages ?? 0,
    lostFiles: 0,
    historyLost: undefined,
    robotLease: ALWAYS_HELD,
    robotRelay: NO_RELAY,
    alone: (work) => work(),
  }
}

const TROUBLES_OF_FILE: Readonly<Partial<Record<StorageErrorCode, string>>> = {
  storage_full: "the disk is full: new messages are refused until there is room on it",
}

async function openShared(
  { config, log, afterRestore, clock }: OpenStoresOptions,
  { url, directUrl }: Extract<DatabaseConfig, { kind: "postgres" }>,
): Promise<OpenedStores> {
  // Loaded here, so that a gateway with a file loads none of the PostgreSQL code.
  const { openPostgres } = await import("../store/postgres/open.ts")
  const { masterKey = new Uint8Array(), previousMasterKey, files } = config
  const opened = await openPostgres({
    files: files && (await bucketFiles(files, log)),
    url,
    directUrl,
    masterKey,
    ...(previousMasterKey === undefined ? {} : { previousMasterKey }),
    afterRestore,
    maxConnections: config.databaseConnections,
    waitMs: config.databaseWaitSeconds * 1000,
    onWaiting: (why) => log.warn({ why }, "the database cannot be reached yet; the gateway waits for it"),
    onMigrating: (progress) => logMigration(log, progress),
    onTrouble: seldom(({ code, sqlState, why }) =>
      log.error({ code, sqlState, why }, "the database refuses the gateway or cannot be reached; trying again"),
    ),
    onWaitingForBucket: (why) =>
      log.warn({ why }, "the bucket of files cannot be reached yet; the gateway waits for it"),
  })
  const { stores, lostFiles, asynchronousStandbys } = opened
  if (lostFiles > 0) {
    log.error(
      { files: lostFiles },
      "files of the restored database are not in its bucket: messages with them will fail",
    )
  }
  if (stores.upkeep.health().synchronous === "off") {
    log.error(
      "fsync or synchronous_commit is off on the server: what was accepted may be lost when it fails; set both on",
    )
  }
  if (asynchronousStandbys > 0) {
    log.info(
      { standbys: asynchronousStandbys },
      "the database's standbys are asynchronous: what was accepted in the last moments is lost when one takes over from a server that is lost",
    )
  }
  return {
    stores,
    createQueue: (deps) => opened.workQueue(deps),
    createGovernors: sharedGovernors(opened.counts),
    clock: clock ?? opened.clock,
    uptime: undefined,
    masterKey,
    parkedMessages: opened.parkedMessages,
    lostFiles,
    historyLost: opened.historyLost,
    robotLease: opened.robotLease,
    robotRelay: opened.robotRelay,
    alone: (work) => opened.alone(work),
  }
}

/** The upgrade of a large database takes time: the log says that it is running, and which step. */
function logMigration(log: Log, progress: MigrationProgress): void {
  log.info(progress, progress.step === undefined ? "the database is up to date" : "the database is being upgraded")
}

async function bucketFiles(files: FilesConfig, log: Log): Promise<BucketFiles> {
  const opened = await openBucket(files)
  const { shown } = opened.bucket
  return {
    ...opened,
    onTrouble: seldom(({ trouble, message }) =>
      log.error({ bucket: shown, trouble, why: message }, "the bucket of files cannot be used"),
    ),
  }
}

/** An error may repeat a hundred times a second; it is logged at most every ten seconds. */
function seldom<T>(tell: (trouble: T) => void): (trouble: T) => void {
  let toldAt = -Infinity
  return (trouble) => {
    if (performance.now() - toldAt < TELL_EVERY_MS) return
    toldAt = performance.now()
    tell(trouble)
  }
}

const TELL_EVERY_MS = 10_000
