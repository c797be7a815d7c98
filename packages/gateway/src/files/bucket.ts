/** A store of objects, of which one prefix is the gateways'. Keys stand below it. */
export interface Bucket {
  /** As in `s3://bucket/prefix`, without credentials. */
  readonly shown: string
  /**
   * Resolves when the object is whole there.
   * @param sha256 of the content, hex: the store refuses what arrives as anything else
   * @throws {BucketError}
   */
  put(key: string, content: Blob, sha256: string): Promise<void>
  /**
   * @returns undefined when there is none; of one that is longer than `sizeBytes`, no more than a piece over that
   * @throws {BucketError}
   */
  get(key: string, sizeBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** @returns undefined when there is none. @throws {BucketError} */
  sizeOf(key: string): Promise<number | undefined>
  /** Also of one that is not there. @throws {BucketError} */
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
 * `unreachable`: the network, or a store that is busy or broken; later it may go. The others stay until somebody mends
 * something: `no_bucket`, `no_credentials` (none were found), `wrong_credentials`, `denied` (they hold too few rights),
 * `region`, `clock` (this machine's is wrong), `other`.
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

  /** @param said by the store or on the way to it; no secret */
  constructor(trouble: BucketTrouble, said: string, options?: { readonly cause: unknown }) {
    super(said, options)
    this.trouble = trouble
  }
}
