import { hash, timingSafeEqual } from "node:crypto"
import { SCOPES } from "../../model/ports/keys.ts"
import type { KeyRecord, KeyStore } from "../../model/ports/keys.ts"

/** The id under which the key of the environment appears in messages and in the audit trail. */
export const ENVIRONMENT_KEY_ID = "key_environment"

/** The rights of the admin key. */
export const ALL_RIGHTS = {
  scopes: SCOPES,
  apps: "all",
  audienceCap: undefined,
  overflow: undefined,
  forward: ["*"],
} as const satisfies Partial<KeyRecord>

/** Adds later scopes to a key that an earlier version made with every scope that existed then. */
function withLaterScopes(key: KeyRecord): KeyRecord {
  const isAdminKey =
    key.apps === "all" && key.audienceCap === undefined && FIRST_SCOPES.every((one) => key.scopes.includes(one))
  return isAdminKey ? { ...key, scopes: SCOPES, forward: key.forward.length === 0 ? ["*"] : key.forward } : key
}

const FIRST_SCOPES = ["send", "send_all", "read", "admin"] as const

/** SHA-256, hex: 256 random bits cannot be guessed, so a slow hash would gain nothing. */
export function hashOfKey(key: string): string {
  return hash("sha256", key, "hex")
}

/**
 * Finds the key that a caller presents. Keys are remembered for a second: so a busy key costs no read of the store, and a
 * key revoked by another process is refused within a second. A key revoked here is refused at once (`forget`).
 */
export class KeyRing {
  readonly #keys: KeyStore
  readonly #environmentKey: KeyRecord | undefined
  /** The remembered keys, by digest and by id. */
  readonly #remembered = new Map<string, { readonly key: KeyRecord; readonly until: number }>()
  /** Reads of the store under way, by id: a hundred followers of one key ask at once whether it is still valid. */
  readonly #looks = new Map<string, Promise<KeyRecord | undefined>>()

  constructor(keys: KeyStore, environmentKey: string | undefined) {
    this.#keys = keys
    this.#environmentKey = environmentKey === undefined ? undefined : keyOfEnvironment(environmentKey)
  }

  /** Costs the same without a key as with a wrong one. @param now milliseconds since 1970 */
  async find(presented: string | undefined, now: number): Promise<KeyRecord | undefined> {
    const digest = hashOfKey(presented ?? "")
    if (this.#environmentKey !== undefined && isEqual(this.#environmentKey.hash, digest)) return this.#environmentKey
    const known = this.#known(digest, now)
    if (known !== undefined) return known
    const found = await this.#keys.findByHash(digest)
    this.#remembered.delete(digest)
    if (found === undefined || found.revokedAt !== undefined || !isEqual(found.hash, digest)) return undefined
    const key = withLaterScopes(found)
    this.#remember(digest, key, now)
    return key
  }

  /** For a client that has a token instead of the key, as on the compat paths. */
  async findById(id: string, now: number): Promise<KeyRecord | undefined> {
    if (id === ENVIRONMENT_KEY_ID) return this.#environmentKey
    return this.#known(id, now) ?? this.#looks.get(id) ?? this.#look(id, now)
  }

  #look(id: string, now: number): Promise<KeyRecord | undefined> {
    const read = async (): Promise<KeyRecord | undefined> => {
      const found = await this.#keys.get(id)
      this.#remembered.delete(id)
      if (found === undefined || found.revokedAt !== undefined) return undefined
      const key = withLaterScopes(found)
      // It may have been revoked here while the store was read.
      if (this.#looks.get(id) === look) this.#remember(id, key, now)
      return key
    }
    const look = read().finally(() => {
      if (this.#looks.get(id) === look) this.#looks.delete(id)
    })
    this.#looks.set(id, look)
    return look
  }

  /** Whether a key that was found before is still valid: a request may take long. */
  async isValid({ id }: Pick<KeyRecord, "id">, now: number): Promise<boolean> {
    return (await this.findById(id, now)) !== undefined
  }

  forget(id: string): void {
    this.#looks.delete(id)
    for (const [digest, { key }] of this.#remembered) if (key.id === id) this.#remembered.delete(digest)
  }

  #known(name: string, now: number): KeyRecord | undefined {
    const known = this.#remembered.get(name)
    // A time too far ahead means that the clock was set back.
    return known !== undefined && now < known.until && now >= known.until - REMEMBER_MS ? known.key : undefined
  }

  #remember(name: string, key: KeyRecord, now: number): void {
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear()
    this.#remembered.set(name, { key, until: now + REMEMBER_MS })
  }
}

const REMEMBER_MS = 1000
const MAX_REMEMBERED = 10_000

function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one, "hex"), Buffer.from(other, "hex"))
}

function keyOfEnvironment(key: string): KeyRecord {
  return {
    id: ENVIRONMENT_KEY_ID,
    // The client stays the same when the environment has another key.
    client: ENVIRONMENT_KEY_ID,
    name: "admin",
    prefix: key.slice(0, 8),
    hash: hashOfKey(key),
    ...ALL_RIGHTS,
    createdAt: 0,
    version: 1,
    revokedAt: undefined,
    lastUsedAt: undefined,
  }
}
