import type { MediaType } from "@wecom-push/protocol"
import type { AppScope, Page, PageQuery } from "./reader.ts"

/** A file that messages may name. */
export interface Medium {
  /** `med_` and a hash of what it is: the same file is the same medium. */
  readonly id: string
  readonly type: MediaType
  /** What receivers see. */
  readonly filename: string
  readonly sizeBytes: number
  /** SHA-256 of its bytes, hex. */
  readonly sha256: string
  readonly storedAt: number
  /** When it was last handed in; it is kept from here, and for as long as a message that names it is. */
  readonly postedAt: number
}

/** A file on its way in: on the disk, and gone again unless it is kept. */
export interface MediaDraft extends AsyncDisposable {
  readonly blob: Blob
  /** One more than the limit for a file that is longer: nobody reads it to its end. */
  readonly sizeBytes: number
  readonly sha256: string
}

export interface NewMedium extends Pick<Medium, "id" | "type" | "filename"> {
  /** Of the key that it came with. */
  readonly keyId: string
  /** Whose messages may name it. `all`: those of every app, later ones too. */
  readonly apps: AppScope
  readonly at: number
}

export type Kept = "stored" | "known"

/** A medium, with whom it is of. */
export interface HeldMedium extends Medium {
  /** Of the key that it first came with; undefined where an earlier version did not write it down. */
  readonly keyId: string | undefined
  /** Whose messages may name it. */
  readonly apps: AppScope
}

/** How much of what is stored a key brought for an app. */
export interface MediaHolding {
  /** Empty where it was not written down. */
  readonly keyId: string
  /** Undefined for what several apps may name. */
  readonly app: string | undefined
  /** As `countedBytes` counts them. */
  readonly bytes: number
}

export interface MediaQuery extends PageQuery {
  /** Those that no other app may name. */
  readonly apps: AppScope
  readonly keyId?: string
}

/** `in_use`: a message that is not finished names it. */
export type Deleted = "deleted" | "unknown" | "in_use"

/** What a file counts of what all may store: a small one takes its rows and a block all the same. */
export function countedBytes(sizeBytes: number): number {
  return Math.max(FEWEST_COUNTED_BYTES, sizeBytes)
}

export const FEWEST_COUNTED_BYTES = 4096

/** Where WeCom has a medium. */
export interface MediaUpload {
  readonly mediaId: string
  /** Milliseconds since 1970, taken before it was uploaded; the id lives three days. */
  readonly uploadedAt: number
}

/**
 * Files, each kept once however often it is handed in. What belongs to a corp's WeCom is named by `where`, opaque.
 * @throws {StorageError} by whatever changes something, when it could not be kept
 */
export interface MediaStore {
  /** Writes a file down, a piece at a time. What breaks off leaves nothing. */
  receive(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<MediaDraft>
  /**
   * Resolves once file and record are on the disk. `known`: it was there, and is now kept for longer. `key_revoked`: it is
   * not kept; asked in the commit.
   */
  keep(draft: MediaDraft, medium: NewMedium): Promise<Kept | "key_revoked">
  /** Of those, the ones that messages of one of the apps may name. */
  find(ids: readonly string[], apps: AppScope): Promise<readonly Medium[]>
  /** Whoever may name it. */
  get(id: string): Promise<HeldMedium | undefined>
  /** Those last handed in first. */
  list(query: MediaQuery): Promise<Page<HeldMedium>>
  /** It is cheap to ask. */
  holdings(): Promise<readonly MediaHolding[]>
  /** With its bytes, unless another medium has the same. */
  delete(id: string): Promise<Deleted>
  /**
   * Its bytes, read while they are sent; undefined when the file is gone.
   * @throws {LostFileError} what a bucket has in its place is not what was handed in
   * @throws {StorageError} `files_unavailable`
   */
  open(medium: Pick<Medium, "sha256" | "sizeBytes">): Promise<Blob | undefined>

  uploadOf(id: string, where: string): Promise<MediaUpload | undefined>
  rememberUpload(id: string, where: string, upload: MediaUpload): Promise<void>
  /** WeCom no longer takes the id. Another one that has replaced it meanwhile stays. */
  forgetUpload(id: string, where: string, mediaId: string): Promise<void>
}
