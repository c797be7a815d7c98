import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { FoundSource, NewSource, SourceChange, SourceRecord, SourceStore } from "../../model/ports/sources.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { optionalText } from "../row.ts"
import type { Row } from "../row.ts"
import type { SecretBox } from "../secret-box.ts"
import { changedColumns, sealSigningSecret, toFoundSource, toSource } from "../source-rows.ts"
import type { GroupCommit } from "./group-commit.ts"

export class SqliteSources implements SourceStore {
  readonly #commit: GroupCommit
  readonly #box: SecretBox
  readonly #insert: StatementSync
  readonly #byHash: StatementSync
  readonly #one: StatementSync
  readonly #all: StatementSync
  readonly #change: StatementSync
  readonly #rotate: StatementSync
  readonly #delete: StatementSync
  readonly #used: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit, box: SecretBox) {
    this.#commit = commit
    this.#box = box
    this.#insert = db.prepare(`insert into sources
      (id, name, adapter, app, audience, priority, template, signing_secret, prefix, hash, created_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#byHash = db.prepare(
      "select * from sources where hash = ?1 union all select * from sources where old_hash = ?1",
    )
    this.#one = db.prepare("select * from sources where id = ?")
    this.#all = db.prepare("select * from sources order by created_at, id")
    this.#change = db.prepare(`update sources set name = ?, app = ?, audience = ?, priority = ?, template = ?,
      signing_secret = ?, version = version + 1 where id = ? returning *`)
    this.#rotate = db.prepare(`update sources set old_hash = hash, old_until = ?, prefix = ?, hash = ?,
      version = version + 1 where id = ? returning *`)
    this.#delete = db.prepare("delete from sources where id = ?")
    this.#used = db.prepare("update sources set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?")
  }

  add(source: NewSource): Promise<void> {
    const { id, name, adapter, app, to, priority, template, signingSecret, prefix, hash, createdAt } = source
    const sealed = sealSigningSecret(this.#box, id, signingSecret)
    const audience = JSON.stringify(to)
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const row = [id, name, adapter, app, audience, priority, template ?? null, sealed, prefix, hash, createdAt]
        this.#insert.run(...row)
      },
    })
  }

  findByHash(hash: string): Promise<FoundSource | undefined> {
    return Promise.try(() => {
      const row = this.#byHash.get(hash)
      return row === undefined ? undefined : toFoundSource(row, this.#box)
    })
  }

  get(id: string): Promise<SourceRecord | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(id)
      return row === undefined ? undefined : toSource(row)
    })
  }

  list(): Promise<readonly SourceRecord[]> {
    return Promise.try(() => this.#all.all().map(toSource))
  }

  change(id: string, change: SourceChange, expected?: ExpectedVersion): Promise<SourceRecord | Unchanged> {
    return this.#with(id, expected, (row) => {
      const { signingSecret } = change
      const kept = optionalText(row, "signing_secret") ?? null
      const sealed = signingSecret === undefined ? kept : sealSigningSecret(this.#box, id, signingSecret)
      return written(this.#change.get(...changedColumns(toSource(row), change), sealed, id))
    })
  }

  rotate(
    id: string,
    { prefix, hash }: Pick<SourceRecord, "prefix" | "hash">,
    oldUntil: number,
    expected?: ExpectedVersion,
  ): Promise<SourceRecord | Unchanged> {
    return this.#with(id, expected, () => written(this.#rotate.get(oldUntil, prefix, hash, id)))
  }

  remove(id: string, expected?: ExpectedVersion): Promise<"removed" | Unchanged> {
    return this.#with(id, expected, () => {
      this.#delete.run(id)
      return "removed"
    })
  }

  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const { id, at } of uses) this.#used.run(at, id)
      },
    })
  }

  #with<T>(id: string, expected: ExpectedVersion | undefined, work: (row: Row) => T): Promise<T | Unchanged> {
    return this.#commit.submit<T | Unchanged>({
      kind: "inside",
      work: () => {
        const row = this.#one.get(id)
        if (row === undefined) return "unknown"
        if (expected?.(toSource(row)) === false) return "stale"
        return work(row)
      },
    })
  }
}

function written(row: Row | undefined): SourceRecord {
  if (row === undefined) throw new Error("a source that was there is not")
  return toSource(row)
}
