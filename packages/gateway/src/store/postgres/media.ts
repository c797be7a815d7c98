import { randomUUID } from "node:crypto"
import { open } from "node:fs/promises"
import { sql } from "kysely"
import type { RawBuilder } from "kysely"
import { FEWEST_COUNTED_BYTES } from "../../model/ports/media.ts"
import type {
  Deleted,
  HeldMedium,
  Kept,
  MediaDraft,
  MediaHolding,
  MediaQuery,
  MediaStore,
  MediaUpload,
  Medium,
  NewMedium,
} from "../../model/ports/media.ts"
import { toPage } from "../../model/ports/page-cursor.ts"
import type { AppScope, Page } from "../../model/ports/reader.ts"
import { SOURCE_ID } from "../../model/source-id.ts"
import { StorageError } from "../../model/storage-error.ts"
import { FolderDraft } from "../../files/media-folder.ts"
import type { MediaFolder } from "../../files/media-folder.ts"
import { appHeldBy, cursorOfMedium, EVERY_APP, FIRST, heldMedium, holdersOf, LAST } from "../media-rows.ts"
import { mediumAtCursor, sweptTo, toMedium } from "../media-rows.ts"
import { point } from "../../model/ports/point.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { letGoObject, takeObject } from "./file-objects.ts"
import type { FileObjects, FilePlace } from "./file-objects.ts"
import type { Transactions, Tx } from "./transactions.ts"

/**
 * Files in the database, or large ones in a bucket, where every node has them. During an upload they are in a folder of
 * this node.
 */
export class PostgresMedia implements MediaStore {
  readonly #transactions: Transactions
  readonly #drafts: MediaFolder
  /** Undefined: there is no bucket. */
  readonly #objects: FileObjects | undefined
  /** How far the sweep has come over media that messages name: from the start each time it would never pass them. */
  #sweptTo = FIRST

  constructor(transactions: Transactions, drafts: MediaFolder, objects: FileObjects | undefined) {
    this.#transactions = transactions
    this.#drafts = drafts
    this.#objects = objects
  }

  receive(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<FolderDraft> {
    return this.#drafts.draft(chunks, limitBytes)
  }

  async keep(draft: MediaDraft, medium: NewMedium): Promise<Kept | "key_revoked"> {
    if (!(draft instanceof FolderDraft)) throw new TypeError("a draft of another store")
    // A client's own earlier file may be quick. For other clients the time must not show that it is there.
    const isOwn = (await this.get(medium.id)) !== undefined
    for (;;) {
      const place = await this.#objects?.place(draft.blob, draft.sha256, isOwn)
      if (place?.kind === "uploaded") point("media.uploaded")
      try {
        const kept = await this.#transactions.run(async (tx) => {
          if (await isRevoked(tx, medium.keyId)) return "key_revoked"
          const isNew = await keepFile(tx, draft, place)
          if (!isNew && !isOwn && this.#objects?.takes(draft) !== true) await writeInVain(tx, draft)
          const kept = await writeMedium(tx, draft, medium)
          point("media.before_commit")
          return kept
        })
        point("media.after_commit")
        return kept
      } catch (error) {
        if (!(error instanceof PlaceGone)) throw error
      }
    }
  }

  async find(ids: readonly string[], apps: AppScope): Promise<readonly Medium[]> {
    const isFor =
      apps === "all"
        ? sql`true`
        : sql`exists (
            select from wecom_push.media_apps where medium = media.id and app = any(${[EVERY_APP, ...apps]}::text[])
          )`
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select media.* from unnest(${[...new Set(ids)]}::text[]) with ordinality as wanted(id, nth)
        join wecom_push.media on media.id = wanted.id where ${isFor} order by nth`.execute(db),
    )
    return rows.map(toMedium)
  }

  async get(id: string): Promise<HeldMedium | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<HeldRow>`select media.*, ${HOLDERS} from wecom_push.media where id = ${id}`.execute(db),
    )
    return rows.map(toHeld)[0]
  }

  async list({ limit, cursor, apps, keyId }: MediaQuery): Promise<Page<HeldMedium>> {
    const from = cursor === undefined ? LAST : mediumAtCursor(cursor)
    if (from === undefined) return { items: [], nextCursor: undefined }
    const isWithin =
      apps === "all"
        ? sql`true`
        : sql`not exists (select from wecom_push.media_apps where medium = media.id and app <> all(${apps}::text[]))`
    const isOfKey = keyId === undefined ? sql`true` : sql`key_id = ${keyId}`
    const { rows } = await this.#transactions.read((db) =>
      sql<HeldRow>`select media.*, ${HOLDERS} from wecom_push.media
        where (posted_at, id) < (${from[0]}, ${from[1]}) and ${isWithin} and ${isOfKey}
        order by posted_at desc, id desc limit ${limit + 1}`.execute(db),
    )
    return toPage(rows.map(toHeld), limit, cursorOfMedium)
  }

  async holdings(): Promise<readonly MediaHolding[]> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ keyId: string; app: string | null; bytes: number }>`select coalesce(key_id, '') as "keyId", app,
          sum(greatest(bytes, ${FEWEST_COUNTED_BYTES}))::bigint as bytes
        from wecom_push.media group by key_id, app`.execute(db),
    )
    return rows.map(({ keyId, app, bytes }) => ({ keyId, app: app ?? undefined, bytes }))
  }

  async delete(id: string): Promise<Deleted> {
    const medium = await this.get(id)
    if (medium === undefined) return "unknown"
    return this.#transactions.run(async (tx) => {
      await lockFiles(tx, [medium.sha256])
      const { rows } = await sql<{ isUsed: boolean }>`select exists (
          select from wecom_push.media_uses join wecom_push.messages on seq = message
          where medium = media.id and state = 'open'
        ) as "isUsed" from wecom_push.media where id = ${id} for update`.execute(tx)
      const [row] = rows
      if (row === undefined) return "unknown"
      if (row.isUsed) return "in_use"
      await deleteMedia(tx, [id], sql`true`)
      await deleteUnnamedFiles(tx, [medium.sha256])
      return "deleted"
    })
  }

  /** Whole in memory: it is 20 MB at most, and few are under way at once. */
  async open(file: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined> {
    if (this.#objects !== undefined) return (await this.#objects.read(file)) ?? this.#openPieces(file)
    const found = await this.#openPieces(file)
    // Another gateway has got the setting of the bucket before this one.
    if (found === undefined && (await this.#isInBucket(file))) throw new StorageError("files_unavailable")
    return found
  }

  async #isInBucket({ sha256 }: Pick<Medium, "sha256">): Promise<boolean> {
    const { rows } = await this.#transactions.read((db) =>
      sql`select from wecom_push.files where sha256 = ${sha256} and object is not null`.execute(db),
    )
    return rows.length > 0
  }

  async #openPieces({ sha256, sizeBytes }: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined> {
    const pieces: Uint8Array<ArrayBuffer>[] = []
    let found = 0
    while (found < sizeBytes) {
      const { rows } = await this.#transactions.read((db) =>
        sql<{ data: Uint8Array<ArrayBuffer> }>`select data from wecom_push.file_pieces
          where sha256 = ${sha256} and number = ${pieces.length}`.execute(db),
      )
      const [row] = rows
      if (row === undefined) return undefined
      pieces.push(row.data)
      found += row.data.byteLength
    }
    return found === sizeBytes ? new Blob(pieces) : undefined
  }

  async uploadOf(id: string, where: string): Promise<MediaUpload | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select media_id, uploaded_at from wecom_push.media_places
        where medium = ${id} and place = ${where}`.execute(db),
    )
    const [row] = rows
    if (row === undefined) return undefined
    return { mediaId: text(row, "media_id"), uploadedAt: integer(row, "uploaded_at") }
  }

  async rememberUpload(id: string, where: string, { mediaId, uploadedAt }: MediaUpload): Promise<void> {
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.media_places (medium, place, media_id, uploaded_at)
        values (${id}, ${where}, ${mediaId}, ${uploadedAt})
        on conflict (medium, place) do update set media_id = excluded.media_id, uploaded_at = excluded.uploaded_at`.execute(
        db,
      ),
    )
  }

  async forgetUpload(id: string, where: string, mediaId: string): Promise<void> {
    await this.#transactions.single((db) =>
      sql`delete from wecom_push.media_places
        where medium = ${id} and place = ${where} and media_id = ${mediaId}`.execute(db),
    )
  }

  /**
   * Checks at most `limit` media handed in before `postedBefore`, and deletes those that no message names.
   * @returns whether there are more to check
   */
  async prune({ postedBefore, limit }: { readonly postedBefore: number; readonly limit: number }): Promise<boolean> {
    const [postedAt, id] = this.#sweptTo
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select id, sha256, posted_at, exists (
          select from wecom_push.media_uses where medium = media.id
        ) as used
        from wecom_push.media where posted_at < ${postedBefore} and (posted_at, id) > (${postedAt}, ${id})
        order by posted_at, id limit ${limit}`.execute(db),
    )
    const unused = rows.filter((row) => row["used"] === false)
    for (let from = 0; from < unused.length; from += MOST_AT_ONCE) {
      const slice = unused.slice(from, from + MOST_AT_ONCE)
      await this.#transactions.run((tx) => deleteUnused(tx, slice, postedBefore))
    }
    this.#sweptTo = sweptTo(rows, limit)
    const hasMoreObjects = (await this.#objects?.sweep(limit)) === true
    return hasMoreObjects || this.#sweptTo !== FIRST
  }
}

interface HeldRow extends Row {
  readonly holders: readonly string[]
}

const HOLDERS = sql`array(select app from wecom_push.media_apps where medium = media.id order by app) as holders`

function toHeld({ holders, ...row }: HeldRow): HeldMedium {
  return heldMedium(
    row,
    holders.map((app) => ({ app })),
  )
}

async function isRevoked(tx: Tx, keyId: string): Promise<boolean> {
  if (keyId.startsWith(SOURCE_ID)) {
    const { rows } = await sql`select from wecom_push.sources where id = ${keyId}`.execute(tx)
    return rows.length === 0
  }
  const { rows } = await sql`select from wecom_push.keys where id = ${keyId} and revoked_at is not null`.execute(tx)
  return rows.length > 0
}

/** The planned place of the file is gone, and it has to be placed anew. */
class PlaceGone extends Error {}

/**
 * Keeps the file. Once it is locked, it is not removed before the end of the transaction.
 * @returns false when its bytes were there
 * @throws {PlaceGone}
 */
async function keepFile(tx: Tx, draft: FolderDraft, place: FilePlace = { kind: "database" }): Promise<boolean> {
  const { sha256, sizeBytes } = draft
  if (place.kind === "there") {
    const { rows } = await sql`select from wecom_push.files
      where sha256 = ${sha256} and object = ${place.object} for key share`.execute(tx)
    if (rows.length === 0) throw new PlaceGone()
    return false
  }
  const object = place.kind === "uploaded" ? place.object : null
  for (;;) {
    // Waits for another node that is writing the same one.
    const { numAffectedRows } = await sql`insert into wecom_push.files (sha256, bytes, object)
      values (${sha256}, ${sizeBytes}, ${object}) on conflict do nothing`.execute(tx)
    if (numAffectedRows === 1n) break
    if (place.instead !== undefined && (await replaceObject(tx, sha256, place.instead, object))) break
    const { rows } = await sql`select from wecom_push.files where sha256 = ${sha256} for key share`.execute(tx)
    if (rows.length > 0) return false
  }
  if (object === null) await writePieces(tx, draft, sha256)
  else if (!(await takeObject(tx, object))) throw new PlaceGone()
  return true
}

/** Takes the time of writing the file, and leaves nothing. */
async function writeInVain(tx: Tx, draft: FolderDraft): Promise<void> {
  await sql`savepoint in_vain`.execute(tx)
  await writePieces(tx, draft, randomUUID())
  await sql`rollback to savepoint in_vain`.execute(tx)
}

/** @returns false when another upload has replaced it by now */
async function replaceObject(tx: Tx, sha256: string, old: string, object: string | null): Promise<boolean> {
  const { numAffectedRows } = await sql`update wecom_push.files set object = ${object}, object_lost = false
    where sha256 = ${sha256} and object = ${old}`.execute(tx)
  if (numAffectedRows !== 1n) return false
  await letGoObject(tx, old)
  return true
}

async function writePieces(tx: Tx, { sizeBytes, path }: FolderDraft, sha256: string): Promise<void> {
  const file = await open(path, "r")
  try {
    for (let number = 0; number * PIECE_BYTES < sizeBytes; number++) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES), 0, PIECE_BYTES, number * PIECE_BYTES)
      await sql`insert into wecom_push.file_pieces (sha256, number, data)
        values (${sha256}, ${number}, ${buffer.subarray(0, bytesRead)})`.execute(tx)
    }
  } finally {
    await file.close()
  }
}

async function writeMedium(
  tx: Tx,
  { sizeBytes, sha256 }: FolderDraft,
  { id, type, filename, keyId, apps, at }: NewMedium,
): Promise<Kept> {
  const { rows } = await sql<{ isNew: boolean }>`insert into wecom_push.media
      (id, type, filename, bytes, sha256, stored_at, posted_at, key_id, app)
    values (${id}, ${type}, ${filename}, ${sizeBytes}, ${sha256}, ${at}, ${at}, ${keyId}, ${appHeldBy(apps) ?? null})
    on conflict (id) do update set posted_at = greatest(media.posted_at, excluded.posted_at)
    returning xmax = 0 as "isNew"`.execute(tx)
  await sql`insert into wecom_push.media_apps (medium, app)
    select ${id}, app from unnest(${holdersOf(apps)}::text[]) as holders(app) order by app collate "C"
    on conflict do nothing`.execute(tx)
  return rows[0]?.isNew === true ? "stored" : "known"
}

/** Files are locked before media, and both in one order, like where a file is kept. */
async function deleteUnused(tx: Tx, rows: readonly Row[], postedBefore: number): Promise<void> {
  const ids = rows.map((row) => text(row, "id"))
  const hashes = rows.map((row) => text(row, "sha256"))
  await lockFiles(tx, hashes)
  const { rows: locked } = await sql<{ id: string }>`select id from wecom_push.media
    where id = any(${ids}::text[]) and posted_at < ${postedBefore} order by id for update`.execute(tx)
  // Checked once they are locked: a message that names one may have come meanwhile.
  await deleteMedia(
    tx,
    locked.map(({ id }) => id),
    sql`not exists (select from wecom_push.media_uses where medium = media.id)`,
  )
  await deleteUnnamedFiles(tx, hashes)
}

async function lockFiles(tx: Tx, hashes: readonly string[]): Promise<void> {
  await sql`select from wecom_push.files where sha256 = any(${hashes}::text[])
    order by sha256 for update`.execute(tx)
}

async function deleteMedia(tx: Tx, ids: readonly string[], where: RawBuilder<unknown>): Promise<void> {
  await sql`with deleted as (
      delete from wecom_push.media where id = any(${ids}::text[]) and ${where} returning id
    ), apps as (
      delete from wecom_push.media_apps using deleted where medium = deleted.id
    )
    delete from wecom_push.media_places using deleted where medium = deleted.id`.execute(tx)
}

/** Deletes those of the locked files that no medium names. */
async function deleteUnnamedFiles(tx: Tx, hashes: readonly string[]): Promise<void> {
  await sql`with deleted as (
      delete from wecom_push.files where sha256 = any(${hashes}::text[])
        and not exists (select from wecom_push.media where media.sha256 = files.sha256)
      returning sha256, object
    ), objects as (
      insert into wecom_push.stray_objects (key, due_at)
      select object, wecom_push.now_ms() from deleted where object is not null
    )
    delete from wecom_push.file_pieces using deleted where file_pieces.sha256 = deleted.sha256`.execute(tx)
}

const PIECE_BYTES = 1024 * 1024
/** Up to 20 MB each. */
const MOST_AT_ONCE = 20
