import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { RecallProgress, Recalls } from "../../model/ports/recalls.ts"
import type { GroupCommit } from "./group-commit.ts"
import { optionalText, parseOwn, text } from "../row.ts"

export class SqliteRecalls implements Recalls {
  readonly #commit: GroupCommit
  readonly #run: number
  readonly #find: StatementSync
  readonly #begin: StatementSync
  readonly #left: StatementSync
  readonly #takeOver: StatementSync
  readonly #note: StatementSync

  /** @param run number of this run of the process: the recalls of an earlier run are free */
  constructor(db: DatabaseSync, commit: GroupCommit, run: number) {
    this.#commit = commit
    this.#run = run
    this.#find = db.prepare("select recall, recalling is not null as under_way from messages where id = ?")
    this.#begin = db.prepare("update messages set recall = ?, recalling = ? where id = ?")
    this.#left = db.prepare(
      "select id from messages indexed by messages_recalling where recalling is not null and recalling <> ?",
    )
    this.#takeOver = db.prepare("update messages set recalling = ? where id = ?")
    this.#note = db.prepare("update messages set recall = ?1, recalling = ?2 where id = ?3 and recalling = ?4")
  }

  begin(messageId: string, at: number): ReturnType<Recalls["begin"]> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const row = this.#find.get(messageId)
        if (row === undefined) return undefined
        if (row["under_way"] === 1) return { progress: parseOwn<RecallProgress>(text(row, "recall")), isNew: false }
        const progress: RecallProgress = { askedAt: at, cancelled: 0, results: {} }
        this.#begin.run(JSON.stringify(progress), this.#run, messageId)
        return { progress, isNew: true }
      },
    })
  }

  progress(messageId: string): Promise<RecallProgress | undefined> {
    return this.#commit.durable(() => {
      const recall = optionalText(this.#find.get(messageId) ?? { recall: null }, "recall")
      return recall === undefined ? undefined : parseOwn<RecallProgress>(recall)
    })
  }

  async takeOver(): Promise<readonly string[]> {
    const ids = this.#left.all(this.#run).map((row) => text(row, "id"))
    if (ids.length === 0) return ids
    await this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const id of ids) this.#takeOver.run(this.#run, id)
      },
    })
    return ids
  }

  note(messageId: string, progress: RecallProgress): Promise<boolean> {
    const recalling = progress.endedAt === undefined ? this.#run : null
    return this.#commit.submit({
      kind: "inside",
      work: () => this.#note.run(JSON.stringify(progress), recalling, messageId, this.#run).changes === 1,
    })
  }
}
