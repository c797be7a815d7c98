import { createHash } from "node:crypto"
import type { MultipartFile } from "@fastify/multipart"
import { amrDurationMs, MAX_FILE_BYTES, uploadedFilename, uploadPartRank } from "@wecom-push/protocol"
import type { FastifyRequest } from "fastify"
import type { MediaFile } from "./media-library.ts"

/** The file of a multipart request. */
export interface Upload extends Omit<MediaFile, "filename"> {
  /** Undefined when the part has no filename. */
  readonly filename: string | undefined
  /** The name of the form part. */
  readonly partName: string
  readonly contentType: string
  /** For a file over the limit, one more than the limit: the rest is not read. */
  readonly sizeBytes: number
  readonly sha256: string
}

/** Options for `@fastify/multipart`: any part may be the file, and its name stays unchanged. */
export const UPLOAD_FORM = {
  limits: { fileSize: MAX_FILE_BYTES + 1, files: 50, parts: 50 },
  throwFileSizeLimit: false,
  isPartAFile: () => true,
  preservePath: true,
}

/** @returns the file's part, or undefined for a body without one, which WeCom answers like an empty body */
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
    // The boundary is missing, or the body breaks off: the parts that arrived whole before that count.
  }
  return upload
}

/** The summary of an upload that the ledger remembers: the body without the file's bytes. */
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
  // Loaded by the first upload, because most runs have none.
  const { fileTypeFromBuffer } = await import("file-type")
  return (await fileTypeFromBuffer(bytes.subarray(0, ENOUGH_BYTES)))?.ext
}

const ENOUGH_BYTES = 4100
