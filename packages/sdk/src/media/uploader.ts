import { hash } from "node:crypto"
import { isMediaReusable, UPLOAD_API } from "@wecom-push/protocol/delivery"
import type { MediaType } from "@wecom-push/protocol"
import type { ApiRequest } from "../api.ts"
import { deadlineError, faultError, refusedError, unusableError, waitEndedError } from "../make-error.ts"
import type { MediaRecord, MediaStore } from "../media-store.ts"
import type { SimpleCallDeps } from "../simple-call.ts"
import { SharedTask, WaitEnded } from "../shared-work/shared-task.ts"
import type { TaskLimits, WaitLimits } from "../shared-work/shared-task.ts"
import { SingleFlight } from "../shared-work/single-flight.ts"
import { TransportFault } from "../transport.ts"
import type { WeComError } from "../wecom-error.ts"
import type { MediaFile } from "./examine.ts"
import { multipartOf } from "./multipart.ts"
import { SourceStalled } from "./read-within.ts"
import { SentContent } from "./sent-content.ts"
import type { OnProgress } from "./sent-content.ts"

export interface UploaderDeps extends SimpleCallDeps {
  /** Must not throw. */
  readonly store: MediaStore
  readonly baseUrl: string
  /** The owner of the ids: a corp, whose apps share them, or a group robot. */
  readonly owner: string
  /** `media/upload` unless given. */
  readonly uploadApi?: string
}

export interface UploadWish extends WaitLimits {
  /** Uploads the file even if WeCom already has it. */
  readonly fresh: boolean
  readonly onProgress: OnProgress | undefined
}

export interface UploadedFile extends MediaRecord {
  /** WeCom already had the file. */
  readonly reused: boolean
}

/** How an upload ended, for all callers whose file has these bytes. */
type Ended = { readonly contentHash: string | undefined } & (
  | { readonly uploaded: UploadedFile }
  | { readonly error: unknown }
)

/** Uploads files to WeCom: a file of the same type, name and content once in three days, however many callers ask for it. */
export class Uploader {
  readonly #deps: UploaderDeps
  /** The uploads under way, by type, name and size. */
  readonly #shared: SingleFlight<Ended>

  readonly #api: string

  constructor(deps: UploaderDeps) {
    this.#deps = deps
    this.#api = deps.uploadApi ?? UPLOAD_API
    this.#shared = new SingleFlight(deps.api.clock)
  }

  /** @throws {WeComError} */
  provide(type: MediaType, file: MediaFile, wish: UploadWish): Promise<UploadedFile> {
    return this.#inOurWords(this.#share(type, file, wish))
  }

  async #inOurWords<T>(work: Promise<T>): Promise<T> {
    const { language } = this.#deps
    try {
      return await work
    } catch (error) {
      if (error instanceof WaitEnded) throw waitEndedError(error, { api: this.#api, language })
      if (error instanceof SourceStalled) throw deadlineError({ api: this.#api, language })
      throw isNotReadable(error) ? this.#changedError(error) : error
    }
  }

  async #share(type: MediaType, file: MediaFile, { fresh, onProgress, ...limits }: UploadWish): Promise<UploadedFile> {
    // A caller that wants a new id must not share the result of one that accepts an old id.
    const key = `${this.#key(type, file)} ${fresh}`
    for (;;) {
      let isMine = false
      const ended = await this.#shared.join(key, limits, (shared) => {
        isMine = true
        return this.#bring(type, file, { fresh, onProgress }, shared)
      })
      // The files may have the same bytes; whether they do is known when both hashes are.
      if (!isMine && ended.contentHash !== (await this.#hashOf(file, limits))) continue
      if ("error" in ended) throw ended.error
      return ended.uploaded
    }
  }

  #hashOf(file: MediaFile, limits: WaitLimits): Promise<string> {
    return new SharedTask(this.#deps.api.clock, () => file.contentHash()).join(limits)
  }

  /** Uploads for all callers that share it, so it keeps the file even if the first caller stops waiting. */
  async #bring(
    type: MediaType,
    file: MediaFile,
    { fresh, onProgress }: Pick<UploadWish, "fresh" | "onProgress">,
    limits: TaskLimits,
  ): Promise<Ended> {
    const letGo = file.hold()
    const atLast = { deadline: Infinity, signal: limits.signal }
    try {
      const known = fresh ? undefined : await this.#known(type, file, atLast)
      if (known !== undefined) {
        return { contentHash: await this.#hashOf(file, atLast), uploaded: { ...known, reused: true } }
      }
      return await this.#upload(type, file, onProgress, limits)
    } catch (error) {
      return { contentHash: await this.#hashOf(file, atLast).catch(noHash), error }
    } finally {
      await letGo()
    }
  }

  /** The id of a file that WeCom already has, and will have for a while. @throws {WeComError} */
  async find(type: MediaType, file: MediaFile, limits: WaitLimits): Promise<string | undefined> {
    return (await this.#inOurWords(this.#known(type, file, limits)))?.mediaId
  }

  /** A file whose name and size are new need not be read to know that it is new, which halves the work of an upload. */
  async #known(type: MediaType, file: MediaFile, limits: WaitLimits): Promise<MediaRecord | undefined> {
    if ((await this.#living(this.#key(type, file))) === undefined) return undefined
    return this.#living(this.#key(type, file, await this.#hashOf(file, limits)))
  }

  async #living(key: string): Promise<MediaRecord | undefined> {
    const { store, api } = this.#deps
    const record = await store.get(key)
    return record !== undefined && isMediaReusable(record.uploadedAt, api.clock.now()) ? record : undefined
  }

  async #upload(
    type: MediaType,
    file: MediaFile,
    onProgress: OnProgress | undefined,
    { signal }: TaskLimits,
  ): Promise<Ended> {
    const { api, language, store, callTimeoutMs } = this.#deps
    const uploadedAt = api.clock.now()
    const { sent, ...carried } = carry(file, onProgress)
    const answer = await api.call({
      path: this.#api,
      query: { type },
      ...carried,
      deadline: uploadedAt + callTimeoutMs + carried.extraTimeMs,
      signal,
    })
    if (answer.errcode !== 0) throw refusedError(answer, { api: this.#api, language })
    const { media_id: mediaId } = answer
    if (typeof mediaId !== "string" || mediaId === "") throw this.#noId()
    const record = { mediaId, uploadedAt }
    const contentHash = sent.hash() ?? (await this.#hashOf(file, { deadline: Infinity, signal }))
    await store.set(this.#key(type, file, contentHash), record)
    await store.set(this.#key(type, file), record)
    return { contentHash, uploaded: { ...record, reused: false } }
  }

  #changedError({ name }: DOMException): WeComError {
    const { language, baseUrl } = this.#deps
    const fault = new TransportFault("body", false, { host: new URL(baseUrl).host, code: name })
    return faultError(fault, { api: this.#api, language, code: "unreachable" })
  }

  #noId(): WeComError {
    const { language, baseUrl } = this.#deps
    return unusableError(
      { why: "unusable", detail: "media_id?" },
      { api: this.#api, language, code: "unusable_answer", baseUrl },
    )
  }

  /**
   * Media belong to the corp, so all of its apps share them. Without a hash the key covers all files of that name and
   * size.
   */
  #key(type: MediaType, { filename, blob }: MediaFile, contentHash?: string): string {
    const { baseUrl, owner } = this.#deps
    const text = JSON.stringify([baseUrl, owner, type, filename, blob.size, contentHash])
    return hash("sha256", text, "base64url").slice(0, 22)
  }
}

/** The file was there when it was checked, and cannot be read now. */
function isNotReadable(error: unknown): error is DOMException {
  return error instanceof DOMException && error.name === "NotReadableError"
}

/** A file that can no longer be read is equal to no other. */
const noHash = (): undefined => undefined

/** Common to all calls that carry a file. An upload reaches no member, so a lost answer leaves no doubt. */
export function carry(file: Pick<MediaFile, "blob" | "filename">, onProgress: OnProgress | undefined) {
  const { size } = file.blob
  const { body, headBytes } = multipartOf(file)
  const sent = new SentContent(headBytes, size, onProgress)
  return {
    sent,
    method: "POST",
    body,
    repeatable: true,
    extraTimeMs: size / SLOWEST_BYTES_PER_MS,
    onSent: sent.onSent,
  } as const satisfies Partial<ApiRequest> & { readonly sent: SentContent }
}

/** Half a megabit a second: 20 MB may take five and a half minutes. */
const SLOWEST_BYTES_PER_MS = 64
