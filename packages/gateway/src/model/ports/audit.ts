import type { AppScope, Page, PageQuery } from "./reader.ts"

/** An action: who did it, when and from where. Holds no secret and no message text. */
export interface AuditEntry {
  readonly at: number
  /** A key's id, or `local` for the command on the machine itself. */
  readonly actor: string
  /** Address of the peer; undefined for the machine itself. */
  readonly from: string | undefined
  /** As in `key.created`, `message.retried`, `permission.denied`. */
  readonly action: string
  /** The object of the action, such as a key's or a message's id. */
  readonly target: string | undefined
  readonly detail: Readonly<Record<string, unknown>>
  /** The apps that it concerns. A key that does not hold all of them does not see it. */
  readonly apps: AppScope
}

/** Append-only: entries are not changed, and deleted only from the beginning, which the trail then reports. */
export interface AuditLog {
  append(entries: readonly AuditEntry[]): Promise<void>
  /** Newest first; only entries about the apps in scope. */
  list(
    query: PageQuery & { readonly apps: AppScope },
  ): Promise<Page<Omit<AuditEntry, "apps"> & { readonly id: number }>>
  extent(): Promise<AuditExtent>
}

export interface AuditExtent {
  readonly entries: number
  /** The entries that were deleted to keep the trail inside its bounds; undefined while none were. */
  readonly deleted: DeletedEntries | undefined
}

interface DeletedEntries {
  readonly entries: number
  /** When the last of them was written. */
  readonly until: number
}
