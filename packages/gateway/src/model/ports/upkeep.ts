import type { StorageErrorCode } from "../storage-error.ts"

/** Maintenance of the store itself. */
export interface Upkeep {
  /** Deletes at most `limit` rows of a kind that are past their time. `more`: call again soon. */
  prune(cutoffs: PruneCutoffs): Promise<PruneReport>
  health(): StorageHealth
}

/** Maintenance of a store that is a file. */
export interface LocalUpkeep extends Upkeep {
  /** Writes a consistent copy while the gateway works. The file must not exist. */
  backup(file: string, at: number): Promise<void>
}

export interface PruneCutoffs {
  readonly now: number
  /**
   * Messages finished before it are deleted, with all that belongs to them; so are files handed in before it that no
   * message names.
   */
  readonly finishedBefore: number
  readonly eventsBefore: number
  readonly lookupsBefore: number
  /** Older entries of the audit trail are deleted, and the oldest beyond this number. */
  readonly auditBefore: number
  readonly auditEntries: number
  readonly limit: number
  /** Ends a slow run early: it rejects with the reason, and the rest is deleted another time. */
  readonly signal?: AbortSignal
}

export interface PruneReport {
  readonly messages: number
  readonly auditEntries: number
  readonly more: boolean
}

export interface StorageHealth {
  readonly kind: "sqlite" | "postgres"
  /** Undefined while changes are being stored. */
  readonly trouble: StorageErrorCode | undefined
  /** Whether a change is on the disk when its request is answered: from `full` on it outlives a power failure. */
  readonly synchronous: "off" | "normal" | "full" | "extra"
  readonly databaseBytes: number
  /** Rows that were deleted or replaced and whose space is not free yet. Undefined where the store has none. */
  readonly deadRows: number | undefined
  /** The age of the oldest transaction, which keeps those rows from being cleared away. */
  readonly oldestSnapshotSeconds: number | undefined
  /** Identifies a database without a name: gateways that share one report the same. */
  readonly databaseId: string
  /** How many gateways use it, this one included. */
  readonly nodes: number
  /** Stranded messages that this gateway has requeued: more than none is our bug. */
  readonly strandedMessages: number
  /** Grows during a long read. Undefined where the gateway does not maintain the log. */
  readonly logBytes: number | undefined
}
