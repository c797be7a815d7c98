import { rm } from "node:fs/promises"
import { randomUUID } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { StorageError } from "../../model/storage-error.ts"
import { MediaFolder } from "../../files/media-folder.ts"
import type { RobotLease } from "../../model/ports/robot-lease.ts"
import type { RobotRelay } from "../../model/ports/robot-relay.ts"
import type { SharedCounts } from "../../model/ports/shared-counts.ts"
import type { Stores } from "../../model/ports/stores.ts"
import type { Clock } from "@wecom-push/sdk"
import type { OnMigrating } from "../migration-watch.ts"
import { Apps } from "../cold/apps.ts"
import { Audit } from "../cold/audit.ts"
import { Callbacks } from "../cold/callbacks.ts"
import { Chats } from "../cold/chats.ts"
import { Conversations } from "../cold/conversations.ts"
import { Corps } from "../cold/corps.ts"
import { Keys } from "../cold/keys.ts"
import { StoredLookups } from "../cold/lookups.ts"
import { Parties } from "../cold/parties.ts"
import { StoredPersonTimes } from "../cold/person-times.ts"
import { StoredRecalls } from "../cold/recalls.ts"
import type { LeftRecalls } from "../cold/recalls.ts"
import { Sources } from "../cold/sources.ts"
import { Tokens } from "../cold/tokens.ts"
import { SecretBox } from "../secret-box.ts"
import { beginAfterRestore, parkUnfinished, restoredAt } from "./after-restore.ts"
import { partyRows } from "./parties.ts"
import { auditTables } from "./audit.ts"
import { OlderNodes } from "./older-nodes.ts"
import { classifyError, isOfChange } from "./classify-error.ts"
import { checkBucket } from "./check-bucket.ts"
import { PostgresClockNotes } from "./clock-notes.ts"
import { ownQuery, PostgresCold } from "./cold.ts"
import { connect } from "./connection.ts"
import type { Database } from "./connection.ts"
import { DatabaseClock } from "./database-clock.ts"
import { PostgresEvents } from "./events.ts"
import { findCards } from "./find-cards.ts"
import { FileObjects } from "./file-objects.ts"
import type { BucketFiles } from "./file-objects.ts"
import { IDENTITY, inspect } from "./inspect.ts"
import type { Inspected } from "./inspect.ts"
import { PostgresLookupRecords } from "./lookups.ts"
import { Claims, JobFence } from "./claims.ts"
import { JobQueue } from "./job-queue.ts"
import type { JobQueueDeps } from "./job-queue.ts"
import { Jobs } from "./jobs.ts"
import { JobWindow } from "./job-window.ts"
import { PostgresLookupPaces } from "./lookup-paces.ts"
import { checkMasterKey } from "./master-key.ts"
import { PostgresMedia } from "./media.ts"
import { PostgresMemberWindows } from "./member-windows.ts"
import { MigrationInterrupted, migrateSafely } from "./migrate.ts"
import { PostgresMisses } from "./misses.ts"
import { Notices } from "./notices.ts"
import { ALIVE, registerNode } from "./nodes.ts"
import { postgresOutbox } from "./outbox.ts"
import { postgresReader } from "./reader.ts"
import { Prune } from "./prune.ts"
import { Reconciler } from "./reconcile.ts"
import type { Reconciled } from "./reconcile.ts"
import { reasonOf } from "./reason-of.ts"
import { refusals } from "./refusals.ts"
import { PostgresRobotLease } from "./robot-lease.ts"
import { PostgresRobotRelay } from "./robot-relay.ts"
import { Session } from "./session.ts"
import { shownUrl } from "./shown-url.ts"
import { PostgresPauses } from "./shared-pauses.ts"
import { PostgresPermits } from "./permit-pools.ts"
import { SharedLocks } from "./shared-locks.ts"
import { Transactions } from "./transactions.ts"
import type { Trouble } from "./transactions.ts"
import { Unfinished } from "./unfinished.ts"
import { findDatabaseId, PostgresUpkeep } from "./upkeep.ts"

export interface PostgresOptions {
  /** As in `postgres://user:secret@host/database`. */
  readonly url: string
  /** The address past a pooler, for everything that belongs to a session. */
  readonly directUrl?: string | undefined
  /** 32 bytes, the same for all nodes. */
  readonly masterKey: Uint8Array
  /** The former key, during a change of the master key: this start encrypts all secrets anew. */
  readonly previousMasterKey?: Uint8Array
  /** The bucket of large files; undefined: they are in the database. Closed with the stores. */
  readonly files?: BucketFiles | undefined
  /** Besides the one that each node has for itself, and those of the jobs. */
  readonly maxConnections?: number
  /** How long the start waits for a server that cannot be reached; not at all unless given. */
  readonly waitMs?: number
  /** Called during the wait, with the reason. */
  readonly onWaiting?: (why: string) => void
  /** Gets the progress of the migration of an older schema. */
  readonly onMigrating?: OnMigrating
  /** Called with each statement that the database refused or that the connection lost. */
  readonly onTrouble?: (trouble: Trouble) => void
  /** Like `onWaiting`, for the bucket of files. */
  readonly onWaitingForBucket?: (why: string) => void
  /** The first start on a restored database: messages that were due in it may have gone out since the backup. */
  readonly afterRestore?: boolean
  /** Opened as one side of a move, and not for a gateway. */
  readonly duringMove?: boolean
  /** Milliseconds since 1970; the database's time unless given. */
  readonly now?: number
}

export interface OpenedPostgres {
  readonly stores: Stores
  /** The database's time. */
  readonly clock: Clock
  /** How many messages of a restored database wait for a decision of a client. */
  readonly parkedMessages: number
  /** How many files of a restored database are missing in the bucket. */
  readonly lostFiles: number
  /** How many servers follow the database's without delaying commits. */
  readonly asynchronousStandbys: number
  /** Number of this node. */
  readonly node: number
  readonly session: Session
  /** Aborted when the database has gone back to an earlier moment: everything has to be opened anew. */
  readonly historyLost: AbortSignal
  /** Looks for stranded messages, and requeues them. */
  reconcile(): Promise<Reconciled>
  /** Runs `work` while no other node runs such work. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** Decides which node has the connections of smart robots. */
  readonly robotLease: RobotLease
  /** Relays frames to the node that has these connections. */
  readonly robotRelay: RobotRelay
  /** The counts that all nodes share. */
  readonly counts: SharedCounts
  /** Decides which worker gets which message; one for each opened store. */
  workQueue(deps: Pick<JobQueueDeps, "clock" | "log" | "stopping">): JobQueue
}

/**
 * Opens the database of one or several gateways, and creates the tables when there are none. After a loss of the
 * database it waits like for a missing one.
 * @throws {StartRefusal} when a start could lose messages or send them twice
 */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  const { url, waitMs = 0, onWaiting = () => {} } = options
  const until = performance.now() + waitMs
  for (;;) {
    try {
      return await openOnce({ ...options, waitMs: Math.max(0, until - performance.now()) })
    } catch (error) {
      const isMigration = error instanceof MigrationInterrupted
      if (!isMigration && !(error instanceof StorageError) && classifyError(error) === undefined) throw error
      const cause = error instanceof StorageError && error.cause !== undefined ? error.cause : error
      const why = reasonOf(cause)
      if (isOfChange(cause)) throw refusals.migrationFailed(shownUrl(url), why, error)
      if (performance.now() + AGAIN_MS > until) {
        if (isMigration) throw error.refusal(url, waitMs)
        throw refusals.unreachable(shownUrl(url), Math.round(waitMs / 1000), why, error)
      }
      onWaiting(why)
      await sleep(AGAIN_MS)
    }
  }
}

async function openOnce(options: PostgresOptions): Promise<OpenedPostgres> {
  const { url, maxConnections = DEFAULT_CONNECTIONS, waitMs = 0, onWaiting = () => {} } = options
  await using resources = new AsyncDisposableStack()
  const { directUrl = url, duringMove = false, afterRestore = false } = options
  const isPooled = options.directUrl !== undefined
  const inspected = await inspect({ url: directUrl, waitMs, onWaiting, duringMove, afterRestore })
  resources.use(inspected)
  const db = resources.adopt(connect({ url, maxConnections, isPooled, onLost }), (db) => db.destroy())
  if (isPooled) await checkSame(db, inspected, url, directUrl)
  await migrateSafely(directUrl, {
    percent: inspected.indexPercent,
    ...(options.onMigrating && { onMigrating: options.onMigrating }),
  })
  const transactions = new Transactions(db, isPooled, options.onTrouble)
  const toPark = await beginAfterRestore(transactions, afterRestore, shownUrl(url))
  // No other gateway may start and send before unfinished messages are parked.
  if (toPark === undefined) await inspected[Symbol.asyncDispose]()
  const box = new SecretBox(options.masterKey, options.previousMasterKey)
  await checkMasterKey(transactions, box)
  const { files, onWaitingForBucket = onLost } = options
  const lostFiles = await checkBucket({
    transactions,
    files,
    isRestored: toPark !== undefined,
    database: shownUrl(url),
    waitMs,
    onWaitingForBucket,
  })
  const node = await transactions.single(registerNode)
  const session = resources.use(await Session.open({ url: directUrl, node, onLost }))
  const clock = resources.use(await DatabaseClock.start(transactions))

  const notices = new Notices(session)
  const parties = new Parties(partyRows)
  const events = resources.use(await PostgresEvents.open(transactions, notices))
  session.beforeReturn(() => events.recheck())
  // After a loss no more work begins.
  events.lost.addEventListener("abort", () => void session[Symbol.asyncDispose](), { once: true })
  const cold = new PostgresCold(transactions, events)
  const audit = new Audit(cold, auditTables(transactions))
  const draftsFolder = join(tmpdir(), `wecom-push-drafts-${randomUUID()}`)
  resources.defer(() => rm(draftsFolder, { recursive: true, force: true }))
  const objects = files && new FileObjects(transactions, files)
  const media = new PostgresMedia(transactions, new MediaFolder(draftsFolder), objects)

  const jobs = resources.use(await Jobs.start({ url, maxConnections: JOB_CONNECTIONS, isPooled, onTrouble: onLost }))
  let queue: JobQueue | undefined
  const window = new JobWindow(jobs, (queues) => queue?.filled(queues))
  const reconciler = new Reconciler({ transactions, window })
  const claims = new Claims()
  const fence = new JobFence(jobs)

  const counts: SharedCounts = {
    windows: resources.use(new PostgresMemberWindows(transactions, parties)),
    slots: new PostgresPermits(transactions, node),
    paces: new PostgresLookupPaces(transactions, node),
    pauses: (clock) => new PostgresPauses(transactions, clock),
  }

  const robotLease = resources.use(new PostgresRobotLease({ transactions, session, node }))
  const locks = new SharedLocks(session)
  const databaseId = await findDatabaseId(transactions)
  const unfinished = new Unfinished(transactions)
  await unfinished.makeCertain()
  const outbox = postgresOutbox({
    transactions,
    events,
    window,
    parties,
    claims,
    fence,
    session,
    node,
    jobs,
    restoredAt: await restoredAt(transactions),
  })
  const parkedMessages = toPark ? await parkUnfinished(transactions, outbox, toPark, options.now ?? clock.now()) : 0
  await inspected[Symbol.asyncDispose]()

  resources.defer(() => files?.bucket.close())
  const kept = resources.move()
  const stores: Stores = {
    outbox,
    reader: postgresReader({ transactions, unfinished, node }),
    events,
    callbacks: new Callbacks(cold, findCards),
    chats: new Chats(cold),
    conversations: new Conversations(cold),
    apps: new Apps(cold, box, new OlderNodes(cold)),
    corps: new Corps(cold),
    keys: new Keys(cold),
    sources: new Sources(cold, box),
    audit,
    tokens: new Tokens(cold, locks, box),
    lookups: new StoredLookups(cold, new PostgresLookupRecords(transactions)),
    misses: new PostgresMisses(transactions, node),
    personTimes: new StoredPersonTimes(cold, parties),
    recalls: new StoredRecalls(cold, node, leftRecalls),
    media,
    locks,
    upkeep: new PostgresUpkeep({
      transactions,
      prune: new Prune({ transactions, media, audit, unfinished }),
      reconciler,
      isDurable: inspected.isDurable,
      databaseId,
    }),
    clockNotes: new PostgresClockNotes(transactions),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
  return {
    stores,
    clock,
    parkedMessages,
    lostFiles,
    asynchronousStandbys: inspected.asynchronousStandbys,
    node,
    session,
    historyLost: events.lost,
    reconcile: () => reconciler.look(),
    alone: async (work) => {
      await using _ = await session.lock("start")
      return await work()
    },
    counts,
    robotLease,
    robotRelay: new PostgresRobotRelay({ transactions, notices }),
    workQueue(deps) {
      reconciler.keepLooking(deps.log, deps.stopping)
      queue = new JobQueue({ ...deps, transactions, jobs, window, claims, notices, robotLease, session, node })
      return queue
    },
  }
}

/** One address shows which nodes are alive, the other which messages they work on. */
async function checkSame(db: Database, { identity }: Inspected, url: string, directUrl: string): Promise<void> {
  const { rows } = await sql<{ identity: string }>`select ${sql.raw(IDENTITY)} as identity`.execute(db)
  if (rows[0]?.identity !== identity) throw refusals.otherDatabase(shownUrl(url), shownUrl(directUrl))
}

/** The recalls of dead nodes. */
const leftRecalls: LeftRecalls = (node) => ownQuery`select id, recalling from wecom_push.messages
  where recalling is not null and recalling <> ${node}
    and recalling::bigint not in (select node from (${ALIVE}) as alive)`

/** The statement that met the loss reports it. */
function onLost(): void {}

const AGAIN_MS = 500
const DEFAULT_CONNECTIONS = 10
const JOB_CONNECTIONS = 4
