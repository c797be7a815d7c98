import { rm } from "node:fs/promises"
import { randomUUID } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MediaFolder } from "../../media/media-folder.ts"
import type { Stores } from "../../ports/stores.ts"
import type { Upkeep } from "../../ports/upkeep.ts"
import { SecretBox } from "../secret-box.ts"
import { Agents } from "./agents.ts"
import { PostgresApps } from "./apps.ts"
import { PostgresAudit } from "./audit.ts"
import { PostgresBusyMembers } from "./busy-members.ts"
import { PostgresCallbacks } from "./callbacks.ts"
import { connect } from "./connection.ts"
import { PostgresCorps } from "./corps.ts"
import { PostgresEvents } from "./events.ts"
import { PostgresKeys } from "./keys.ts"
import { PostgresLookups } from "./lookups.ts"
import { Claims } from "./claims.ts"
import { JobFence } from "./job-fence.ts"
import { JobQueue } from "./job-queue.ts"
import type { JobQueueDeps } from "./job-queue.ts"
import { Jobs } from "./jobs.ts"
import { JobWindow } from "./job-window.ts"
import { checkMasterKey } from "./master-key.ts"
import { PostgresMedia } from "./media.ts"
import { migrate } from "./migrate.ts"
import { PostgresMisses } from "./misses.ts"
import { registerNode } from "./nodes.ts"
import { postgresOutbox } from "./outbox.ts"
import type { StoredOutbox } from "./outbox.ts"
import { PostgresPersonTimes } from "./person-times.ts"
import { postgresReader } from "./reader.ts"
import { Prune } from "./prune.ts"
import { Session } from "./session.ts"
import { PostgresTokens } from "./tokens.ts"
import { Transactions } from "./transactions.ts"

export interface PostgresOptions {
  /** As in `postgres://user:secret@host/database`. */
  readonly url: string
  /** 32 bytes, the same for all nodes. */
  readonly masterKey: Uint8Array
  /** The one before, while the present one takes over: whatever is encrypted is encrypted anew at this start. */
  readonly previousMasterKey?: Uint8Array
  /** Beside the one that each node has for itself. */
  readonly maxConnections?: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What of `Stores` there is. */
export interface PostgresStores extends Omit<Stores, "outbox" | "upkeep"> {
  readonly outbox: StoredOutbox
  readonly upkeep: Pick<Upkeep, "prune">
}

export interface OpenedPostgres {
  readonly stores: PostgresStores
  /** Number of this node. */
  readonly node: number
  readonly session: Session
  /** Says who works on which message; one for each opened store. */
  workQueue(deps: Pick<JobQueueDeps, "log" | "stopping">): JobQueue
}

/**
 * Opens the database of one or several gateways, and makes the tables when there are none.
 * @throws {StartRefusal} when going on could lose messages or send them twice
 */
export async function openPostgres(options: PostgresOptions): Promise<OpenedPostgres> {
  const { url, maxConnections = DEFAULT_CONNECTIONS, now } = options
  await using resources = new AsyncDisposableStack()
  const db = resources.adopt(connect({ url, maxConnections, onLost }), (db) => db.destroy())
  await migrate(db)
  const transactions = new Transactions(db)
  const box = new SecretBox(options.masterKey, options.previousMasterKey)
  await checkMasterKey(transactions, box)
  const node = await transactions.single(registerNode)
  const session = resources.use(await Session.open({ url, node, onLost }))

  const agents = new Agents()
  const events = new PostgresEvents(transactions)
  const audit = new PostgresAudit(transactions)
  const draftsFolder = join(tmpdir(), `wecom-push-drafts-${randomUUID()}`)
  resources.defer(() => rm(draftsFolder, { recursive: true, force: true }))
  const media = new PostgresMedia(transactions, new MediaFolder(draftsFolder))
  const busyMembers = await PostgresBusyMembers.open(transactions, agents, now)

  const jobs = resources.use(await Jobs.start({ url, maxConnections: JOB_CONNECTIONS, onTrouble: onLost }))
  let queue: JobQueue | undefined
  const window = new JobWindow(jobs, () => queue?.wake())
  const claims = new Claims()
  const fence = new JobFence(jobs)

  const kept = resources.move()
  const stores: PostgresStores = {
    outbox: postgresOutbox({ transactions, events, window, agents, claims, fence, node, jobs }),
    reader: postgresReader({ transactions, node }),
    events,
    callbacks: new PostgresCallbacks(transactions, events),
    apps: new PostgresApps(transactions, events, box),
    corps: new PostgresCorps(transactions),
    keys: new PostgresKeys(transactions),
    audit,
    tokens: new PostgresTokens(transactions, session, box),
    lookups: new PostgresLookups(transactions),
    misses: new PostgresMisses(transactions, node),
    personTimes: new PostgresPersonTimes(transactions, agents, events),
    busyMembers,
    media,
    upkeep: new Prune(transactions, media, audit),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
  return {
    stores,
    node,
    session,
    workQueue: (deps) => (queue = new JobQueue({ ...deps, transactions, jobs, window, claims, node })),
  }
}

/** What was lost in use is told by the statement that met it. */
function onLost(): void {}

const DEFAULT_CONNECTIONS = 10
const JOB_CONNECTIONS = 4
