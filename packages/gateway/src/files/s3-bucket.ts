import { addAbortSignal, Readable } from "node:stream"
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3"
import type { FilesConfig } from "./files-config.ts"
import { BucketError } from "./bucket.ts"
import type { Bucket, BucketObject, BucketTrouble } from "./bucket.ts"
import { shownBucket } from "./shown-bucket.ts"

/** A bucket of any store that speaks S3. Without a bucket this file is not loaded: the client is a megabyte. */
export class S3Bucket implements Bucket {
  readonly shown: string
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(files: FilesConfig) {
    const { bucket, prefix, endpoint, region, pathStyle, credentials } = files
    this.shown = shownBucket(files)
    this.#bucket = bucket
    this.#prefix = prefix
    this.#client = new S3Client({
      ...(endpoint !== undefined && { endpoint }),
      // Unless given, the client finds them as AWS's own tools do.
      ...(credentials !== undefined && { credentials }),
      region,
      forcePathStyle: pathStyle,
      // The digest of the whole body is signed anyway, and not every store knows the newer checksums.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SILENCE_TIMEOUT_MS,
        // Explicit, because `NODE_TLS_REJECT_UNAUTHORIZED=0` in the environment would otherwise switch it off.
        httpsAgent: { rejectUnauthorized: true },
      },
      // The default logger writes to the console.
      logger: SILENT,
    })
  }

  async put(key: string, content: Blob, sha256: string): Promise<void> {
    const command = new PutObjectCommand({
      ...this.#object(key),
      Body: Readable.fromWeb(content.stream()),
      ContentLength: content.size,
      ContentType: "application/octet-stream",
    })
    command.middlewareStack.add(
      (next) => (call) => {
        const { request } = call
        if (hasHeaders(request)) request.headers["x-amz-content-sha256"] = sha256
        return next(call)
      },
      { step: "build", name: "digestOfContent" },
    )
    await asked(() => this.#client.send(command, timeLimit(CONTENT_TIMEOUT_MS)))
  }

  get(key: string, sizeBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return orNone(async () => {
      const limit = timeLimit(CONTENT_TIMEOUT_MS)
      const { Body: body } = await this.#client.send(new GetObjectCommand(this.#object(key)), limit)
      if (!(body instanceof Readable)) throw new TypeError("an answer without a body")
      const pieces: Buffer[] = []
      let length = 0
      for await (const piece of addAbortSignal(limit.abortSignal, body)) {
        if (!Buffer.isBuffer(piece)) throw new TypeError("a body that is no bytes")
        pieces.push(piece)
        length += piece.byteLength
        if (length > sizeBytes) break
      }
      return Buffer.concat(pieces)
    })
  }

  sizeOf(key: string): Promise<number | undefined> {
    return orNone(async () => {
      const command = new HeadObjectCommand(this.#object(key))
      const { ContentLength: sizeBytes } = await this.#client.send(command, timeLimit(SHORT_TIMEOUT_MS))
      return sizeBytes
    })
  }

  async delete(key: string): Promise<void> {
    await orNone(() => this.#client.send(new DeleteObjectCommand(this.#object(key)), timeLimit(SHORT_TIMEOUT_MS)))
  }

  async *list(): AsyncIterable<readonly BucketObject[]> {
    for (let token: string | undefined; ;) {
      const command = new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: this.#prefix,
        ...(token !== undefined && { ContinuationToken: token }),
      })
      const page = await asked(() => this.#client.send(command, timeLimit(SHORT_TIMEOUT_MS)))
      yield (page.Contents ?? []).map(({ Key: key = "", Size: sizeBytes = 0 }) => ({
        key: key.slice(this.#prefix.length),
        sizeBytes,
      }))
      token = page.NextContinuationToken
      if (page.IsTruncated !== true || token === undefined) return
    }
  }

  close(): void {
    this.#client.destroy()
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }
}

const CONNECT_TIMEOUT_MS = 5000
const SILENCE_TIMEOUT_MS = 10_000
const SHORT_TIMEOUT_MS = 10_000
/** 20 MB at 3 Mbit/s. */
const CONTENT_TIMEOUT_MS = 60_000

const SILENT = { debug() {}, info() {}, warn() {}, error() {} }

function timeLimit(ms: number): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ms) }
}

function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === "object" && request !== null && "headers" in request
}

async function orNone<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await asked(ask)
  } catch (error) {
    if (error instanceof BucketError && isMissingObject(error.cause)) return undefined
    throw error
  }
}

/** The answer to HEAD has no body, so a missing bucket looks the same. */
function isMissingObject(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === "NoSuchKey" || error.name === "NotFound")
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new BucketError(troubleOf(error), saidBy(error), { cause: error })
  }
}

function troubleOf(error: unknown): BucketTrouble {
  if (error instanceof S3ServiceException) {
    const known = KNOWN[error.name]
    if (known !== undefined) return known
    const status = error.$metadata.httpStatusCode ?? 0
    if (status >= 500 || status === 408 || status === 429) return "unreachable"
    if (status === 301 || status === 307) return "region"
    return status === 401 || status === 403 ? "denied" : "other"
  }
  const name = error instanceof Error ? error.name : ""
  if (name === "CredentialsProviderError") return "no_credentials"
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  // An untrusted certificate will not be trusted in a minute.
  return /CERT|SSL|TLS|SELF_SIGNED/.test(code) ? "other" : "unreachable"
}

const KNOWN: Readonly<Record<string, BucketTrouble>> = {
  NoSuchBucket: "no_bucket",
  InvalidAccessKeyId: "wrong_credentials",
  SignatureDoesNotMatch: "wrong_credentials",
  InvalidToken: "wrong_credentials",
  ExpiredToken: "wrong_credentials",
  AccessDenied: "denied",
  AllAccessDisabled: "denied",
  AuthorizationHeaderMalformed: "region",
  PermanentRedirect: "region",
  IllegalLocationConstraintException: "region",
  RequestTimeTooSkewed: "clock",
  SlowDown: "unreachable",
  RequestTimeout: "unreachable",
}

/** Some stores send a code without a sentence. */
function saidBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode
    const code = error.name === "Unknown" ? "refused" : error.name
    const sentence = error.message === "UnknownError" || error.message === "" ? "" : `: ${error.message}`
    return `${code}${status === undefined ? "" : ` (HTTP ${status})`}${sentence}`
  }
  if (error.name === "AbortError" || error.name === "TimeoutError") return "no answer in time"
  return error instanceof AggregateError ? [...new Set(error.errors.map(saidBy))].join("; ") : error.message
}
