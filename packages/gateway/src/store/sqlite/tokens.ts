import type { DatabaseSync, StatementSync } from "node:sqlite"
import type { TokenStore } from "@wecom-push/sdk"
import type { TokenRecord } from "@wecom-push/sdk/internals"
import { sealedPlaces } from "../sealed-places.ts"
import type { SecretBox } from "../secret-box.ts"
import { LocalLocks } from "../../model/local-locks.ts"
import type { GroupCommit } from "./group-commit.ts"
import { parseOwn, text } from "../row.ts"

/** Tokens, encrypted. One process uses the database alone, so that a lock inside it is enough. */
export class SqliteTokens implements TokenStore {
  readonly #commit: GroupCommit
  readonly #box: SecretBox
  readonly #one: StatementSync
  readonly #put: StatementSync
  readonly #locks = new LocalLocks()

  constructor(db: DatabaseSync, commit: GroupCommit, box: SecretBox) {
    this.#commit = commit
    this.#box = box
    this.#one = db.prepare("select record from tokens where key = ?")
    this.#put = db.prepare("insert into tokens (key, record) values (?1, ?2) on conflict do update set record = ?2")
  }

  get(key: string): Promise<TokenRecord | undefined> {
    return Promise.try(() => {
      const row = this.#one.get(key)
      const place = sealedPlaces.token(key)
      return row === undefined ? undefined : parseOwn<TokenRecord>(this.#box.open(text(row, "record"), place))
    })
  }

  set(key: string, record: TokenRecord): Promise<void> {
    const sealed = this.#box.seal(JSON.stringify(record), sealedPlaces.token(key))
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        this.#put.run(key, sealed)
      },
    })
  }

  exclusively<T>(key: string, task: () => Promise<T>): Promise<T> {
    return this.#locks.run(key, task)
  }
}
