import { createHash, randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import { BucketError } from "../../files/bucket.ts"
import type { Bucket } from "../../files/bucket.ts"
import { bucketRefusals } from "./bucket-refusals.ts"
import type { BucketFiles } from "./file-objects.ts"
import type { Transactions } from "./transactions.ts"

export interface CheckBucketOptions {
  readonly transactions: Transactions
  readonly files: BucketFiles | undefined
  /** Missing files are counted, and do not prevent a start. */
  readonly isRestored: boolean
  readonly database: string
  /** How long the start waits for a store that cannot be reached. */
  readonly waitMs: number
  readonly onWaitingForBucket: (why: string) => void
}

/**
 * Checks that the bucket is the one with the database's files: it contains an object that marks it.
 * @returns for a restored database: how many files are not in the bucket
 * @throws {StartRefusal} `files_unreachable`, `files_refused`, `files_elsewhere`
 */
export async function checkBucket(options: CheckBucketOptions): Promise<number> {
  const { transactions, files, isRestored, database, waitMs } = options
  const hasObjects = await namesObjects(transactions)
  if (files === undefined) {
    if (hasObjects) throw bucketRefusals.notNamed(database)
    return 0
  }
  const { bucket } = files
  const mark = markOf(await idOf(transactions))
  const beganAt = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      if ((await bucket.get(mark, MARK.size)) === undefined) {
        if (hasObjects && !isRestored) throw bucketRefusals.another(bucket.shown, database)
        await bucket.put(mark, MARK, MARK_SHA256)
      }
      return isRestored ? await countLost(transactions, bucket) : 0
    } catch (error) {
      if (!(error instanceof BucketError)) throw error
      const isOver = performance.now() - beganAt + PAUSE_MS > waitMs
      if (error.trouble !== "unreachable" || isOver) {
        throw bucketRefusals.unusable(bucket.shown, error, Math.round(waitMs / 1000))
      }
      if (tries % TRIES_PER_TELLING === 0) options.onWaitingForBucket(error.message)
      await sleep(PAUSE_MS)
    }
  }
}

/** The key of the object that marks the bucket. @param id the id of the database's files */
export function markOf(id: string): string {
  return `database-${id}`
}

async function namesObjects(transactions: Transactions): Promise<boolean> {
  const { rows } = await transactions.read((db) =>
    sql`select from wecom_push.files where object is not null limit 1`.execute(db),
  )
  return rows.length > 0
}

/** The id of the database's files, which the first gateway creates. */
async function idOf(transactions: Transactions): Promise<string> {
  const { rows } = await transactions.single((db) =>
    sql<{ value: string }>`insert into wecom_push.meta as known (name, value) values ('files_id', ${randomUUID()})
      on conflict (name) do update set value = known.value returning value`.execute(db),
  )
  return rows[0]?.value ?? ""
}

/**
 * Counts files that are missing in the bucket, by reading both lists in the order of their keys. Marks lost files, so
 * that they are uploaded again when they are handed in again.
 */
async function countLost(transactions: Transactions, bucket: Bucket): Promise<number> {
  let lost = 0
  let after = ""
  const look = async (keys: readonly string[], sizes: readonly number[], last: string | undefined): Promise<void> => {
    const upTo = last === undefined ? sql`true` : sql`object <= ${last}`
    const { numAffectedRows = 0n } = await transactions.single((db) =>
      sql`update wecom_push.files set object_lost = true where object > ${after} and ${upTo} and not exists (
        select from unnest(${keys}::text[], ${sizes}::bigint[]) as found(key, size)
        where found.key = files.object and found.size = files.bytes
      )`.execute(db),
    )
    lost += Number(numAffectedRows)
    after = last ?? after
  }
  for await (const objects of bucket.list()) {
    const [keys, sizes] = [objects.map(({ key }) => key), objects.map(({ sizeBytes }) => sizeBytes)]
    if (keys.length > 0) await look(keys, sizes, keys.at(-1))
  }
  await look([], [], undefined)
  return lost
}

/** The content of the mark, for an operator who looks into the bucket. */
const TEXT = "Files of a wecom-push gateway are here. Their names are in its database.\n"
const MARK = new Blob([TEXT])
const MARK_SHA256 = createHash("sha256").update(TEXT).digest("hex")
const PAUSE_MS = 500
const TRIES_PER_TELLING = 20
