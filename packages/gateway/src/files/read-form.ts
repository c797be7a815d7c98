import type { Readable } from "node:stream"
import type { FastifyMultipartBaseOptions } from "@fastify/multipart"
import type { FastifyRequest } from "fastify"
import type { UploadPart } from "@wecom-push/protocol"
import { Problem } from "../problems/problem.ts"
import type { MediaDraft, MediaStore } from "../model/ports/media.ts"
import { StorageError } from "../model/storage-error.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** A form with a file in it, read a piece at a time and by the handler. */
    readonly takesForm?: boolean
  }
}

/** Limits for `@fastify/multipart`. The reader of a file decides how long it may be. */
export const FORM_LIMITS: FastifyMultipartBaseOptions = {
  throwFileSizeLimit: false,
  limits: { fileSize: Infinity, files: 2, fields: 10, parts: 12, fieldNameSize: 100, fieldSize: 1000, headerPairs: 20 },
}

/** A form as far as it was read: a file over its limit ends the reading. */
export interface Form extends AsyncDisposable {
  readonly fields: ReadonlyMap<string, string>
  readonly file: FormFile | undefined
  /** Names of parts that were not asked for, and of those that came twice. */
  readonly others: readonly string[]
}

export interface FormFile {
  readonly draft: MediaDraft
  readonly filename: string | undefined
}

export interface FormWish {
  /**
   * The rank of a part as the form's file; 0 for a part that is not the file. The part with the highest rank is the
   * file, and the first of those with equal ranks.
   */
  rankOf(part: UploadPart): number
  readonly fields: readonly string[]
  /** The file is accepted once it has been written to disk, though unread parts follow. */
  readonly ignoresRest?: boolean
  /** Asked when the file begins. */
  limitBytes(fields: ReadonlyMap<string, string>): number
}

/**
 * Reads a form and writes its file to disk as it arrives, so that it is never whole in memory.
 * @throws {Problem} `unsupported_media_type`, `invalid_form`
 * @throws {StorageError}
 */
export async function readForm(request: FastifyRequest, media: MediaStore, wish: FormWish): Promise<Form> {
  if (!request.isMultipart()) throw notAForm()
  const fields = new Map<string, string>()
  const others: string[] = []
  let file: FormFile | undefined
  let fileRank = 0
  const formOf = (file: FormFile | undefined): Form => ({
    fields,
    file,
    others,
    [Symbol.asyncDispose]: async () => file?.draft[Symbol.asyncDispose](),
  })
  try {
    for await (const part of request.parts()) {
      const name = part.fieldname
      if (part.type === "field") {
        if (wish.fields.includes(name) && !fields.has(name)) fields.set(name, String(part.value))
        else others.push(name)
        continue
      }
      const filename = nameOf(part.filename)
      const rank = wish.rankOf({ name, filename })
      if (rank <= fileRank) {
        others.push(name)
        part.file.resume()
      } else {
        const limitBytes = wish.limitBytes(fields)
        await file?.draft[Symbol.asyncDispose]()
        file = undefined
        fileRank = rank
        file = { draft: await media.receive(piecesOf(part.file), limitBytes), filename }
        if (file.draft.sizeBytes > limitBytes) break
      }
    }
  } catch (error) {
    const isTaken = wish.ignoresRest === true && file !== undefined && !(error instanceof StorageError)
    if (isTaken) return formOf(file)
    await file?.draft[Symbol.asyncDispose]()
    throw error instanceof StorageError ? error : new Problem("invalid_form", { cause: error })
  }
  return formOf(file)
}

function piecesOf(stream: Readable): AsyncIterable<Uint8Array> {
  return stream
}

/** The types promise a name, but a part may lack one. Browsers escape a quote in it, and no other sign. */
function nameOf(filename: string | undefined): string | undefined {
  return filename === "" ? undefined : filename?.replaceAll("%22", '"')
}

function notAForm(): Problem {
  return new Problem("unsupported_media_type", {
    detail: {
      en: "A file comes as multipart/form-data, as `curl -F file=@report.pdf -F type=file` sends it.",
      zh: "上传文件须使用 multipart/form-data，例如 curl -F file=@report.pdf -F type=file。",
    },
  })
}
