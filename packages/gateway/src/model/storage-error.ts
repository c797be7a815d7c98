import type { Bilingual } from "@wecom-push/protocol"

/**
 * `storage_full`: no space, nothing was stored. `storage_busy`: another program holds the database, nothing was stored.
 * `storage_error`: the disk or the database failed, or refused the gateway, and whether the change was stored is
 * unknown. `storage_closed`: the gateway is stopping, nothing was stored. `files_unavailable`: the bucket of files
 * cannot be reached, or refuses the gateway; nothing was stored.
 */
export type StorageErrorCode =
  | "storage_full"
  | "storage_busy"
  | "storage_error"
  | "storage_closed"
  | "files_unavailable"

/** The database could not keep a change. To a client it is 503 with `Retry-After`. */
export class StorageError extends Error {
  override readonly name = "StorageError"
  readonly code: StorageErrorCode
  /** What the database said, where it explains the error. */
  readonly detail: Bilingual | undefined
  /** The database works, and refuses this change: a repeat fails too. */
  readonly isOfChange: boolean

  constructor(
    code: StorageErrorCode,
    {
      cause,
      detail,
      isOfChange = false,
    }: { cause?: unknown; detail?: Bilingual | undefined; isOfChange?: boolean } = {},
  ) {
    super(detail?.en ?? SENTENCES[code], cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = detail
    this.isOfChange = isOfChange
  }

  get retryAfterSeconds(): number {
    return RETRY_AFTER_SECONDS[this.code]
  }
}

const RETRY_AFTER_SECONDS: Readonly<Record<StorageErrorCode, number>> = {
  storage_full: 30,
  storage_busy: 1,
  storage_error: 5,
  storage_closed: 1,
  files_unavailable: 5,
}

const SENTENCES: Readonly<Record<StorageErrorCode, string>> = {
  storage_full: "the disk is full; nothing was stored",
  storage_busy: "another program holds the database; nothing was stored",
  storage_error: "the disk or the database failed; whether the change was kept is unknown",
  storage_closed: "the store is closed; nothing was stored",
  files_unavailable: "the bucket of files cannot be used; nothing was stored",
}

/** The code of any error, for logs. */
export function codeOf(error: unknown): string {
  return error instanceof StorageError ? error.code : error instanceof Error ? error.name : "unknown"
}
