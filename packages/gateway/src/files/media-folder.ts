import { createHash, randomUUID } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import type { FileHandle } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { openFileBlob } from "@wecom-push/sdk/internals"
import type { MediaDraft } from "../model/ports/media.ts"
import { StorageError } from "../model/storage-error.ts"

/** A folder of files named by the SHA-256 of their content. A client's file name never becomes a path. */
export class MediaFolder {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Writes a stream to disk as it arrives.
   * @throws {StorageError} `storage_full`, `storage_error`; whatever the stream throws
   */
  async draft(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<FolderDraft> {
    const path = join(this.#path, `${randomUUID()}${UNFINISHED}`)
    const handle = await asStored(async () => {
      await mkdir(this.#path, { recursive: true, mode: 0o700 })
      return open(path, "wx", 0o600)
    })
    try {
      const written = await write(handle, chunks, limitBytes)
      return new FolderDraft(path, written, await openFileBlob(path))
    } catch (error) {
      await rm(path, { force: true })
      throw error
    }
  }

  /**
   * Resolves when the draft is on the disk under its hash, also after a power failure. It does the same work for bytes
   * that are there already: the time it takes must not show a client that another client has handed in the same bytes.
   */
  async keep(draft: FolderDraft): Promise<void> {
    await asStored(async () => {
      const path = this.#fileOf(draft.sha256)
      const isAsLong = (await sizeOf(path)) === draft.sizeBytes
      // A file that is being uploaded must not change under its reader, but a file that was damaged on the disk is
      // replaced.
      const isThere = (await hashOf(isAsLong ? path : draft.path)) === draft.sha256 && isAsLong
      const aside = `${path}-${randomUUID()}${UNFINISHED}`
      await rename(draft.path, isThere ? aside : path)
      await this.#sync()
      if (isThere) await rm(aside, { force: true })
    })
  }

  /** A blob that is read while it is sent. Undefined when the file is missing, or its length has changed. */
  async open(sha256: string, sizeBytes: number): Promise<Blob | undefined> {
    const path = this.#fileOf(sha256)
    return (await sizeOf(path)) === sizeBytes ? openFileBlob(path) : undefined
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#fileOf(sha256), { force: true })
  }

  /** Deletes the leftovers of a process that died. Call it only while no file is being received. */
  async sweep(isKept: (sha256: string) => boolean): Promise<void> {
    const names = await readdir(this.#path).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return []
      throw error
    })
    for (const name of names) if (!isKept(name)) await rm(join(this.#path, name), { force: true })
  }

  #fileOf(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError("not a hash")
    return join(this.#path, sha256)
  }

  async #sync(): Promise<void> {
    const folder = await open(this.#path, "r")
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

/** A file that has arrived and is not kept yet. */
export class FolderDraft implements MediaDraft {
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
  readonly blob: Blob

  constructor(path: string, { sizeBytes, sha256 }: Written, blob: Blob) {
    this.path = path
    this.sizeBytes = sizeBytes
    this.sha256 = sha256
    this.blob = blob
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true })
  }
}

const UNFINISHED = ".part"

interface Written {
  readonly sizeBytes: number
  readonly sha256: string
}

async function write(handle: FileHandle, chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Written> {
  const digest = createHash("sha256")
  let sizeBytes = 0
  try {
    for await (const chunk of chunks) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > limitBytes) return { sizeBytes: limitBytes + 1, sha256: "" }
      digest.update(chunk)
      await asStored(() => handle.writeFile(chunk))
    }
    await asStored(() => handle.sync())
  } finally {
    await handle.close()
  }
  return { sizeBytes, sha256: digest.digest("hex") }
}

async function asStored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = OUT_OF_SPACE.has(codeOf(error)) ? "storage_full" : "storage_error"
    throw new StorageError(code, { cause: error })
  }
}

const OUT_OF_SPACE: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined
    throw error
  }
}

async function hashOf(path: string): Promise<string> {
  const digest = createHash("sha256")
  await pipeline(createReadStream(path), digest)
  return digest.digest("hex")
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined
}
