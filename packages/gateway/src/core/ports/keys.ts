export const SCOPES = ["send", "send_all", "read", "admin"] as const
export type Scope = (typeof SCOPES)[number]

/** A key of a client. The key itself is shown once and not kept. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  /** Its first 8 characters, to tell keys apart. */
  readonly prefix: string
  /** SHA-256 of the whole key, hex: 256 random bits need no slow hash. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly apps: readonly string[] | "all"
  /** Most recipients of one message; undefined: no cap of its own. */
  readonly audienceCap: number | undefined
  /** What the compat paths do with a text over WeCom's limit. */
  readonly overflow: "reject" | "split" | "truncate" | undefined
  readonly createdAt: number
  readonly revokedAt: number | undefined
  readonly lastUsedAt: number | undefined
}

export type NewKey = Omit<KeyRecord, "revokedAt" | "lastUsedAt">

export interface KeyStore {
  /** @throws when the id or the hash is taken */
  add(key: NewKey): Promise<void>
  /** Revoked ones too: who refuses them can say so. */
  findByHash(hash: string): Promise<KeyRecord | undefined>
  get(id: string): Promise<KeyRecord | undefined>
  /** Oldest first. */
  list(): Promise<readonly KeyRecord[]>
  /** False when unknown or revoked before. */
  revoke(id: string, at: number): Promise<boolean>
  /** Meant to be told now and then, not at every request. Never moves a time back. */
  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>
}
