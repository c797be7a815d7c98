import type { KeyRecord, KeyStore, NewKey } from "../../model/ports/keys.ts"
import type { ExpectedVersion, Unchanged } from "../../model/ports/versions.ts"
import { toKey, toScopes } from "./key-rows.ts"
import { lock, query } from "./work.ts"
import type { ColdDatabase, Use, Work } from "./work.ts"

export class Keys implements KeyStore {
  readonly #db: ColdDatabase

  constructor(db: ColdDatabase) {
    this.#db = db
  }

  add(key: NewKey): Promise<void> {
    return this.#db.change("keys", () => insertKey(key))
  }

  rotate(id: string, successor: NewKey, expected?: ExpectedVersion): Promise<"added" | "revoked" | Unchanged> {
    return this.#db.change("keys", function* () {
      const old = yield* lockKey(id)
      if (old === undefined) return "unknown"
      if (expected?.(old) === false) return "stale"
      if (old.revokedAt !== undefined) return "revoked"
      yield* insertKey(successor)
      return "added"
    })
  }

  findByHash(hash: string): Promise<KeyRecord | undefined> {
    return this.#db.read(function* () {
      const [row] = yield* query`select * from wecom_push.keys where hash = ${hash}`
      return toKey(row)
    })
  }

  get(id: string): Promise<KeyRecord | undefined> {
    return this.#db.read(function* () {
      const [row] = yield* query`select * from wecom_push.keys where id = ${id}`
      return toKey(row)
    })
  }

  list(): Promise<readonly KeyRecord[]> {
    return this.#db.read(function* () {
      const rows = yield* query`select * from wecom_push.keys order by created_at, id`
      return rows.flatMap((row) => toKey(row) ?? [])
    })
  }

  revoke(id: string, at: number, expected?: ExpectedVersion): Promise<"revoked" | "revoked_before" | Unchanged> {
    return this.#db.change("keys", function* () {
      const key = yield* lockKey(id)
      if (key === undefined) return "unknown"
      if (expected?.(key) === false) return "stale"
      if (key.revokedAt !== undefined) return "revoked_before"
      yield* query`update wecom_push.keys set revoked_at = ${at}, version = version + 1 where id = ${id}`
      return "revoked"
    })
  }

  used(uses: readonly Use[]): Promise<void> {
    return this.#db.noteUses("keys", uses)
  }
}

function* lockKey(id: string): Work<KeyRecord | undefined> {
  const [row] = yield* lock`select * from wecom_push.keys where id = ${id}`
  return toKey(row)
}

export function* insertKey(key: NewKey): Work<void> {
  const { id, client, name, prefix, hash, scopes, forward, apps, audienceCap, overflow, createdAt } = key
  yield* query`insert into wecom_push.keys
    (id, client, name, prefix, hash, scopes, apps, audience_cap, overflow, created_at) values
    (${id}, ${client}, ${name}, ${prefix}, ${hash}, ${toScopes({ scopes, forward })}, ${JSON.stringify(apps)},
      ${audienceCap ?? null}, ${overflow ?? null}, ${createdAt})`
}
