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

  constructor(file: string, db: DatabaseSync, commit: GroupCommit, prune: Prune) {
    this.#file = file
    this.#commit = commit
    this.#prune = prune
    this.#pages = db.prepare("select page_count * page_size as bytes from pragma_page_count, pragma_page_size")
  }

  prune(cutoffs: PruneCutoffs): Promise<PruneReport> {
    return this.#prune.prune(cutoffs)
  }

  health(): StorageHealth {
    return {
      trouble: this.#commit.trouble,
      databaseBytes: integer(this.#pages.get() ?? {}, "bytes"),
      logBytes: statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    }
  }

  backup(file: string, at: number): Promise<void> {
    return backupDatabase(this.#file, file, at)
  }
}
