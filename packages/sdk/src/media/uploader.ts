import { hash } from "node:crypto"
import { MEDIA_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { ApiRequest } from "../api.ts"
import { abortedError, deadlineError, refusedError, unusableError } from "../make-error.ts"
import type { MediaRecord, MediaStore } from "../media-store.ts"
import type { SimpleCallDeps } from "../simple-call.ts"
import { SharedTask, WaitEnded } from "../shared-work/shared-task.ts"
import type { TaskLimits, WaitLimits } from "../shared-work/shared-task.ts"
import type { WeComError } from "../wecom-error.ts"
import type { MediaFile } from "./examine.ts"
import { multipartOf } from "./multipart.ts"
import { SentContent } from "./sent-content.ts"

export interface UploaderDeps extends SimpleCallDeps {
  /** Must not throw. */
  readonly store: MediaStore
  readonly baseUrl: string
  readonly corpId: string
}

export type OnProgress = (sentBytes: number, totalBytes: number) => void

export interface UploadWish extends WaitLimits {
  /** Even if it is with WeCom already. */
  readonly fresh: boolean
  readonly onProgress: OnProgress | undefined
}

export interface Placed extends MediaRecord {
  /** It was with WeCom already. */
  readonly reused: boolean
}

interface Uploaded {
  readonly contentHash: string
  readonly record: MediaRecord
}

/** Brings files to WeCom: one of the same type, name and content once in three days, however many ask for it. */
export class Uploader {
  readonly #deps: UploaderDeps
  /** By type, name and size. */
  readonly #running = new Map<string, SharedTask<Uploaded>>()

  constructor(deps: UploaderDeps) {
    this.#deps = deps
  }

  /** @throws {WeComError} */
  async place(type: MediaType, file: MediaFile, { fresh, onProgress, ...limits }: UploadWish): Promise<Placed> {
    const known = fresh ? undefined : await this.#known(type, file)
    if (known !== undefined) return { ...known, reused: true }
    const { language } = this.#deps
    try {
      return { ...(await this.#joinOrStart(type, file, onProgress, limits)), reused: false }
    } catch (error) {
      if (!(error instanceof WaitEnded)) throw error
      if (error.why === "deadline") throw deadlineError({ api: PATH, language })
      throw abortedError({ api: PATH, language, mayHaveArrived: false })
    }
  }

  /** The id of a file that is with WeCom already, and will be for a while. */
  async find(type: MediaType, file: MediaFile): Promise<string | undefined> {
    return (await this.#known(type, file))?.mediaId
  }

  /** A file whose name and size are new need not be read to know that it is new, which halves the work of an upload. */
  async #known(type: MediaType, file: MediaFile): Promise<MediaRecord | undefined> {
    if ((await this.#living(this.#key(type, file))) === undefined) return undefined
    return this.#living(this.#key(type, file, await file.contentHash()))
  }

  async #living(key: string): Promise<MediaRecord | undefined> {
    const { store, api } = this.#deps
    const record = await store.get(key)
    return record !== undefined && api.clock.now() < record.uploadedAt + REUSED_FOR_MS ? record : undefined
  }

  async #joinOrStart(
    type: MediaType,
    file: MediaFile,
    onProgress: OnProgress | undefined,
    limits: WaitLimits,
  ): Promise<MediaRecord> {
    for (;;) {
      const running = this.#running.get(this.#key(type, file))
      if (running?.isJoinable !== true) return (await this.#start(type, file, onProgress).join(limits)).record
      try {
        // Perhaps the same bytes: whether they are is known when they are there.
        const { contentHash, record } = await running.join(limits)
        if (contentHash === (await file.contentHash())) return record
      } catch (error) {
        if (error instanceof WaitEnded) throw error
        // Whoever began it may have left and taken their copy of the file along; ours is at hand.
      }
    }
  }

  #start(type: MediaType, file: MediaFile, onProgress: OnProgress | undefined): SharedTask<Uploaded> {
    const key = this.#key(type, file)
    const task = new SharedTask(this.#deps.api.clock, async (limits) => {
      try {
        return await this.#upload(type, file, onProgress, limits)
      } finally {
        if (this.#running.get(key) === task) this.#running.delete(key)
      }
    })
    this.#running.set(key, task)
    return task
  }

  async #upload(
    type: MediaType,
    file: MediaFile,
    onProgress: OnProgress | undefined,
    limits: TaskLimits,
  ): Promise<Uploaded> {
    const { api, language, store, callTimeoutMs } = this.#deps
    const uploadedAt = api.clock.now()
    const { sent, ...carried } = carry(file, onProgress)
    const answer = await api.call({
      path: PATH,
      query: { type },
      ...carried,
      deadline: Math.min(limits.deadline(), uploadedAt + callTimeoutMs + carried.extraTimeMs),
      signal: limits.signal,
    })
    if (answer.errcode !== 0) throw refusedError(answer, { api: PATH, language })
    const { media_id: mediaId } = answer
    if (typeof mediaId !== "string" || mediaId === "") throw this.#noId()
    const record = { mediaId, uploadedAt }
    const contentHash = sent.hash() ?? (await file.contentHash())
    await store.set(this.#key(type, file, contentHash), record)
    await store.set(this.#key(type, file), record)
    return { contentHash, record }
  }

  #noId(): WeComError {
    const { language, baseUrl } = this.#deps
    return unusableError(
      { why: "unusable", detail: "media_id?" },
      { api: PATH, language, code: "unusable_answer", baseUrl },
    )
  }

  /** Media are the corp's, so all of its apps share them. Without a hash: all files of that name and size. */
  #key(type: MediaType, { filename, blob }: MediaFile, contentHash?: string): string {
    const { baseUrl, corpId } = this.#deps
    const text = JSON.stringify([baseUrl, corpId, type, filename, blob.size, contentHash])
    return hash("sha256", text, "base64url").slice(0, 22)
  }
}

/** The margin is for a message that waits on its way. */
const REUSED_FOR_MS = (MEDIA_LIFETIME_SECONDS - 3600) * 1000
const PATH = "media/upload"

/** What a call that carries a file has in common. An upload tells nobody anything, so a lost answer is no doubt. */
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

/** Half a megabit a second: 20 MB may take five minutes and a half. */
const SLOWEST_BYTES_PER_MS = 64
