import type { Stats } from "node:fs"
import type { FileHandle } from "node:fs/promises"
import { withReader } from "../blob-chunks.ts"

/** A file as a blob, read while it is sent. Reading ends with a `NotReadableError` once the file has changed. */
export async function openFileBlob(path: string): Promise<Blob> {
  const { openAsBlob } = await import("node:fs")
  const { open, stat } = await import("node:fs/promises")
  const seen = await stat(path)
  const blob = await openAsBlob(path)
  return withReader(blob, () => chunksOfFile(() => open(path, "r"), seen))
}

async function* chunksOfFile(
  open: () => Promise<FileHandle>,
  seen: Stats,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open().catch(() => {
    throw unreadable()
  })
  try {
    for (let at = 0; at < seen.size;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(PIECE_BYTES), 0, PIECE_BYTES, at)
      const now = await file.stat()
      // Checked after each piece and before it is passed on, so that a mixture of two versions never looks complete.
      const isChanged = now.size !== seen.size || now.mtimeMs !== seen.mtimeMs || now.ino !== seen.ino
      if (isChanged || bytesRead === 0) throw unreadable()
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

const PIECE_BYTES = 256 * 1024

function unreadable(): DOMException {
  return new DOMException("the file was changed or removed", "NotReadableError")
}
