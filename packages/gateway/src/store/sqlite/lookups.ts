import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { LookupPause, LookupRecord, LookupStore } from "@wecom-push/sdk"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalText } from "./row.ts"
import type { Row } from "./row.ts"

export class SqliteLookups implements LookupStore {
  readonly #commit: GroupCommit
  readonly #one: StatementSync
  readonly #put: StatementSync
  readonly #pause: StatementSync
  readonly #putPause: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#one = db.prepare("select userid, stored_at from lookups where key = ?")
    this.#put = db.prepare(`insert into lookups (key, userid, stored_at) values (?1, ?2, ?3)
      on conflict do update set userid = ?2, stored_at = ?3`)
    this.#pause = db.prepare("select until, step from pauses where key = ?")
    this.#putPause = db.prepare(`insert into pauses (key, until, step) values (?1, ?2, ?3)
      on conflict do update set until = ?2, step = ?3`)
  }

  get(keys: readonly string[]): Promise<(LookupRecord | undefined)[]> {
    return Promise.try(() => keys.map((key) => toRecord(this.#one.get(key))))
  }

  set(entries: readonly (readonly [key: string, record: LookupRecord])[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const [key, { userid, storedAt }] of entries) this.#put.run(key, userid, storedAt)
      },
    })
  }

  getPause(key: string): Promise<LookupPause | undefined> {
    return Promise.try(() => {
      const row = this.#pause.get(key)
      return row === undefined ? undefined : { until: integer(row, "until"), step: toStep(integer(row, "step")) }
    })
  }

  setPause(key: string, { until, step }: LookupPause): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#putPause.run(key, until, step)
      },
    })
  }
}

function toRecord(row: Row | undefined): LookupRecord | undefined {
  if (row === undefined) return undefined
  return { userid: optionalText(row, "userid") ?? null, storedAt: integer(row, "stored_at") }
}

function toStep(step: number): LookupPause["step"] {
  return step === 1 || step === 2 ? step : 3
}
