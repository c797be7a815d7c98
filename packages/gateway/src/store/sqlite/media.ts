import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { Kept, MediaDraft, MediaUpload, MediaStore, Medium, NewMedium } from "../../ports/media.ts"
import type { AppScope } from "../../ports/reader.ts"
import { FolderDraft } from "../../media/media-folder.ts"
import type { MediaFolder } from "../../media/media-folder.ts"
import { EVERY_APP, FIRST, holdersOf, sweptTo, toMedium } from "../media-rows.ts"
import { point } from "../../ports/point.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, text } from "../row.ts"
import type { Row } from "../row.ts"
import { ROWS_PER_SLICE } from "./slices.ts"

/** Files in a folder, what they are in the database: a file is there before its record, and goes after it. */
export class SqliteMedia implements MediaStore {
  readonly #commit: GroupCommit
  readonly #folder: MediaFolder
  readonly #revoked: StatementSync
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
  /** How far the sweep has come over those that messages name: each time from the start it would never pass them. */
  #sweptTo = FIRST
  /** A file and its record change in one go, as seen by others who change them. */
  #turn: Promise<void> = Promise.resolve()

  constructor(db: DatabaseSync, commit: GroupCommit, folder: MediaFolder) {
    this.#commit = commit
    this.#folder = folder
    this.#revoked = db.prepare("select 1 from keys where id = ? and revoked_at is not null")
    this.#add = db.prepare(`insert into media (id, type, filename, bytes, sha256, stored_at, posted_at)
      values (?1, ?2, ?3, ?4, ?5, ?6, ?6) on conflict do nothing`)
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
      db.prepare(`select id, sha256, posted_at, exists (select 1 from media_uses where medium = media.id) as used
      from media where posted_at < ? and (posted_at, id) > (?, ?) order by posted_at, id limit ?`)
    this.#deletes = ["media where id", "media_apps where medium", "media_places where medium"].map((rows) =>
      db.prepare(`delete from ${rows} = ?`),
    )
    this.#isUsed = db.prepare("select 1 from media_uses where medium = ? limit 1")
    this.#isNamed = db.prepare("select 1 from media where sha256 = ? limit 1")
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
        const kept = await this.#commit.submit({ kind: "door", work: () => this.#write(draft, medium) })
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

  get(id: string): Promise<Medium | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(id)
      return row === undefined ? undefined : toMedium(row)
    })
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
   * Looks at no more than `limit` media handed in before `postedBefore`, and deletes those that no message names.
   * @returns whether there are more to look at
   */
  prune({ postedBefore, limit }: { readonly postedBefore: number; readonly limit: number }): Promise<boolean> {
    return this.#alone(async () => {
      const rows = this.#old.all(postedBefore, ...this.#sweptTo, limit)
      const unused = rows.filter((row) => integer(row, "used") === 0)
      for (let from = 0; from < unused.length; from += ROWS_PER_SLICE) {
        const slice = unused.slice(from, from + ROWS_PER_SLICE)
        const hashes = await this.#commit.submit({ kind: "inside", work: () => this.#delete(slice) })
        for (const sha256 of hashes) await this.#removeUnlessNamed(sha256)
      }
      this.#sweptTo = sweptTo(rows, limit)
      return this.#sweptTo !== FIRST
    })
  }

  /** @returns the hashes of their files */
  #delete(rows: readonly Row[]): readonly string[] {
    return rows.flatMap((row) => {
      const id = text(row, "id")
      // A message may have come meanwhile that names it.
      if (this.#isUsed.get(id) !== undefined) return []
      for (const statement of this.#deletes) statement.run(id)
      return text(row, "sha256")
    })
  }

  /** Files without a record, left by a process that died. Only while nothing is being received. */
  sweep(): Promise<void> {
    return this.#folder.sweep((name) => this.#isNamed.get(name) !== undefined)
  }

  #write({ sizeBytes, sha256 }: MediaDraft, medium: NewMedium): Kept | "key_revoked" {
    const { id, type, filename, apps, at, keyId } = medium
    if (this.#revoked.get(keyId) !== undefined) return "key_revoked"
    const { changes } = this.#add.run(id, type, filename, sizeBytes, sha256, at)
    if (changes === 0) this.#postedAgain.run(id, at)
    for (const app of holdersOf(apps)) this.#allow.run(id, app)
    return changes === 0 ? "known" : "stored"
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
