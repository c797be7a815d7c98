import type { MediaType } from "@wecom-push/protocol"
import type { AppScope, Page, PageQuery } from "./reader.ts"

/** A file that messages may name. */
export interface Medium {
  /** `med_` and a hash of its identity: the same file is the same medium. */
  readonly id: string
  readonly type: MediaType
  /** The name that receivers see. */
  readonly filename: string
  readonly sizeBytes: number
  /** SHA-256 of its bytes, hex. */
  readonly sha256: string
  readonly storedAt: number
  /** When it was last handed in; it is kept for some time from here, and for as long as a message that names it. */
  readonly postedAt: number
}

/** A file that is being received: it is on the disk, and deleted unless it is kept. */
export interface MediaDraft extends AsyncDisposable {
  readonly blob: Blob
  /** For a file longer than the limit: the limit plus one, since the rest of it is not read. */
  readonly sizeBytes: number
  readonly sha256: string
}

export interface NewMedium extends Pick<Medium, "id" | "type" | "filename"> {
  /** The key of the client that handed the file in. */
  readonly keyId: string
  /** The apps whose messages may name it. `all`: every app, later ones too. */
  readonly apps: AppScope
  readonly at: number
}

export type Kept = "stored" | "known"

/** A medium, with its key and its apps. */
export interface HeldMedium extends Medium {
  /** The key that first handed the file in; undefined where an earlier version did not store it. */
  readonly keyId: string | undefined
  /** The apps whose messages may name it. */
  readonly apps: AppScope
}

/** How many stored bytes a key brought for an app. */
export interface MediaHolding {
  /** Empty where it was not stored. */
  readonly keyId: string
  /** Undefined for files that several apps may name. */
  readonly app: string | undefined
  /** As `countedBytes` counts them. */
  readonly bytes: number
}

export interface MediaQuery extends PageQuery {
  /** Only media that no other app may name. */
  readonly apps: AppScope
  readonly keyId?: string
}

/** `in_use`: a message that is not finished names it. */
export type Deleted = "deleted" | "unknown" | "in_use"

/** How many bytes of the common stock a file takes: a small file still takes its rows and a block. */
export function countedBytes(sizeBytes: number): number {
  return Math.max(FEWEST_COUNTED_BYTES, sizeBytes)
}

export const FEWEST_COUNTED_BYTES = 4096

/** WeCom's copy of a medium. */
export interface MediaUpload {
  readonly mediaId: string
  /** Milliseconds since 1970, taken before the upload. WeCom keeps the id for three days. */
  readonly uploadedAt: number
}

/**
 * Files, each kept once however often it is handed in. `where` names what belongs to a corp's WeCom; it is opaque.
 * @throws {StorageError} by each method that changes something, when the change could not be stored
 */
export interface MediaStore {
  /** Writes a file to disk, a piece at a time. One that breaks off leaves nothing. */
  receive(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<MediaDraft>
  /**
   * Resolves once file and record are on the disk. `known`: the file was there, and is now kept for longer.
   * `key_revoked`: the file is not kept; checked in the commit.
   */
  keep(draft: MediaDraft, medium: NewMedium): Promise<Kept | "key_revoked">
  /** The media among these ids that messages of one of the apps may name. */
  find(ids: readonly string[], apps: AppScope): Promise<readonly Medium[]>
  /** Finds a medium without regard to which apps may name it. */
  get(id: string): Promise<HeldMedium | undefined>
  /** Last handed in first. */
  list(query: MediaQuery): Promise<Page<HeldMedium>>
  /** Cheap to call. */
  holdings(): Promise<readonly MediaHolding[]>
  /** Deletes it with its bytes, unless another medium has the same bytes. */
  delete(id: string): Promise<Deleted>
  /**
   * A blob of its bytes, read while they are sent; undefined when the file is missing.
   * @throws {LostFileError} the object in the bucket is not the file that was handed in
   * @throws {StorageError} `files_unavailable`
   */
  open(medium: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined>

  uploadOf(id: string, where: string): Promise<MediaUpload | undefined>
  rememberUpload(id: string, where: string, upload: MediaUpload): Promise<void>
  /** WeCom no longer takes the id. An id that has replaced it meanwhile stays. */
  forgetUpload(id: string, where: string, mediaId: string): Promise<void>
}
