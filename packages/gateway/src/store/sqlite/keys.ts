import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { KeyRecord, KeyStore, NewKey } from "../../model/ports/keys.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { toKey, toScopes } from "../key-rows.ts"
import type { GroupCommit } from "./group-commit.ts"

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
      (id, client, name, prefix, hash, scopes, apps, audience_cap, overflow, created_at)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#byHash = db.prepare("select * from keys where hash = ?")
    this.#one = db.prepare("select * from keys where id = ?")
    this.#all = db.prepare("select * from keys order by created_at, id")
    this.#revoke = db.prepare("update keys set revoked_at = ?, version = version + 1 where id = ?")
    this.#used = db.prepare("update keys set last_used_at = max(coalesce(last_used_at, 0), ?) where id = ?")
  }

  add(key: NewKey): Promise<void> {
    return this.#commit.submit({ kind: "inside", work: () => this.#add(key) })
  }

  rotate(id: string, successor: NewKey, expected?: ExpectedVersion): Promise<"added" | "revoked" | Unchanged> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const old = toKey(this.#one.get(id))
        if (old === undefined) return "unknown"
        if (expected?.(old) === false) return "stale"
        if (old.revokedAt !== undefined) return "revoked"
        this.#add(successor)
        return "added"
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

  revoke(id: string, at: number, expected?: ExpectedVersion): Promise<"revoked" | "revoked_before" | Unchanged> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        const key = toKey(this.#one.get(id))
        if (key === undefined) return "unknown"
        if (expected?.(key) === false) return "stale"
        if (key.revokedAt !== undefined) return "revoked_before"
        this.#revoke.run(at, id)
        return "revoked"
      },
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

  #add({ id, client, name, prefix, hash, scopes, forward, apps, audienceCap, overflow, createdAt }: NewKey): void {
    this.#insert.run(
      id,
      client,
      name,
      prefix,
      hash,
      toScopes({ scopes, forward }),
      JSON.stringify(apps),
      audienceCap ?? null,
      overflow ?? null,
      createdAt,
    )
  }
}
