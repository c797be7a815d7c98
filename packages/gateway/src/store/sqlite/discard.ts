import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { GroupCommit } from "./group-commit.ts"
import { integer } from "../row.ts"
import { ROWS_PER_SLICE } from "./slices.ts"
import { BackgroundSlices } from "./background-slices.ts"

/**
 * Removes the rows of messages that are to disappear: half-written and expired ones. A message disappears at once; its
 * rows are deleted slice by slice, and swept at the next start if that is interrupted.
 */
export class Discard {
  readonly #commit: GroupCommit
  readonly #deleteMessage: StatementSync
  readonly #stage: StatementSync
  readonly #unstage: StatementSync
  readonly #staged: StatementSync
  readonly #slices: readonly StatementSync[]

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#deleteMessage = db.prepare("delete from messages where seq = ? and finished_at < ?")
    this.#stage = db.prepare("insert into staging (message) values (?)")
    this.#unstage = db.prepare("delete from staging where message = ?")
    this.#staged = db.prepare("select message from staging order by message")
    this.#slices = [
      db.prepare(
        "delete from chunks where message = ?1 and place in (select place from chunks where message = ?1 limit ?2)",
      ),
      db.prepare(
        "delete from calls where message = ?1 and number in (select number from calls where message = ?1 limit ?2)",
      ),
      db.prepare(
        "delete from attempts where message = ?1 and (call, number) in (select call, number from attempts where message = ?1 limit ?2)",
      ),
      db.prepare(
        "delete from large_texts where message = ?1 and call in (select call from large_texts where message = ?1 limit ?2)",
      ),
      db.prepare(
        "delete from media_uses where message = ?1 and medium in (select medium from media_uses where message = ?1 limit ?2)",
      ),
    ]
  }

  /**
   * Deletes those of them that are still finished since before then: a client may have reopened one meanwhile. No
   * caller waits for it, and it may be interrupted.
   * @returns how many were deleted
   */
  async messages(seqs: readonly number[], finishedBefore: number, signal?: AbortSignal): Promise<number> {
    const slices = new BackgroundSlices(this.#commit, signal)
    let deleted = 0
    for (let left = seqs; left.length > 0;) {
      const from = left
      const { tried, gone } = await slices.next((rows) => this.#takeAway(from.slice(0, rows), finishedBefore))
      left = left.slice(tried)
      deleted += gone.length
      for (let remains = gone; remains.length > 0;) {
        const of = remains
        remains = await slices.next((rows) => this.#deleteSlice(of, rows))
      }
    }
    return deleted
  }

  /** Everything staged; only while no message is being accepted. */
  async sweep(): Promise<void> {
    await this.remains(this.#staged.all().map((row) => integer(row, "message")))
  }

  async remains(seqs: readonly number[]): Promise<void> {
    let left = seqs
    while (left.length > 0) {
      const from = left
      left = await this.#commit.submit({ kind: "inside", work: () => this.#deleteSlice(from, ROWS_PER_SLICE) })
      if (left.length > 0) await immediate()
    }
  }

  /** Stages their rows. */
  #takeAway(
    seqs: readonly number[],
    finishedBefore: number,
  ): { readonly tried: number; readonly gone: readonly number[] } {
    const gone = seqs.filter((seq) => this.#deleteMessage.run(seq, finishedBefore).changes === 1)
    for (const seq of gone) this.#stage.run(seq)
    return { tried: seqs.length, gone }
  }

  /** @returns those that are not done */
  #deleteSlice(seqs: readonly number[], rows: number): readonly number[] {
    let budget = rows
    for (const [index, seq] of seqs.entries()) {
      for (const slice of this.#slices) {
        if (budget <= 0) return seqs.slice(index)
        budget -= Number(slice.run(seq, budget).changes)
      }
      if (budget <= 0) return seqs.slice(index)
      this.#unstage.run(seq)
      budget--
    }
    return []
  }
}
