import type { Page, PageQuery } from "./reader.ts"

/** Who did what, when and from where. Holds no secret and no message text. */
export interface AuditEntry {
  readonly at: number
  /** A key's id, or `local` for the command on the machine itself. */
  readonly actor: string
  /** Address of the peer; undefined for the machine itself. */
  readonly from: string | undefined
  /** As in `key.created`, `message.retried`, `permission.denied`. */
  readonly action: string
  /** What it was done to, as in a key's or a message's id. */
  readonly target: string | undefined
  readonly detail: Readonly<Record<string, unknown>>
}

/** Append-only: entries are neither changed nor deleted. */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
  /** Newest first. */
  list(query: PageQuery): Promise<Page<AuditEntry & { readonly id: number }>>
}
