import type { TokenStore } from "@wecom-push/sdk"
import type { TokenRecord } from "@wecom-push/sdk/internals"
import type { NamedLocks } from "../../model/ports/named-locks.ts"
import { parseOwn, text } from "../row.ts"
import { sealedPlaces } from "../sealed-places.ts"
import type { SecretBox } from "../secret-box.ts"
import { query } from "./work.ts"
import type { ColdDatabase } from "./work.ts"

/** Encrypted tokens, the same for all nodes. */
export class Tokens implements TokenStore {
  readonly #db: ColdDatabase
  readonly #locks: NamedLocks
  readonly #box: SecretBox

  /** @param locks of all nodes on the database */
  constructor(db: ColdDatabase, locks: NamedLocks, box: SecretBox) {
    this.#db = db
    this.#locks = locks
    this.#box = box
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    const [row] = await this.#db.read(() => query`select record from wecom_push.tokens where key = ${key}`)
    if (row === undefined) return undefined
    // WeCom is asked for a new token in place of a damaged one.
    const opened = this.#box.tryOpen(text(row, "record"), sealedPlaces.token(key))
    return opened === undefined ? undefined : parseOwn<TokenRecord>(opened)
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    const sealed = this.#box.seal(JSON.stringify(record), sealedPlaces.token(key))
    await this.#db.write(
      () => query`insert into wecom_push.tokens (key, record) values (${key}, ${sealed})
        on conflict (key) do update set record = excluded.record`,
    )
  }

  /**
   * Keeps other nodes out as well. If the session is lost while `task` runs, the lock is lost and the task continues:
   * another node may then ask for a token too, which does no harm. The same may happen when the lock does not come in
   * time: the node that has it may be frozen.
   */
  exclusively<T>(key: string, task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#locks.run(`token ${key}`, task, { signal, patienceMs: PATIENCE_MS })
  }
}

/** Longer than a slow gettoken with a repeat. With this patience another node asks within 15 s. */
const PATIENCE_MS = 8000
