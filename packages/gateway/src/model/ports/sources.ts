import type { AdapterName } from "../adapter-names.ts"
import type { Priority } from "../message.ts"
import type { ExpectedVersion, Unchanged } from "./versions.ts"

/**
 * A door below `/in` for another program, with an audience and a token of its own. The token is shown once and not
 * kept.
 */
export interface SourceRecord {
  readonly id: string
  readonly name: string
  readonly adapter: AdapterName
  readonly app: string
  /** The audience, in the form of a message's `to`. */
  readonly to: Readonly<Record<string, unknown>>
  readonly priority: Priority
  /** The template that makes a message of any JSON. */
  readonly template: string | undefined
  /** The first 8 characters of its token, to tell sources apart. */
  readonly prefix: string
  /** SHA-256 of the whole token, hex. */
  readonly hash: string
  /** The token before the present one: valid until then. */
  readonly old: { readonly hash: string; readonly until: number } | undefined
  readonly hasSigningSecret: boolean
  readonly createdAt: number
  /** Exact to a minute or so; undefined before its first request. */
  readonly lastUsedAt: number | undefined
  /** Goes up with each change. */
  readonly version: number
}

export type NewSource = Omit<SourceRecord, "old" | "hasSigningSecret" | "lastUsedAt" | "version"> & {
  /** The secret with which the other program signs its requests. */
  readonly signingSecret: string | undefined
}

/** The fields to change; absent ones stay. */
export interface SourceChange {
  readonly name?: string
  readonly app?: string
  readonly to?: SourceRecord["to"]
  readonly priority?: Priority
  /** Null removes it. */
  readonly template?: string | null
  readonly signingSecret?: string | null
}

export interface FoundSource {
  readonly source: SourceRecord
  /** Undefined where there is none, and where the stored one is damaged: `hasSigningSecret` tells which. */
  readonly signingSecret: string | undefined
}

/** A change is known to all nodes on a database at once, since the store keeps nothing in memory. */
export interface SourceStore {
  /** @throws when the id or the hash is taken */
  add(source: NewSource): Promise<void>
  /**
   * Finds a source by the hash of its token, or of the token before it. The caller checks whether that token is still
   * valid.
   */
  findByHash(hash: string): Promise<FoundSource | undefined>
  get(id: string): Promise<SourceRecord | undefined>
  /** Oldest first. */
  list(): Promise<readonly SourceRecord[]>
  /** @param expected whether the change may be made */
  change(id: string, change: SourceChange, expected?: ExpectedVersion): Promise<SourceRecord | Unchanged>
  /** Gives the source a new token. @param oldUntil when its present token ends; the one before that ends at once */
  rotate(
    id: string,
    token: Pick<SourceRecord, "prefix" | "hash">,
    oldUntil: number,
    expected?: ExpectedVersion,
  ): Promise<SourceRecord | Unchanged>
  remove(id: string, expected?: ExpectedVersion): Promise<"removed" | Unchanged>
  /** Stores when sources were last used. A time earlier than the stored one, or for no source, changes nothing. */
  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>
}
