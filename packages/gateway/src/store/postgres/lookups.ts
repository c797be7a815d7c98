import { sql } from "kysely"
import type { LookupRecord } from "@wecom-push/sdk/internals"
import type { LookupRecords } from "../cold/lookups.ts"
import { toRecord } from "../lookup-rows.ts"
import type { Row } from "../row.ts"
import type { Transactions } from "./transactions.ts"

/** One statement for ten thousand keys. */
export class PostgresLookupRecords implements LookupRecords {
  readonly #transactions: Transactions

  constructor(transactions: Transactions) {
    this.#transactions = transactions
  }

  async get(keys: readonly string[]): Promise<(LookupRecord | undefined)[]> {
    const found: (LookupRecord | undefined)[] = []
    for (const batch of inBatches(keys)) {
      const { rows } = await this.#transactions.read((db) =>
        // One index look-up for each, which "offset 0" forces: a join would rather read the whole table.
        sql<Row>`select found.userid, found.stored_at
          from unnest(${batch}::text[]) with ordinality as asked(key, nth)
          left join lateral (
            select userid, stored_at from wecom_push.lookups where key = asked.key offset 0
          ) as found on true order by nth`.execute(db),
      )
      for (const row of rows) found.push(row["stored_at"] === null ? undefined : toRecord(row))
    }
    return found
  }

  async userids(keys: readonly string[], from: number, to: number): Promise<(string | undefined)[]> {
    const found: (string | undefined)[] = []
    for (const batch of inBatches(keys)) {
      const { rows } = await this.#transactions.read((db) =>
        // One index look-up for each, as above.
        sql<{ userid: string | null }>`select (
            select userid from wecom_push.lookups where key = asked.key and stored_at between ${from} and ${to}
          ) as userid
          from json_array_elements_text(${JSON.stringify(batch)}::json) with ordinality as asked(key, nth)
          order by nth`.execute(db),
      )
      for (const { userid } of rows) found.push(userid ?? undefined)
    }
    return found
  }

  async set(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void> {
    // One statement cannot change a row twice.
    for (const batch of inBatches([...new Map(entries)])) {
      const keys = batch.map(([key]) => key)
      const userids = batch.map(([, { userid }]) => userid)
      const times = batch.map(([, { storedAt }]) => storedAt)
      await this.#transactions.single((db) =>
        // All nodes write in the same order, or two would wait for each other.
        sql`insert into wecom_push.lookups (key, userid, stored_at)
          select key, userid, stored_at
          from unnest(${keys}::text[], ${userids}::text[], ${times}::bigint[]) as entry(key, userid, stored_at)
          order by key collate "C"
          on conflict (key) do update set userid = excluded.userid, stored_at = excluded.stored_at`.execute(db),
      )
    }
  }
}

function* inBatches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += MOST_AT_ONCE) yield items.slice(from, from + MOST_AT_ONCE)
}

const MOST_AT_ONCE = 10_000
