import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { KeyRecord, KeyStore, NewKey } from "../../core/ports/keys.ts"
import type { GroupCommit } from "./group-commit.ts"
import { integer, optionalInteger, optionalText, parseOwn, text } from "./row.ts"
import type { Row } from "./row.ts"

export class SqliteKeys implements KeyStore {
  readonly #commit: GroupCommit
  readonly #insert: StatementSync
  readonly #byHash: StatementSync
  readonly #one: StatementSync
  readonly #all: StatementSync
  readonly #revoke: StatementSync
  readonly #used: StatementSync

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit
    this.#insert = db.prepare(`insert into keys
      (id, name, prefix, hash, scopes, apps, audience_cap, overflow, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#byHash = db.prepare("select * from keys where hash = ?")
    this.#one = db.prepare("select * from keys where id = ?")
    this.#all = db.prepare("select * from keys order by created_at, id")
    this.#revoke = db.prepare("update keys set revoked_at = ? where id = ? and revoked_at is null")
    this.#used = db.prepare("update keys set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?")
  }

  add(key: NewKey): Promise<void> {
    const { id, name, prefix, hash, scopes, apps, audienceCap, overflow, createdAt } = key
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#insert.run(
          id,
          name,
          prefix,
          hash,
          JSON.stringify(scopes),
          JSON.stringify(apps),
          audienceCap ?? null,
          overflow ?? null,
          createdAt,
        )
      },
    })
  }

  findByHash(hash: string): Promise<KeyRecord | undefined> {
    return Promise.try(() => toKey(this.#byHash.get(hash)))
  }

  get(id: string): Promise<KeyRecord | undefined> {
    return Promise.try(() => toKey(this.#one.get(id)))
  }

  list(): Promise<readonly KeyRecord[]> {
    return Promise.try(() => this.#all.all().flatMap((row) => toKey(row) ?? []))
  }

  revoke(id: string, at: number): Promise<boolean> {
    return this.#commit.submit({ kind: "inside", work: () => this.#revoke.run(at, id).changes === 1 })
  }

  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const { id, at } of uses) this.#used.run(at, id)
      },
    })
  }
}

function toKey(row: Row | undefined): KeyRecord | undefined {
  if (row === undefined) return undefined
  return {
    id: text(row, "id"),
    name: text(row, "name"),
    prefix: text(row, "prefix"),
    hash: text(row, "hash"),
    scopes: parseOwn(text(row, "scopes")),
    apps: parseOwn(text(row, "apps")),
    audienceCap: optionalInteger(row, "audience_cap"),
    overflow: toOverflow(optionalText(row, "overflow")),
    createdAt: integer(row, "created_at"),
    revokedAt: optionalInteger(row, "revoked_at"),
    lastUsedAt: optionalInteger(row, "last_used_at"),
  }
}

function toOverflow(word: string | undefined): KeyRecord["overflow"] {
  return word === "reject" || word === "split" || word === "truncate" ? word : undefined
}
