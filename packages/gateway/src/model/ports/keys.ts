import type { ExpectedVersion, Unchanged } from "./versions.ts"

export const SCOPES = ["send", "send_all", "read", "contacts", "media", "admin"] as const
export type Scope = (typeof SCOPES)[number]

/** A key of a client. The key itself is shown once and not kept. */
export interface KeyRecord {
  readonly id: string
  /** The client of the key: the first of the keys that were rotated into it, or itself. */
  readonly client: string
  readonly name: string
  /** Its first 8 characters, to tell keys apart. */
  readonly prefix: string
  /** SHA-256 of the whole key, hex: 256 random bits need no slow hash. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly apps: readonly string[] | "all"
  /** Most recipients of one message; undefined: no cap of its own. */
  readonly audienceCap: number | undefined
  /** How the compat paths handle a text over WeCom's limit. */
  readonly overflow: "reject" | "split" | "truncate" | undefined
  /** Paths below `/cgi-bin/` that are passed on to WeCom for it: exact, or ending in `*`. */
  readonly forward: readonly string[]
  readonly createdAt: number
  /** Goes up with each change that an administrator makes. */
  readonly version: number
  readonly revokedAt: number | undefined
  readonly lastUsedAt: number | undefined
}

export type NewKey = Omit<KeyRecord, "version" | "revokedAt" | "lastUsedAt">

export interface KeyStore {
  /** @throws when the id or the hash is taken */
  add(key: NewKey): Promise<void>
  /**
   * Adds the successor of a key, unless that is unknown or revoked by now.
   * @param expected whether the change may be made
   */
  rotate(id: string, successor: NewKey, expected?: ExpectedVersion): Promise<"added" | "revoked" | Unchanged>
  /** Revoked keys too, so that a refusal can name the reason. */
  findByHash(hash: string): Promise<KeyRecord | undefined>
  get(id: string): Promise<KeyRecord | undefined>
  /** Oldest first. */
  list(): Promise<readonly KeyRecord[]>
  /** @param expected whether the change may be made */
  revoke(id: string, at: number, expected?: ExpectedVersion): Promise<"revoked" | "revoked_before" | Unchanged>
  /** Called now and then, not at every request. Never moves a time back. */
  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>
}
