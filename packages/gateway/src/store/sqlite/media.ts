import type { DatabaseSync, StatementSync } from "node:sqlite"
import { setImmediate as immediate } from "node:timers/promises"
import { countedBytes } from "../../model/ports/media.ts"
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
import { coversApps } from "../../model/ports/covers-apps.ts"
import type { AppScope, Page } from "../../model/ports/reader.ts"
import { FolderDraft } from "../../files/media-folder.ts"
import type { MediaFolder } from "../../files/media-folder.ts"
import { appHeldBy, cursorOfMedium, EVERY_APP, FIRST, heldMedium, holdersOf, LAST } from "../media-rows.ts"
import { mediumAtCursor, sweptTo, toMedium } from "../media-rows.ts"
import type { SweptTo } from "../media-rows.ts"
import { point } from "../../model/ports/point.ts"
import type { AfterCommit, GroupCommit } from "./group-commit.ts"
import { integer, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { toPage } from "../../model/ports/page-cursor.ts"
import { ROWS_PER_SLICE } from "./slices.ts"
import { Revoked } from "./revoked.ts"

/** Files in a folder, with records in the database: a file is written before its record, and deleted after it. */
export class SqliteMedia implements MediaStore {
  readonly #commit: GroupCommit
  readonly #folder: MediaFolder
  readonly #revoked: Revoked
  readonly #add: StatementSync
  readonly #postedAgain: StatementSync
  readonly #allow: StatementSync
  readonly #one: StatementSync
  readonly #appsOf: StatementSync
  readonly #upload: StatementSync
  readonly #putUpload: StatementSync
  readonly #forgetUpload: StatementSync
  readonly #old: StatementSync
  readonly #deletes: readonly StatementSync[]
  readonly #isNamed: StatementSync
  readonly #isUsed: StatementSync
  readonly #before: StatementSync
  readonly #uses: StatementSync
  readonly #usedSince: StatementSync
  readonly #holdings: Holdings
  /** How far the sweep has come over media that messages name: from the start each time it would never pass them. */
  #sweptTo = FIRST
  /** A file and its record change together for other changes of them. */
  #turn: Promise<void> = Promise.resolve()

  constructor(db: DatabaseSync, commit: GroupCommit, folder: MediaFolder) {
    this.#commit = commit
    this.#folder = folder
    this.#revoked = new Revoked(db)
    this.#add = db.prepare(`insert into media (id, type, filename, bytes, sha256, stored_at, posted_at, key_id, app)
      values (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8) on conflict do nothing`)
    this.#postedAgain = db.prepare("update media set posted_at = max(posted_at, ?2) where id = ?1")
    this.#allow = db.prepare("insert into media_apps (medium, app) values (?, ?) on conflict do nothing")
    this.#one = db.prepare("select * from media where id = ?")
    this.#appsOf = db.prepare("select app from media_apps where medium = ?")
    this.#upload = db.prepare("select media_id, uploaded_at from media_places where medium = ? and place = ?")
    this.#putUpload =
      db.prepare(`insert into media_places (medium, place, media_id, uploaded_at) values (?1, ?2, ?3, ?4)
      on conflict do update set media_id = ?3, uploaded_at = ?4`)
    this.#forgetUpload = db.prepare("delete from media_places where medium = ? and place = ? and media_id = ?")
    this.#old =
      db.prepare(`select id, sha256, posted_at, bytes, key_id, app, exists (select 1 from media_uses where medium = media.id) as used
      from media where posted_at < ? and (posted_at, id) > (?, ?) order by posted_at, id limit ?`)
    this.#deletes = ["media where id", "media_apps where medium", "media_places where medium"].map((rows) =>
      db.prepare(`delete from ${rows} = ?`),
    )
    this.#isUsed = db.prepare("select 1 from media_uses where medium = ? limit 1")
    this.#isNamed = db.prepare("select 1 from media where sha256 = ? limit 1")
    this.#before = db.prepare(`select * from media where (posted_at, id) < (?, ?)
      order by posted_at desc, id desc limit ?`)
    this.#uses = db.prepare(`select message, state = 'open' as open from media_uses join messages on seq = message
      where medium = ? and message < ? order by message desc limit ?`)
    this.#usedSince = db.prepare("select 1 from media_uses where medium = ? and message > ? limit 1")
    this.#holdings = new Holdings(db)
  }

  receive(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<FolderDraft> {
    return this.#folder.draft(chunks, limitBytes)
  }

  keep(draft: MediaDraft, medium: NewMedium): Promise<Kept | "key_revoked"> {
    if (!(draft instanceof FolderDraft)) throw new TypeError("a draft of another store")
    return this.#alone(async () => {
      await this.#folder.keep(draft)
      point("media.before_commit")
      try {
        const kept = await this.#commit.submit({ kind: "door", work: (after) => this.#write(draft, medium, after) })
        point("media.after_commit")
        if (kept === "key_revoked") await this.#removeUnlessNamed(draft.sha256)
        return kept
      } catch (error) {
        await this.#removeUnlessNamed(draft.sha256)
        throw error
      }
    })
  }

  find(ids: readonly string[], apps: AppScope): Promise<readonly Medium[]> {
    return Promise.try(() =>
      [...new Set(ids)].flatMap((id) => {
        const row = this.#one.get(id)
        return row !== undefined && this.#isFor(id, apps) ? [toMedium(row)] : []
      }),
    )
  }

  get(id: string): Promise<HeldMedium | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(id)
      return row === undefined ? undefined : this.#held(row)
    })
  }

  /** Some at a time: those of one key may be few among very many. */
  async list({ limit, cursor, apps, keyId }: MediaQuery): Promise<Page<HeldMedium>> {
    const found: HeldMedium[] = []
    let from: SweptTo | undefined = cursor === undefined ? LAST : mediumAtCursor(cursor)
    while (from !== undefined && found.length <= limit) {
      const rows: readonly Row[] = this.#before.all(...from, ROWS_PER_TURN)
      for (const row of rows) {
        if (keyId !== undefined && optionalText(row, "key_id") !== keyId) continue
        const medium = this.#held(row)
        if (coversApps(apps, medium.apps)) found.push(medium)
      }
      const last = rows.at(-1)
      from =
        last === undefined || rows.length < ROWS_PER_TURN ? undefined : [integer(last, "posted_at"), text(last, "id")]
      await immediate()
    }
    return toPage(found, limit, cursorOfMedium)
  }

  holdings(): Promise<readonly MediaHolding[]> {
    return Promise.resolve(this.#holdings.all())
  }

  delete(id: string): Promise<Deleted> {
    return this.#alone(async () => {
      const row = this.#one.get(id)
      if (row === undefined) return "unknown"
      const uses = await this.#unfinishedUses(id)
      if (uses === "some") return "in_use"
      const isDeleted = await this.#commit.submit({
        kind: "inside",
        work: (after) => {
          // A message that names it may have come meanwhile.
          if (this.#usedSince.get(id, uses.lookedTo) !== undefined) return false
          this.#deleteRows(row, after)
          return true
        },
      })
      if (!isDeleted) return "in_use"
      await this.#removeUnlessNamed(text(row, "sha256"))
      return "deleted"
    })
  }

  /** A million messages may name a file: they are checked some at a time. */
  async #unfinishedUses(id: string): Promise<"some" | { readonly lookedTo: number }> {
    let lookedTo: number | undefined
    for (let from = Number.MAX_SAFE_INTEGER; ;) {
      const rows = this.#uses.all(id, from, ROWS_PER_TURN)
      if (rows.some((row) => integer(row, "open") === 1)) return "some"
      lookedTo ??= integer(rows[0] ?? { message: 0 }, "message")
      const last = rows.at(-1)
      if (last === undefined || rows.length < ROWS_PER_TURN) return { lookedTo }
      from = integer(last, "message")
      await immediate()
    }
  }

  open({ sha256, sizeBytes }: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined> {
    return this.#folder.open(sha256, sizeBytes)
  }

  uploadOf(id: string, where: string): Promise<MediaUpload | undefined> {
    return Promise.try(() => {
      const row = this.#upload.get(id, where)
      return row === undefined ? undefined : { mediaId: text(row, "media_id"), uploadedAt: integer(row, "uploaded_at") }
    })
  }

  rememberUpload(id: string, where: string, { mediaId, uploadedAt }: MediaUpload): Promise<void> {
    return this.#inside(() => this.#putUpload.run(id, where, mediaId, uploadedAt))
  }

  forgetUpload(id: string, where: string, mediaId: string): Promise<void> {
    return this.#inside(() => this.#forgetUpload.run(id, where, mediaId))
  }

  /**
   * Checks at most `limit` media handed in before `postedBefore`, and deletes those that no message names.
   * @returns whether there are more to check
   */
  prune({ postedBefore, limit }: { readonly postedBefore: number; readonly limit: number }): Promise<boolean> {
    return this.#alone(async () => {
      const rows = this.#old.all(postedBefore, ...this.#sweptTo, limit)
      const unused = rows.filter((row) => integer(row, "used") === 0)
      for (let from = 0; from < unused.length; from += ROWS_PER_SLICE) {
        const slice = unused.slice(from, from + ROWS_PER_SLICE)
        const hashes = await this.#commit.submit({ kind: "inside", work: (after) => this.#delete(slice, after) })
        for (const sha256 of hashes) await this.#removeUnlessNamed(sha256)
      }
      this.#sweptTo = sweptTo(rows, limit)
      return this.#sweptTo !== FIRST
    })
  }

  /** @returns the hashes of their files */
  #delete(rows: readonly Row[], after: AfterCommit): readonly string[] {
    return rows.flatMap((row) => {
      // A message that names it may have come meanwhile.
      if (this.#isUsed.get(text(row, "id")) !== undefined) return []
      this.#deleteRows(row, after)
      return text(row, "sha256")
    })
  }

  #deleteRows(row: Row, after: AfterCommit): void {
    for (const statement of this.#deletes) statement.run(text(row, "id"))
    after(() => this.#holdings.change(row, -1))
  }

  /** Deletes files without a record, left by a process that died. Only while no file is being received. */
  sweep(): Promise<void> {
    return this.#folder.sweep((name) => this.#isNamed.get(name) !== undefined)
  }

  #write({ sizeBytes, sha256 }: MediaDraft, medium: NewMedium, after: AfterCommit): Kept | "key_revoked" {
    const { id, type, filename, apps, at, keyId } = medium
    if (this.#revoked.has(keyId)) return "key_revoked"
    const app = appHeldBy(apps) ?? null
    const { changes } = this.#add.run(id, type, filename, sizeBytes, sha256, at, keyId, app)
    if (changes === 0) this.#postedAgain.run(id, at)
    else after(() => this.#holdings.change({ key_id: keyId, app, bytes: sizeBytes }, 1))
    for (const app of holdersOf(apps)) this.#allow.run(id, app)
    return changes === 0 ? "known" : "stored"
  }

  #held(row: Row): HeldMedium {
    return heldMedium(row, this.#appsOf.all(text(row, "id")))
  }

  #isFor(id: string, apps: AppScope): boolean {
    const holders = this.#appsOf.all(id).map((row) => text(row, "app"))
    return apps === "all" || holders.some((app) => app === EVERY_APP || apps.includes(app))
  }

  async #removeUnlessNamed(sha256: string): Promise<void> {
    if (this.#isNamed.get(sha256) === undefined) await this.#folder.remove(sha256)
  }

  #inside(work: () => unknown): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        work()
      },
    })
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    await before
    try {
      return await work()
    } finally {
      resolve()
    }
  }
}

/** Counted at the start, and updated while files come and go. */
class Holdings {
  readonly #bytes = new Map<string, MediaHolding & { bytes: number }>()

  constructor(db: DatabaseSync) {
    for (const row of db.prepare("select key_id, app, bytes from media").iterate()) this.change(row, 1)
  }

  all(): readonly MediaHolding[] {
    return [...this.#bytes.values()].map((held) => ({ ...held }))
  }

  change(row: Row, by: 1 | -1): void {
    const [keyId, app] = [optionalText(row, "key_id") ?? "", optionalText(row, "app")]
    const key = JSON.stringify([keyId, app])
    const bytes = by * countedBytes(integer(row, "bytes"))
    const held = this.#bytes.get(key)
    if (held === undefined) this.#bytes.set(key, { keyId, app, bytes })
    else held.bytes += bytes
    if (held?.bytes === 0) this.#bytes.delete(key)
  }
}

/** A millisecond of reading. */
const ROWS_PER_TURN = 250
