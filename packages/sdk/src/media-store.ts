/** A file that WeCom has. */
export interface MediaRecord {
  readonly mediaId: string
  /** Milliseconds since 1970, taken before the upload; the id is valid for three days. */
  readonly uploadedAt: number
}

/** Remembers which files WeCom has. Keys are opaque: a hash of corp, type, name and content. */
export interface MediaStore {
  get(key: string): Promise<MediaRecord | undefined>
  set(key: string, record: MediaRecord): Promise<void>
}
