import { createHash } from "node:crypto"
import type { MultipartFile } from "@fastify/multipart"
import { amrDurationMs, MAX_FILE_BYTES, uploadedFilename, uploadPartRank } from "@wecom-push/protocol"
import type { FastifyRequest } from "fastify"
import type { MediaFile } from "./media-library.ts"

/** The file of a multipart request. */
export interface Upload extends Omit<MediaFile, "filename"> {
  /** Undefined for a part without one. */
  readonly filename: string | undefined
  /** Of the part it came in. */
  readonly partName: string
  readonly contentType: string
  /** One more than the limit for a file that is bigger: the rest is not needed. */
  readonly sizeBytes: number
  readonly sha256: string
}

/** For `@fastify/multipart`. Any part may be the file, and of its name nothing is taken away unseen. */
export const UPLOAD_FORM = {
  limits: { fileSize: MAX_FILE_BYTES + 1, files: 50, parts: 50 },
  throwFileSizeLimit: false,
  isPartAFile: () => true,
  preservePath: true,
}

/** @returns the part that is the file, or undefined for a body without any, which WeCom answers like an empty one */
export async function readUpload(request: FastifyRequest): Promise<Upload | undefined> {
  let upload: Upload | undefined
  let rank = 0
  try {
    for await (const part of request.parts()) {
      if (part.type !== "file") continue
      const itsRank = uploadPartRank({ name: part.fieldname, filename: part.filename })
      if (itsRank > rank) {
        upload = await readFile(part)
        rank = itsRank
      } else {
        part.file.resume()
      }
    }
  } catch {
    // No boundary, a body that breaks off: what came whole before it counts.
  }
  return upload
}

/** What of an upload the ledger remembers: that of a body, without its bytes. */
export function summaryOf(upload: Upload | undefined): Buffer {
  if (upload === undefined) return Buffer.alloc(0)
  const { partName, filename = null, contentType, sizeBytes, sha256 } = upload
  return Buffer.from(JSON.stringify({ [partName]: { filename, content_type: contentType, bytes: sizeBytes, sha256 } }))
}

async function readFile(part: MultipartFile): Promise<Upload> {
  const chunks: Buffer[] = []
  const digest = createHash("sha256")
  for await (const chunk of part.file as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    digest.update(chunk)
  }
  const bytes = Buffer.concat(chunks)
  const format = await formatOf(bytes)
  return {
    partName: part.fieldname,
    filename: uploadedFilename(part.filename),
    contentType: part.mimetype,
    sizeBytes: bytes.length,
    sha256: digest.digest("hex"),
    bytes,
    format,
    durationMs: format === "amr" ? amrDurationMs(bytes) : undefined,
  }
}

export async function formatOf(bytes: Buffer): Promise<string | undefined> {
  // Loaded by the first upload: most runs have none.
  const { fileTypeFromBuffer } = await import("file-type")
  return (await fileTypeFromBuffer(bytes.subarray(0, ENOUGH_BYTES)))?.ext
}

const ENOUGH_BYTES = 4100
