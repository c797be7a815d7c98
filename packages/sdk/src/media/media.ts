import { MEDIA_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { Fault, MediaType, MediaUse } from "@wecom-push/protocol"
import type { Api } from "../api.ts"
import { invalidInputError } from "../invalid-input.ts"
import { unusableError, waitEndedError } from "../make-error.ts"
import { CALL_OPTIONS, refuseOptions } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import { WaitEnded } from "../shared-work/shared-task.ts"
import { callOrThrow } from "../simple-call.ts"
import type { CallOptions } from "../simple-call.ts"
import { downloadOf, rangeFaults, rangeHeader } from "./download.ts"
import type { ByteRange, MediaDownload } from "./download.ts"
import { examine } from "./examine.ts"
import type { MediaFile } from "./examine.ts"
import { isMediaContent } from "./media-source.ts"
import type { MediaSource } from "./media-source.ts"
import { carry } from "./uploader.ts"
import type { Uploader, UploaderDeps } from "./uploader.ts"

export interface UploadDeps extends UploaderDeps {
  /** How many milliseconds the stream of a file may give no data. */
  readonly sourceTimeoutMs: number
}

export interface MediaDeps extends UploadDeps {
  readonly api: Api
}

export interface UploadOptions extends CallOptions {
  /** The name that receivers see, instead of the source's own name. */
  readonly filename?: string
  /** Uploads the file even if WeCom already has it. */
  readonly fresh?: boolean
  /** Starts again from 0 if the upload has to be repeated. Errors that it throws are dropped. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void
}

export interface UploadedMedia {
  readonly mediaId: string
  readonly filename: string
  readonly sizeBytes: number
  /** Milliseconds since 1970: three days after it was uploaded. */
  readonly expiresAt: number
  /** WeCom already had a file of the same type, name and content, so nothing was uploaded. */
  readonly reused: boolean
}

export interface DownloadOptions extends CallOptions {
  /** Only these bytes. */
  readonly range?: ByteRange
}

const IMAGE_OPTIONS: OptionNames<Omit<UploadOptions, "fresh">> = { ...CALL_OPTIONS, filename: true, onProgress: true }
const UPLOAD_OPTIONS: OptionNames<UploadOptions> = { ...IMAGE_OPTIONS, fresh: true }
const DOWNLOAD_OPTIONS: OptionNames<DownloadOptions> = { ...CALL_OPTIONS, range: true }

/** The files of a corp. Uploads are valid for three days, in all of the corp's apps. */
export class Media {
  readonly #deps: MediaDeps
  readonly #uploader: Uploader

  constructor(deps: MediaDeps, uploader: Uploader) {
    this.#deps = deps
    this.#uploader = uploader
  }

  /**
   * Uploads a file, given as a path or as content, and returns the id by which messages name it. The same file under
   * the same name is uploaded once in three days less six hours, unless `fresh`.
   * image: JPG or PNG up to 10 MB. voice: AMR up to 2 MB and 60 s. video: MP4 up to 10 MB. file: anything up to 20 MB.
   * All must be longer than 5 bytes.
   * @throws {WeComError} `invalid_input` before any request, with limit and actual; `refused`; `unreachable`
   * @see https://developer.work.weixin.qq.com/document/path/90253
   *
   */
  upload(type: MediaType, source: string | MediaSource, options: UploadOptions = {}): Promise<UploadedMedia> {
    return uploadFile(this.#deps, this.#uploader, type, source, options)
  }

  /**
   * Uploads a picture (JPG or PNG, 6 bytes to 2 MB) for the text of an mpnews article and returns its address, which
   * never expires and works only inside WeCom. A corp may upload 1000 a day and 3000 a month.
   * @throws {WeComError} as `upload`
   * @see https://developer.work.weixin.qq.com/document/path/90256
   *
   */
  async uploadImage(source: string | MediaSource, options: Omit<UploadOptions, "fresh"> = {}): Promise<string> {
    const { language, baseUrl, callTimeoutMs } = this.#deps
    refuseOptions(options, IMAGE_OPTIONS, language)
    const file = await openFile(this.#deps, "inline_image", source, options)
    try {
      const { signal, onProgress } = options
      const { sent: _, ...carried } = carry(file, onProgress)
      const patient = { ...this.#deps, callTimeoutMs: callTimeoutMs + carried.extraTimeMs }
      const request = { path: "media/uploadimg", ...carried } as const
      const { url } = await callOrThrow(patient, request, signal === undefined ? {} : { signal })
      if (typeof url === "string") return url
      const unusable = { why: "unusable", detail: "url?" } as const
      throw unusableError(unusable, { api: request.path, language, code: "unusable_answer", baseUrl })
    } finally {
      await file.release()
    }
  }

  /**
   * Downloads a file from WeCom, by the id of an upload or of a file that a member sent to the app. Read the stream or
   * cancel it; when it breaks off, it errors with a `WeComError`, and `range` asks for the rest. A stream that is not
   * read for 60 s (`downloadIdleMs`) errors with `deadline`: a client has 50 connections for downloads.
   * @throws {WeComError} `refused`: 40007 for an id that is unknown, expired or another corp's; 830002 for a file over
   * 20 MB without a range
   * @see https://developer.work.weixin.qq.com/document/path/90254
   */
  async get(mediaId: string, options: DownloadOptions = {}): Promise<MediaDownload> {
    const { api, language, callTimeoutMs } = this.#deps
    refuseOptions(options, DOWNLOAD_OPTIONS, language)
    const { range, signal } = options
    const faults = [...idFaults(mediaId), ...(range === undefined ? [] : rangeFaults(range))]
    if (faults.length > 0) throw invalidInputError(faults, language)
    const download = await api.download({
      path: "media/get",
      method: "GET",
      query: { media_id: mediaId },
      ...(range === undefined ? {} : { headers: { range: rangeHeader(range) } }),
      repeatable: true,
      deadline: api.clock.now() + callTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    return downloadOf(download)
  }
}

/** @throws {WeComError} `invalid_input` before any request, with limit and actual; `refused`; `unreachable` */
export async function uploadFile(
  deps: UploadDeps,
  uploader: Uploader,
  type: MediaType,
  source: string | MediaSource,
  options: UploadOptions,
): Promise<UploadedMedia> {
  refuseOptions(options, UPLOAD_OPTIONS, deps.language)
  const { signal, fresh = false, onProgress } = options
  const file = await openFile(deps, type, source, options)
  try {
    const uploaded = await uploader.provide(type, file, { fresh, onProgress, signal, deadline: Infinity })
    return {
      mediaId: uploaded.mediaId,
      filename: file.filename,
      sizeBytes: file.blob.size,
      expiresAt: uploaded.uploadedAt + MEDIA_LIFETIME_SECONDS * 1000,
      reused: uploaded.reused,
    }
  } finally {
    await file.release()
  }
}

async function openFile(
  { language, sourceTimeoutMs }: UploadDeps,
  use: MediaUse,
  given: string | MediaSource,
  { filename, signal }: UploadOptions,
): Promise<MediaFile> {
  const source = typeof given === "string" ? { path: given } : given
  try {
    const limits = { signal, stallMs: sourceTimeoutMs }
    const examined = await examine(use, named(source, filename), "source", limits)
    if ("faults" in examined) throw invalidInputError(examined.faults, language)
    return examined.file
  } catch (error) {
    throw error instanceof WaitEnded ? waitEndedError(error, { api: "media/upload", language }) : error
  }
}

function named(source: MediaSource, filename: string | undefined): MediaSource {
  if (filename === undefined) return source
  if (isMediaContent(source)) return { content: source, filename }
  return { ...source, filename }
}

function idFaults(mediaId: string): Fault[] {
  if (typeof mediaId !== "string")
    return [{ path: "mediaId", rule: "wrong_type", severity: "error", because: "string" }]
  return mediaId === "" ? [{ path: "mediaId", rule: "empty", severity: "error" }] : []
}
