import type { LookupPause, LookupRecord } from "@wecom-push/sdk/internals"
import type { Lookups } from "../../model/ports/lookups.ts"
import { toPause } from "../lookup-rows.ts"
import { query } from "./work.ts"
import type { ColdDatabase } from "./work.ts"

/** The rows of many keys: each database reads and writes them in the way that is fastest there. */
export type LookupRecords = Omit<Lookups, "getPause" | "setPause">

export class StoredLookups implements Lookups {
  readonly #db: ColdDatabase
  readonly #records: LookupRecords

  constructor(db: ColdDatabase, records: LookupRecords) {
    this.#db = db
    this.#records = records
  }

  get(keys: readonly string[]): Promise<(LookupRecord | undefined)[]> {
    return this.#records.get(keys)
  }

  userids(keys: readonly string[], from: number, to: number): Promise<(string | undefined)[]> {
    return this.#records.userids(keys, from, to)
  }

  set(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void> {
    return this.#records.set(entries)
  }

  async getPause(key: string): Promise<LookupPause | undefined> {
    const [row] = await this.#db.read(() => query`select until, step from wecom_push.pauses where key = ${key}`)
    return row === undefined ? undefined : toPause(row)
  }

  async setPause(key: string, { until, step }: LookupPause): Promise<void> {
    await this.#db.write(
      () => query`insert into wecom_push.pauses (key, until, step) values (${key}, ${until}, ${step})
        on conflict (key) do update set until = excluded.until, step = excluded.step`,
    )
  }
}
