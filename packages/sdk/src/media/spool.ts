import type { FileHandle } from "node:fs/promises"
import { openFileBlob } from "./file-blob.ts"
import { readWithin } from "./read-within.ts"
import type { ReadLimits } from "./read-within.ts"

/** The content of a stream, which can be read as often as necessary. */
export interface Spooled {
  /** Empty for a stream that is over the limit. */
  readonly blob: Blob
  /** For a longer stream: one more than the limit. */
  readonly sizeBytes: number
  release(): Promise<void>
}

/**
 * Reads a stream to its end, or until it is too long: a short one into memory, a longer one into a file.
 * @throws as `readWithin`
 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
  limits: ReadLimits,
): Promise<Spooled> {
  const inMemory: Uint8Array<ArrayBuffer>[] = []
  let sizeBytes = 0
  let file: TemporaryFile | undefined
  try {
    for await (const chunk of readWithin(chunks, limits)) {
      // Copied, because the stream may use the memory of a chunk again.
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : new Uint8Array(chunk)
      sizeBytes += bytes.byteLength
      if (sizeBytes > limitBytes) break
      if (file === undefined && sizeBytes <= IN_MEMORY_BYTES) {
        inMemory.push(bytes)
        continue
      }
      file ??= await openTemporaryFile()
      for (const kept of inMemory.splice(0)) await file.handle.writeFile(kept)
      await file.handle.writeFile(bytes)
    }
    const isTooLong = sizeBytes > limitBytes
    if (isTooLong) await file?.remove()
    return {
      blob: isTooLong ? new Blob([]) : ((await file?.asBlob()) ?? new Blob(inMemory)),
      sizeBytes: isTooLong ? limitBytes + 1 : sizeBytes,
      release: async () => file?.remove(),
    }
  } catch (error) {
    await file?.remove()
    throw error
  }
}

const IN_MEMORY_BYTES = 1024 * 1024

interface TemporaryFile {
  readonly handle: FileHandle
  asBlob(): Promise<Blob>
  remove(): Promise<void>
}

/** The file is readable by this user only. */
async function openTemporaryFile(): Promise<TemporaryFile> {
  const { mkdtemp, open, rm } = await import("node:fs/promises")
  const { tmpdir } = await import("node:os")
  const folder = await mkdtemp(`${tmpdir()}/wecom-push-`)
  const path = `${folder}/upload`
  const handle = await open(path, "wx", 0o600)
  return {
    handle,
    async asBlob() {
      await handle.close()
      return openFileBlob(path)
    },
    async remove() {
      await handle.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
