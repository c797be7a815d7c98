import type { RecallProgress, Recalls } from "../../model/ports/recalls.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { lock, query } from "./work.ts"
import type { ColdDatabase, Work } from "./work.ts"

/** Finds messages (`id`, `recalling`) whose recall belonged to a process that no longer runs. */
export type LeftRecalls = (worker: number) => Work<readonly Row[]>

export class StoredRecalls implements Recalls {
  readonly #db: ColdDatabase
  readonly #worker: number
  readonly #left: LeftRecalls

  /** @param worker the number of this process, which no other process has had */
  constructor(db: ColdDatabase, worker: number, left: LeftRecalls) {
    this.#db = db
    this.#worker = worker
    this.#left = left
  }

  begin(messageId: string, at: number): ReturnType<Recalls["begin"]> {
    const worker = this.#worker
    return this.#db.change<Awaited<ReturnType<Recalls["begin"]>>>(`recall ${messageId}`, function* () {
      const [row] = yield* lock`select recall, recalling from wecom_push.messages where id = ${messageId}`
      if (row === undefined) return undefined
      if (row["recalling"] !== null) return { progress: parseOwn<RecallProgress>(text(row, "recall")), isNew: false }
      const progress: RecallProgress = { askedAt: at, cancelled: 0, results: {} }
      yield* query`update wecom_push.messages set recall = ${JSON.stringify(progress)}, recalling = ${worker}
        where id = ${messageId}`
      return { progress, isNew: true }
    })
  }

  async progress(messageId: string): Promise<RecallProgress | undefined> {
    const [row] = await this.#db.readDurable(
      () => query`select recall from wecom_push.messages where id = ${messageId}`,
    )
    const recall = row && optionalText(row, "recall")
    return recall === undefined ? undefined : parseOwn<RecallProgress>(recall)
  }

  async takeOver(): Promise<readonly string[]> {
    const [worker, left] = [this.#worker, this.#left]
    // There is hardly ever one, and a change would need a commit.
    const found = await this.#db.read(() => left(worker))
    if (found.length === 0) return []
    return this.#db.change("recalls", function* () {
      const taken: string[] = []
      for (const row of found) {
        // Another process may have taken it over meanwhile.
        const rows = yield* query`update wecom_push.messages set recalling = ${worker}
          where id = ${text(row, "id")} and recalling = ${integer(row, "recalling")} returning id`
        taken.push(...rows.map((one) => text(one, "id")))
      }
      return taken
    })
  }

  async note(messageId: string, progress: RecallProgress): Promise<boolean> {
    const recalling = progress.endedAt === undefined ? this.#worker : null
    const rows = await this.#db.write(
      () => query`update wecom_push.messages set recall = ${JSON.stringify(progress)}, recalling = ${recalling}
        where id = ${messageId} and recalling = ${this.#worker} returning id`,
    )
    return rows.length === 1
  }
}
