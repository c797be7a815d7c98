import { createHash } from "node:crypto"
import { realpathSync, statSync } from "node:fs"
import { hostname } from "node:os"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { LocalUpkeep, PruneCutoffs, PruneReport, StorageHealth } from "../../model/ports/upkeep.ts"
import { backupDatabase } from "./backup.ts"
import type { Audit } from "../cold/audit.ts"
import type { GroupCommit } from "./group-commit.ts"
import type { SqliteMedia } from "./media.ts"
import type { Prune } from "./prune.ts"
import { integer } from "../row.ts"

export class SqliteUpkeep implements LocalUpkeep {
  readonly #file: string
  readonly #commit: GroupCommit
  readonly #prune: Prune
  readonly #media: SqliteMedia
  readonly #audit: Audit
  readonly #pages: StatementSync
  readonly #synchronous: StatementSync
  readonly #databaseId: string

  constructor(file: string, db: DatabaseSync, commit: GroupCommit, prune: Prune, media: SqliteMedia, audit: Audit) {
    this.#file = file
    this.#commit = commit
    this.#prune = prune
    this.#media = media
    this.#audit = audit
    this.#pages = db.prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size")
    this.#synchronous = db.prepare("pragma synchronous")
    this.#databaseId = createHash("sha256")
      .update(`${hostname()}:${realpathSync(file)}`)
      .digest("hex")
      .slice(0, 8)
  }

  async prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    const { messages, more } = await this.#prune.prune(cutoffs)
    const { finishedBefore: postedBefore, limit } = cutoffs
    // Media are pruned after the messages, which keep the files that they name.
    const hasMoreMedia = await this.#media.prune({ postedBefore, limit })
    const auditEntries = await this.#audit.prune(cutoffs)
    return { messages, auditEntries, more: more || hasMoreMedia || auditEntries === limit }
  }

  health(): StorageHealth {
    return {
      kind: "sqlite",
      trouble: this.#commit.trouble,
      // SQLite's `normal` leaves the sync of each commit to us.
      synchronous: integer(this.#synchronous.get() ?? {}, "synchronous") === 0 ? "off" : "full",
      databaseBytes: integer(this.#pages.get() ?? {}, "bytes"),
      deadRows: undefined,
      oldestSnapshotSeconds: undefined,
      databaseId: this.#databaseId,
      nodes: 1,
      strandedMessages: 0,
      logBytes: statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    }
  }

  backup(file: string, at: number): Promise<void> {
    return backupDatabase(this.#file, file, at)
  }
}
