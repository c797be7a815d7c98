import type { StorageErrorCode } from "../storage-error.ts"

/** Looking after the store itself. */
export interface Upkeep {
  /** Deletes at most `limit` rows of a kind that are past their time. `more`: call again soon. */
  prune(cutoffs: PruneCutoffs): Promise<PruneReport>
  health(): StorageHealth
}

/** Of a store in a file. */
export interface LocalUpkeep extends Upkeep {
  /** Writes a consistent copy while work goes on. The file must not exist. */
  backup(file: string, at: number): Promise<void>
}

export interface PruneCutoffs {
  readonly now: number
  /** Messages finished before it go, with all that belongs to them; so do files handed in before it that no message names. */
  readonly finishedBefore: number
  readonly eventsBefore: number
  readonly lookupsBefore: number
  /** Entries of the audit trail that are older go, and the oldest of more than so many. */
  readonly auditBefore: number
  readonly auditEntries: number
  readonly limit: number
  /** Ends it early, where it takes its time: it rejects with the reason, and what is left goes another time. */
  readonly signal?: AbortSignal
}

export interface PruneReport {
  readonly messages: number
  readonly auditEntries: number
  readonly more: boolean
}

export interface StorageHealth {
  readonly kind: "sqlite" | "postgres"
  /** Undefined when changes are being kept. */
  readonly trouble: StorageErrorCode | undefined
  /** Whether a change is on the disk when it is answered: from `full` on it outlives a power failure. */
  readonly synchronous: "off" | "normal" | "full" | "extra"
  readonly databaseBytes: number
  /** Rows that were deleted or replaced and whose space is not free yet. Undefined where there is no such thing. */
  readonly deadRows: number | undefined
  /** For how long a transaction has been open that keeps those from being cleared away. */
  readonly oldestSnapshotSeconds: number | undefined
  /** Tells one database from another, by no name: gateways that share one say the same. */
  readonly databaseId: string
  /** How many gateways use it, this one included. */
  readonly nodes: number
  /** Stranded messages that this gateway has requeued: more than none is a fault of ours. */
  readonly strandedMessages: number
  /** Grows while somebody reads for long. Undefined where the log is not the gateway's to look after. */
  readonly logBytes: number | undefined
}
