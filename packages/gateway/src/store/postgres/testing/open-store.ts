import assert from "node:assert/strict"
import { sql } from "kysely"
import { PgBoss } from "pg-boss"
import type { LocalOutbox, LocalStores } from "../../../model/ports/stores.ts"
import { NOON } from "../../testing/build.ts"
import type { StoreUnderTest } from "../../testing/contract/rule.ts"
import { MASTER_KEY } from "../../testing/open-store.ts"
import { S3Bucket } from "../../../files/s3-bucket.ts"
import { newBucket } from "../../../files/testing/object-server.ts"
import type { TestBucket } from "../../../files/testing/object-server.ts"
import { connect } from "../connection.ts"
import type { BucketFiles } from "../file-objects.ts"
import { openPostgres } from "../open.ts"
import type { OpenedPostgres, PostgresOptions } from "../open.ts"
import type { OutboxStore } from "../../../model/ports/outbox.ts"
import { newMigratedDatabase } from "./migrated-database.ts"
import { SetClock } from "./set-clock.ts"
import { TakeTurns } from "./take-turns.ts"

/** Another node on a database. */
export function openNode(url: string, changes: Partial<PostgresOptions> = {}): Promise<OpenedPostgres> {
  return openPostgres({ url, masterKey: MASTER_KEY, now: NOON, ...changes })
}

export interface PostgresUnderTest extends StoreUnderTest {
  crash(): Promise<PostgresUnderTest>
  /** The address of its database. */
  readonly url: string
  readonly clock: SetClock
  /** From now on all due messages are handed out, and not only those that are asked for. */
  handOutAlways(): void
  /** Waits until `count` have been handed out. @returns which */
  handed(count: number): Promise<readonly string[]>
  /** Looks for jobs that were silent for long, as pg-boss does every few seconds. */
  supervise(): Promise<void>
}

/**
 * Every file is in a bucket. Its time does not move while the rules are set up, and moves when they ask for what is due
 * at another time.
 */
export async function openTemporaryWithBucket(): Promise<PostgresUnderTest> {
  await using resources = new AsyncDisposableStack()
  const { url } = resources.use(await newMigratedDatabase())
  const bucket = resources.use(await newBucket())
  const openAgain = (): Promise<OpenedPostgres> => openNode(url, { files: filesIn(bucket, { inDatabaseBytes: 0 }) })
  const opened = await openAgain()
  const clock = await SetClock.stop(url, NOON)
  const kept = resources.move()
  return underTest(opened, { url, clock, openAgain, leave: close, end: () => kept.disposeAsync() })
}

/** A node's settings of a bucket. Each has connections of its own. */
export function filesIn({ files }: TestBucket, changes: Partial<BucketFiles> = {}): BucketFiles {
  const { inDatabaseBytes } = files
  return { bucket: new S3Bucket(files), inDatabaseBytes, ...changes }
}

async function close({ stores }: OpenedPostgres): Promise<void> {
  await stores[Symbol.asyncDispose]()
}

/** The place of a store under test. */
export interface Place {
  readonly url: string
  readonly clock: SetClock
  readonly openAgain: () => Promise<OpenedPostgres>
  /** Takes over the node that exists at the end of the test. */
  readonly leave: (opened: OpenedPostgres) => Promise<void>
  /** Called when all its nodes are closed or left. */
  readonly end: () => Promise<void>
}

export function underTest(opened: OpenedPostgres, place: Place): PostgresUnderTest {
  const { stores, session } = opened
  const { url, clock, openAgain } = place
  const turns = new TakeTurns(opened, clock)
  let isCrashed = false
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no rule asks it for more
    stores: { ...stores, outbox: askingFor(stores.outbox, turns) } as unknown as LocalStores,
    url,
    clock,
    handOutAlways: () => turns.handOutAlways(),
    handed: (count) => turns.handed(count),
    supervise: () => supervise(url),
    async crash() {
      // It continues in this process, and would take what the next one should find.
      await turns.abandon()
      isCrashed = true
      // In this order the session does not come back, since the next process would not wait for it.
      const ended = session[Symbol.asyncDispose]()
      await endConnections(url)
      await ended
      return underTest(await openAgain(), { ...place, end: () => Promise.resolve() })
    },
    async [Symbol.asyncDispose]() {
      await using resources = new AsyncDisposableStack()
      resources.defer(() => place.end())
      resources.defer(async () => (isCrashed ? stores[Symbol.asyncDispose]() : place.leave(opened)))
      await turns[Symbol.asyncDispose]()
      // Whatever a rule has done, it leaves no stranded message.
      if (!isCrashed) assert.equal((await opened.reconcile()).stranded, 0)
    },
  }
}

/** An outbox that can be asked for turns. */
function askingFor(outbox: OutboxStore, turns: TakeTurns): Partial<LocalOutbox> {
  const afterGivingBack =
    <Of extends readonly unknown[], Result>(change: (...of: Of) => Promise<Result>) =>
    async (...of: Of): Promise<Result> => {
      await turns.giveBackRest()
      return change(...of)
    }
  return {
    ...outbox,
    claim: (query) => turns.claim(query),
    claimExpired: (query) => turns.claimExpired(query),
    renew: (claims) => turns.renew(claims),
    release: (releases) => turns.release(releases),
    update: afterGivingBack((change) => outbox.update(change)),
    makeAppDue: afterGivingBack((app, at) => outbox.makeAppDue(app, at)),
    makeDue: afterGivingBack((ids, at) => outbox.makeDue(ids, at)),
  }
}

async function supervise(url: string): Promise<void> {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  const boss = new PgBoss({
    connectionString: url,
    schema: "wecom_push_jobs",
    max: 1,
    schedule: false,
    supervise: false,
  })
  try {
    // It does not look more often than its settings say.
    await sql`update wecom_push_jobs.queue set monitor_on = null, monitor_claim_on = null`.execute(db)
    await boss.start()
    await boss.supervise()
  } finally {
    await boss.stop({ graceful: false })
    await db.destroy()
  }
}

/** Ends connections of all nodes, without a last message. @param which connections of a node, by their names */
export async function endConnections(url: string, which = "wecom-push%"): Promise<void> {
  const db = connect({ url, maxConnections: 1, onLost: () => {} })
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like ${which}`.execute(db)
  } finally {
    await db.destroy()
  }
}
