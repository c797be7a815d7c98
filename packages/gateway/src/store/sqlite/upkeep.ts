import { statSync } from "node:fs"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { PruneCutoffs, PruneReport, StorageHealth, Upkeep } from "../../core/ports/upkeep.ts"
import { backupDatabase } from "./backup.ts"
import type { GroupCommit } from "./group-commit.ts"
import type { Prune } from "./prune.ts"
import { integer } from "./row.ts"

export class SqliteUpkeep implements Upkeep {
  readonly #file: string
  readonly #commit: GroupCommit
  readonly #prune: Prune
  readonly #pages: StatementSync
  readonly #synchronous: StatementSync

  constructor(file: string, db: DatabaseSync, commit: GroupCommit, prune: Prune) {
    this.#file = file
    this.#commit = commit
    this.#prune = prune
    this.#pages = db.prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size")
    this.#synchronous = db.prepare("pragma synchronous")
  }

  prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    return this.#prune.prune(cutoffs)
  }

  health(): StorageHealth {
    return {
      trouble: this.#commit.trouble,
      synchronous: SYNCHRONOUS[integer(this.#synchronous.get() ?? {}, "synchronous")] ?? "off",
      databaseBytes: integer(this.#pages.get() ?? {}, "bytes"),
      logBytes: statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    }
  }

  backup(file: string, at: number): Promise<void> {
    return backupDatabase(this.#file, file, at)
  }
}

/** As SQLite numbers them. */
const SYNCHRONOUS = ["off", "normal", "full", "extra"] as const
