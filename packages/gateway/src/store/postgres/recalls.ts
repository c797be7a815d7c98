import { sql } from "kysely"
import type { RecallProgress, Recalls } from "../../model/ports/recalls.ts"
import { optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import { ALIVE } from "./nodes.ts"
import type { Transactions } from "./transactions.ts"

export class PostgresRecalls implements Recalls {
  readonly #transactions: Transactions
  readonly #node: number

  /** @param node number of this node: the recalls of a dead one are free */
  constructor(transactions: Transactions, node: number) {
    this.#transactions = transactions
    this.#node = node
  }

  begin(messageId: string, at: number): ReturnType<Recalls["begin"]> {
    return this.#transactions.run(async (tx) => {
      const { rows } = await sql<Row>`select recall, recalling is not null as under_way from wecom_push.messages
        where id = ${messageId} for update`.execute(tx)
      const [row] = rows
      if (row === undefined) return undefined
      if (row["under_way"] === true) return { progress: parseOwn<RecallProgress>(text(row, "recall")), isNew: false }
      const progress: RecallProgress = { askedAt: at, cancelled: 0, results: {} }
      await sql`update wecom_push.messages set recall = ${JSON.stringify(progress)}, recalling = ${this.#node}
        where id = ${messageId}`.execute(tx)
      return { progress, isNew: true }
    })
  }

  async progress(messageId: string): Promise<RecallProgress | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select recall from wecom_push.messages where id = ${messageId}`.execute(db),
    )
    const recall = optionalText(rows[0] ?? { recall: null }, "recall")
    return recall === undefined ? undefined : parseOwn<RecallProgress>(recall)
  }

  async takeOver(): Promise<readonly string[]> {
    const left = sql`recalling is not null and recalling <> ${this.#node}
      and recalling::bigint not in (select node from (${ALIVE}) as alive)`
    // There is hardly ever one, and a change would need a transaction.
    const { rows } = await this.#transactions.read((db) =>
      sql`select from wecom_push.messages where ${left} limit 1`.execute(db),
    )
    if (rows.length === 0) return []
    const taken = await this.#transactions.single((db) =>
      sql<Row>`update wecom_push.messages set recalling = ${this.#node} where ${left} returning id`.execute(db),
    )
    return taken.rows.map((row) => text(row, "id"))
  }

  async note(messageId: string, progress: RecallProgress): Promise<boolean> {
    const recalling = progress.endedAt === undefined ? this.#node : null
    const { numAffectedRows } = await this.#transactions.single((db) =>
      sql`update wecom_push.messages set recall = ${JSON.stringify(progress)}, recalling = ${recalling}
        where id = ${messageId} and recalling = ${this.#node}`.execute(db),
    )
    return numAffectedRows === 1n
  }
}
