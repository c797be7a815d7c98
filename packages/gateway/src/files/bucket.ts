/** An object store in which the gateways own one prefix. Keys are relative to it. */
export interface Bucket {
  /** As in `s3://bucket/prefix`, without credentials. */
  readonly shown: string
  /**
   * Resolves when the object is stored whole.
   * @param sha256 of the content, hex: the store refuses any other content
   * @throws {BucketError}
   */
  put(key: string, content: Blob, sha256: string): Promise<void>
  /**
   * Reads at most one piece more than `sizeBytes` of a longer object.
   * @returns undefined when there is none
   * @throws {BucketError}
   */
  get(key: string, sizeBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** @returns undefined when there is none. @throws {BucketError} */
  sizeOf(key: string): Promise<number | undefined>
  /** Deletes an object; a missing one is no error. @throws {BucketError} */
  delete(key: string): Promise<void>
  /** All of them in the order of their keys' bytes, some hundred at a time. @throws {BucketError} */
  list(): AsyncIterable<readonly BucketObject[]>
  /** Ends its connections. */
  close(): void
}

export interface BucketObject {
  readonly key: string
  readonly sizeBytes: number
}

/**
 * `unreachable`: the network, or a store that is busy or broken; a later try may succeed. The others stay until an
 * operator mends the cause: `no_bucket`, `no_credentials` (none were found), `wrong_credentials`, `denied` (they hold
 * too few rights), `region`, `clock` (this machine's is wrong), `other`.
 */
export type BucketTrouble =
  | "unreachable"
  | "no_bucket"
  | "no_credentials"
  | "wrong_credentials"
  | "denied"
  | "region"
  | "clock"
  | "other"

/** A bucket did not do what it was asked. */
export class BucketError extends Error {
  override readonly name = "BucketError"
  readonly trouble: BucketTrouble

  /** @param said the words of the store, or of the network on the way to it; without secrets */
  constructor(trouble: BucketTrouble, said: string, options?: { readonly cause: unknown }) {
    super(said, options)
    this.trouble = trouble
  }
}
