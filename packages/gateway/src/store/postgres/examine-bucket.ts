import { createHash, randomBytes } from "node:crypto"
import type { Client } from "pg"
import { BucketError } from "../../files/bucket.ts"
import type { Bucket } from "../../files/bucket.ts"
import type { Finding } from "../finding.ts"
import { bucketProblem, bucketRefusals } from "./bucket-refusals.ts"
import { markOf } from "./check-bucket.ts"
import { newKey } from "./file-objects.ts"
import type { BucketFiles } from "./file-objects.ts"

/**
 * Checks that an object can be written, read and deleted in the bucket, with an object that belongs to no file; and
 * that the bucket is the one with the database's files.
 * @returns undefined where there is no bucket, and none is needed
 */
export async function examineBucket(
  files: BucketFiles | undefined,
  client: Client | undefined,
  database: string,
): Promise<Finding | undefined> {
  const known = client && (await filesKnownTo(client))
  if (files === undefined) {
    return known?.hasObjects === true ? failedBy(bucketRefusals.notNamed(database)) : undefined
  }
  const { bucket, inDatabaseBytes } = files
  try {
    const beganAt = performance.now()
    await probe(bucket)
    const tookMs = Math.round(performance.now() - beganAt)
    if (known?.hasObjects === true && (await bucket.sizeOf(markOf(known.id))) === undefined) {
      return failedBy(bucketRefusals.another(bucket.shown, database))
    }
    return {
      step: "files",
      state: "ok",
      detail: {
        en: `an object was written, read and deleted in ${bucket.shown} within ${tookMs} ms; files of more than ${inDatabaseBytes} bytes go there`,
        zh: `在 ${bucket.shown} 中写入、读取并删除了一个对象，用时 ${tookMs} 毫秒；超过 ${inDatabaseBytes} 字节的文件保存在那里`,
      },
    }
  } catch (error) {
    if (!(error instanceof BucketError)) throw error
    return failedBy(bucketProblem(bucket.shown, error))
  }
}

function failedBy({ problem, hint }: Pick<ReturnType<typeof bucketProblem>, "problem" | "hint">): Finding {
  return { step: "files", state: "failed", detail: problem, hint }
}

async function probe(bucket: Bucket): Promise<void> {
  const key = `probe-${newKey()}`
  const content = randomBytes(1000)
  await bucket.put(key, new Blob([content]), createHash("sha256").update(content).digest("hex"))
  const read = await bucket.get(key, content.byteLength)
  await bucket.delete(key)
  if (read === undefined || !content.equals(read))
    throw new BucketError("other", "what was written is not what is read")
  if ((await bucket.sizeOf(key)) !== undefined) throw new BucketError("other", "what was deleted is still there")
}

interface KnownFiles {
  readonly id: string
  readonly hasObjects: boolean
}

/** The files that the database knows; undefined for a schema without such a table. */
async function filesKnownTo(client: Client): Promise<KnownFiles | undefined> {
  const { rows: tables } = await client.query<{ has: boolean }>(
    "select to_regclass('wecom_push.stray_objects') is not null as has",
  )
  if (tables[0]?.has !== true) return undefined
  const { rows } = await client.query<KnownFiles>(
    `select coalesce((select value from wecom_push.meta where name = 'files_id'), '') as id,
      exists (select from wecom_push.files where object is not null) as "hasObjects"`,
  )
  return rows[0]
}
