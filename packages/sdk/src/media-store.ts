/** A file that is with WeCom. */
export interface MediaRecord {
  readonly mediaId: string
  /** Milliseconds since 1970, taken before it was uploaded; the id lives three days. */
  readonly uploadedAt: number
}

/** Where it is kept which files are with WeCom. Keys are opaque: a hash of corp, type, name and content. */
export interface MediaStore {
  get(key: string): Promise<MediaRecord | undefined>
  set(key: string, record: MediaRecord): Promise<void>
}
