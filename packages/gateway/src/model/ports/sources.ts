import type { AdapterName } from "../adapter-names.ts"
import type { Priority } from "../message.ts"
import type { ExpectedVersion, Unchanged } from "./versions.ts"

/** A door for another program: what it sends goes to an audience of its own. Its token is shown once and not kept. */
export interface SourceRecord {
  readonly id: string
  readonly name: string
  readonly adapter: AdapterName
  readonly app: string
  /** As `to` of a message has it. */
  readonly to: Readonly<Record<string, unknown>>
  readonly priority: Priority
  /** What makes a message of any JSON. */
  readonly template: string | undefined
  /** The first 8 characters of its token, to tell sources apart. */
  readonly prefix: string
  /** SHA-256 of the whole token, hex. */
  readonly hash: string
  /** The token before it: valid until then. */
  readonly old: { readonly hash: string; readonly until: number } | undefined
  readonly hasSigningSecret: boolean
  readonly createdAt: number
  /** To the minute or so; undefined before its first request. */
  readonly lastUsedAt: number | undefined
  /** Goes up with each change. */
  readonly version: number
}

export type NewSource = Omit<SourceRecord, "old" | "hasSigningSecret" | "lastUsedAt" | "version"> & {
  /** What the other program signs its requests with. */
  readonly signingSecret: string | undefined
}

/** What is to be otherwise; what is not named stays as it is. */
export interface SourceChange {
  readonly name?: string
  readonly app?: string
  readonly to?: SourceRecord["to"]
  readonly priority?: Priority
  /** Null: none any longer. */
  readonly template?: string | null
  readonly signingSecret?: string | null
}

export interface FoundSource {
  readonly source: SourceRecord
  /** Undefined where there is none, and where what is stored is damaged: `hasSigningSecret` tells which. */
  readonly signingSecret: string | undefined
}

/** Known to all nodes on a database at once: nothing of it is remembered by the store. */
export interface SourceStore {
  /** @throws when the id or the hash is taken */
  add(source: NewSource): Promise<void>
  /** By the hash of its token, or of the one before it. Whether that is valid still is the caller's affair. */
  findByHash(hash: string): Promise<FoundSource | undefined>
  get(id: string): Promise<SourceRecord | undefined>
  /** Oldest first. */
  list(): Promise<readonly SourceRecord[]>
  /** @param expected whether the change may be made */
  change(id: string, change: SourceChange, expected?: ExpectedVersion): Promise<SourceRecord | Unchanged>
  /** Gives it another token. @param oldUntil when the one that it has ends; the one before that ends at once */
  rotate(
    id: string,
    token: Pick<SourceRecord, "prefix" | "hash">,
    oldUntil: number,
    expected?: ExpectedVersion,
  ): Promise<SourceRecord | Unchanged>
  remove(id: string, expected?: ExpectedVersion): Promise<"removed" | Unchanged>
  /** They were used then; an earlier time than the one that is kept, and one of no source, change nothing. */
  used(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>
}
