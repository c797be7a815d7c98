import { sql } from "kysely"
import type { Clock } from "@wecom-push/sdk"
import type { LookupPause } from "@wecom-push/sdk/internals"
import { StorageError } from "../../model/storage-error.ts"
import type { SharedPauses } from "../../model/ports/shared-counts.ts"
import { toPause } from "../lookup-rows.ts"
import type { Row } from "../row.ts"
import { NOW } from "./time.ts"
import type { Transactions } from "./transactions.ts"

/** Pauses that end on all nodes at the same moment, whatever their clocks show. */
export class PostgresPauses implements SharedPauses {
  readonly #transactions: Transactions
  /** The node's clock. */
  readonly #clock: Pick<Clock, "now">

  constructor(transactions: Transactions, clock: Pick<Clock, "now">) {
    this.#transactions = transactions
    this.#clock = clock
  }

  async getPause(key: string): Promise<LookupPause | undefined> {
    const { rows } = await this.#transactions.read((db) =>
      sql<Row>`select case when until = 0 then 0 else until - ${NOW} + ${this.#clock.now()}::bigint end as until, step
        from wecom_push.pauses where key = ${key}`.execute(db),
    )
    return rows[0] === undefined ? undefined : toPause(rows[0])
  }

  async setPause(key: string, { until, step }: LookupPause): Promise<void> {
    // 0 means none.
    const left = until === 0 ? null : until - this.#clock.now()
    await this.#transactions.single((db) =>
      sql`insert into wecom_push.pauses (key, until, step) values (${key}, coalesce(${NOW} + ${left}::bigint, 0), ${step})
        on conflict (key) do update set until = excluded.until, step = excluded.step, probe_until = 0`.execute(db),
    )
  }

  async versions(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#transactions.read((db) =>
      sql<{ key: string; version: string }>`select key, until || ' ' || step as version from wecom_push.pauses
        where key = any(${keys}::text[])`.execute(db),
    )
    return new Map(rows.map(({ key, version }) => [key, version]))
  }

  async mayProbe(key: string, forMs: number): Promise<boolean> {
    const { numAffectedRows } = await this.#transactions.single((db) =>
      sql`update wecom_push.pauses set probe_until = ${NOW} + ${forMs}::bigint
        where key = ${key} and until > 0 and until <= ${NOW} and probe_until <= ${NOW}`.execute(db),
    )
    return numAffectedRows === 1n
  }

  async endProbe(key: string): Promise<void> {
    try {
      await this.#transactions.single((db) =>
        sql`update wecom_push.pauses set probe_until = 0 where key = ${key}`.execute(db),
      )
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }
}
