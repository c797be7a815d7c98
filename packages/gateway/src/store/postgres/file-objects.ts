import { createHash, randomBytes } from "node:crypto"
import { sql } from "kysely"
import { LostFileError } from "../../model/lost-file-error.ts"
import { StorageError } from "../../model/storage-error.ts"
import { BucketError } from "../../files/bucket.ts"
import type { Bucket } from "../../files/bucket.ts"
import type { Medium } from "../../model/ports/media.ts"
import type { Transactions, Tx } from "./transactions.ts"

export interface BucketFiles {
  readonly bucket: Bucket
  /** Files up to so many bytes stay in the database. */
  readonly inDatabaseBytes: number
  /** Called when the bucket cannot be used, with the reason. */
  readonly onTrouble?: (error: BucketError) => void
}

/** Where a file that was handed in is stored from now on. */
export type FilePlace =
  /** @property instead the object that the file replaces, which no longer is the file */
  | { readonly kind: "database"; readonly instead?: string | undefined }
  | { readonly kind: "uploaded"; readonly object: string; readonly instead?: string | undefined }
  /** The object that the file already has. */
  | { readonly kind: "there"; readonly object: string }

/**
 * Files in a bucket. An object is complete before a file refers to it, and is recorded from before its creation until
 * its deletion: a process that dies in between leaves no unrecorded object.
 */
export class FileObjects {
  readonly #transactions: Transactions
  readonly #files: BucketFiles
  /** Why the bucket could not be reached, and until when it is not asked again. */
  #outage: { readonly until: number; readonly error: BucketError } | undefined

  constructor(transactions: Transactions, files: BucketFiles) {
    this.#transactions = transactions
    this.#files = files
  }

  /** Whether a new file of this length goes into the bucket. */
  takes({ sizeBytes }: Pick<Medium, "sizeBytes">): boolean {
    return sizeBytes > this.#files.inDatabaseBytes
  }

  /**
   * Uploads the file, where it belongs into the bucket and is not there yet.
   * @param isOwn its client has handed it in before. For another client the file is uploaded even if it is there, and
   * the upload is discarded: the time it takes must not show that the file is there
   * @throws {StorageError} `files_unavailable`
   */
  async place(content: Blob, sha256: string, isOwn: boolean): Promise<FilePlace> {
    const known = await this.#known(sha256)
    const upload = (): Promise<string | undefined> =>
      this.takes({ sizeBytes: content.size }) ? this.#upload(content, sha256) : Promise.resolve(undefined)
    if (known === undefined) return placeOf(await upload())
    const [isThere, again] = await Promise.all([this.#isThere(known, content.size), isOwn ? undefined : upload()])
    if (isThere) {
      if (again !== undefined) await this.#throwAway(again)
      return known.object === null ? { kind: "database" } : { kind: "there", object: known.object }
    }
    return { ...placeOf(again ?? (await upload())), instead: known.object ?? undefined }
  }

  /** Whether the object is in the bucket. Others may have deleted it there; handing the file in again restores it. */
  async #isThere({ object, object_lost: isLost }: KnownFile, sizeBytes: number): Promise<boolean> {
    if (object === null) return true
    return !isLost && (await this.#asked((bucket) => bucket.sizeOf(object))) === sizeBytes
  }

  async #upload(content: Blob, sha256: string): Promise<string> {
    const object = newKey()
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.stray_objects (key, due_at) values (${object}, wecom_push.now_ms() + ${ON_ITS_WAY_MS})`.execute(
        db,
      ),
    )
    await this.#asked((bucket) => bucket.put(object, content, sha256))
    return object
  }

  async #throwAway(object: string): Promise<void> {
    await this.#transactions.single((db) =>
      sql`update wecom_push.stray_objects set due_at = wecom_push.now_ms() where key = ${object}`.execute(db),
    )
  }

  /**
   * @returns undefined when the file is not in the bucket
   * @throws {LostFileError}
   * @throws {StorageError} `files_unavailable`
   */
  async read({ sha256, sizeBytes }: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined> {
    const known = await this.#known(sha256)
    if (known === undefined || known.object === null) return undefined
    const { object } = known
    const data = await this.#asked((bucket) => bucket.get(object, sizeBytes))
    const what = whatIsWrong(data, { sha256, sizeBytes })
    if (data !== undefined && what === undefined) return new Blob([data])
    await this.#transactions.single((db) =>
      sql`update wecom_push.files set object_lost = true where sha256 = ${sha256} and object = ${object}`.execute(db),
    )
    throw new LostFileError(`object ${object} in ${this.#files.bucket.shown}: ${what}`)
  }

  /**
   * Deletes some objects that no file refers to and whose time has come.
   * @returns whether there may be more; false while the bucket cannot be used
   */
  async sweep(limit: number): Promise<boolean> {
    const most = Math.min(limit, MOST_AT_ONCE)
    const { rows } = await this.#transactions.single((db) =>
      sql<{
        key: string
      }>`update wecom_push.stray_objects set deleting = true, due_at = wecom_push.now_ms() + ${AGAIN_MS}
        where key = any(array(
          select key from wecom_push.stray_objects where due_at <= wecom_push.now_ms()
          order by due_at limit ${most} for update skip locked
        )) returning key`.execute(db),
    )
    try {
      for (const { key } of rows) {
        await this.#asked((bucket) => bucket.delete(key))
        await this.#transactions.single((db) =>
          sql`delete from wecom_push.stray_objects where key = ${key}`.execute(db),
        )
      }
    } catch (error) {
      // The next sweep tries the rest again; other expired rows do not wait for them.
      if (!(error instanceof StorageError && error.code === "files_unavailable")) throw error
      return false
    }
    return rows.length === most
  }

  async #known(sha256: string): Promise<KnownFile | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<KnownFile>`select object, object_lost from wecom_push.files where sha256 = ${sha256}`.execute(db),
    )
    return rows[0]
  }

  /**
   * While the bucket cannot be reached, one caller asks now and then. The others get the error at once: a caller that
   * waits for a missing answer occupies one of few places, in which files of the database could be sent.
   */
  async #asked<T>(ask: (bucket: Bucket) => Promise<T>): Promise<T> {
    const outage = this.#outage
    if (outage !== undefined) {
      if (performance.now() < outage.until) throw new StorageError("files_unavailable", { cause: outage.error })
      this.#outage = { ...outage, until: Infinity }
    }
    try {
      const answer = await ask(this.#files.bucket)
      this.#outage = undefined
      return answer
    } catch (error) {
      const isOut = error instanceof BucketError && error.trouble === "unreachable"
      this.#outage = isOut ? { until: performance.now() + OUTAGE_PAUSE_MS, error } : undefined
      if (!(error instanceof BucketError)) throw error
      this.#files.onTrouble?.(error)
      throw new StorageError("files_unavailable", { cause: error })
    }
  }
}

type NewPlace = Exclude<FilePlace, { kind: "there" }>

function placeOf(object: string | undefined): NewPlace {
  return object === undefined ? { kind: "database" } : { kind: "uploaded", object }
}

interface KnownFile {
  readonly object: string | null
  readonly object_lost: boolean
}

/** Makes the object the file's from now on. @returns false when it is being deleted: the upload took too long */
export async function takeObject(tx: Tx, object: string): Promise<boolean> {
  const { numAffectedRows } =
    await sql`delete from wecom_push.stray_objects where key = ${object} and not deleting`.execute(tx)
  return numAffectedRows === 1n
}

/** Makes the object one that no file refers to any more. */
export async function letGoObject(tx: Tx, object: string): Promise<void> {
  await sql`insert into wecom_push.stray_objects (key, due_at) values (${object}, wecom_push.now_ms())`.execute(tx)
}

/** A key that cannot be guessed, and reveals nothing about the file. */
export function newKey(): string {
  return randomBytes(20).toString("hex")
}

/** @returns undefined when the object is the file */
export function whatIsWrong(
  data: Uint8Array | undefined,
  { sha256, sizeBytes }: Pick<Medium, "sha256" | "sizeBytes">,
): string | undefined {
  if (data === undefined) return "it is missing"
  if (data.byteLength !== sizeBytes) {
    const found = data.byteLength > sizeBytes ? "more" : String(data.byteLength)
    return `it has ${found} bytes instead of ${sizeBytes}`
  }
  return createHash("sha256").update(data).digest("hex") === sha256 ? undefined : "its content has been changed"
}

/** Far longer than any upload may take. */
export const ON_ITS_WAY_MS = 3_600_000
const OUTAGE_PAUSE_MS = 1000
const AGAIN_MS = 5 * 60_000
const MOST_AT_ONCE = 100
