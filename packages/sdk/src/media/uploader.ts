import { hash } from "node:crypto"
import { MEDIA_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { MediaType } from "@wecom-push/protocol"
import type { ApiRequest } from "../api.ts"
import { abortedError, deadlineError, refusedError, unusableError } from "../make-error.ts"
import type { MediaRecord, MediaStore } from "../media-store.ts"
import { quietly } from "../quietly.ts"
import type { SimpleCallDeps } from "../simple-call.ts"
import { SharedTask, WaitEnded } from "../token/shared-task.ts"
import type { TaskLimits, WaitLimits } from "../token/shared-task.ts"
import type { WeComError } from "../wecom-error.ts"
import type { MediaFile } from "./examine.ts"
import { multipartOf } from "./multipart.ts"

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

/** Brings files to WeCom: one of the same type, name and content once in three days, however many ask for it. */
export class Uploader {
  readonly #deps: UploaderDeps
  readonly #running = new Map<string, SharedTask<MediaRecord>>()

  constructor(deps: UploaderDeps) {
    this.#deps = deps
  }

  /** @throws {WeComError} */
  async place(type: MediaType, file: MediaFile, { fresh, onProgress, ...limits }: UploadWish): Promise<Placed> {
    const key = await this.#key(type, file)
    const known = fresh ? undefined : await this.#known(key)
    if (known !== undefined) return { ...known, reused: true }
    const { language } = this.#deps
    try {
      return { ...(await this.#joinOrStart(key, type, file, onProgress, limits)), reused: false }
    } catch (error) {
      if (!(error instanceof WaitEnded)) throw error
      if (error.why === "deadline") throw deadlineError({ api: PATH, language })
      throw abortedError({ api: PATH, language, mayHaveArrived: false })
    }
  }

  /** The id of a file that is with WeCom already, and will be for a while. */
  async find(type: MediaType, file: MediaFile): Promise<string | undefined> {
    return (await this.#known(await this.#key(type, file)))?.mediaId
  }

  async #known(key: string): Promise<MediaRecord | undefined> {
    const { store, api } = this.#deps
    const record = await store.get(key)
    return record !== undefined && api.clock.now() < record.uploadedAt + REUSED_FOR_MS ? record : undefined
  }

  async #joinOrStart(
    key: string,
    type: MediaType,
    file: MediaFile,
    onProgress: OnProgress | undefined,
    limits: WaitLimits,
  ): Promise<MediaRecord> {
    const running = this.#running.get(key)
    if (running?.isJoinable !== true) return this.#start(key, type, file, onProgress).join(limits)
    try {
      return await running.join(limits)
    } catch (error) {
      if (error instanceof WaitEnded) throw error
      // Whoever began it may have left and taken their copy of the file along; ours is at hand.
      return this.#start(key, type, file, onProgress).join(limits)
    }
  }

  #start(key: string, type: MediaType, file: MediaFile, onProgress: OnProgress | undefined): SharedTask<MediaRecord> {
    const running = this.#running.get(key)
    if (running?.isJoinable === true) return running
    const task = new SharedTask(this.#deps.api.clock, async (limits) => {
      try {
        return await this.#upload(key, type, file, onProgress, limits)
      } finally {
        if (this.#running.get(key) === task) this.#running.delete(key)
      }
    })
    this.#running.set(key, task)
    return task
  }

  async #upload(
    key: string,
    type: MediaType,
    file: MediaFile,
    onProgress: OnProgress | undefined,
    limits: TaskLimits,
  ): Promise<MediaRecord> {
    const { api, language, store, callTimeoutMs } = this.#deps
    const uploadedAt = api.clock.now()
    const carried = carry(file, onProgress)
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
    await store.set(key, record)
    return record
  }

  #noId(): WeComError {
    const { language, baseUrl } = this.#deps
    return unusableError(
      { why: "unusable", detail: "media_id?" },
      { api: PATH, language, code: "unusable_answer", baseUrl },
    )
  }

  /** Media are the corp's, so all of its apps share them. */
  async #key(type: MediaType, file: MediaFile): Promise<string> {
    const { baseUrl, corpId } = this.#deps
    const text = JSON.stringify([baseUrl, corpId, type, file.filename, await file.contentHash()])
    return hash("sha256", text, "base64url").slice(0, 22)
  }
}

/** The margin is for a message that waits on its way. */
const REUSED_FOR_MS = (MEDIA_LIFETIME_SECONDS - 3600) * 1000
const PATH = "media/upload"

/** What a call that carries a file has in common. An upload tells nobody anything, so a lost answer is no doubt. */
export function carry(file: MediaFile, onProgress: OnProgress | undefined) {
  const { size } = file.blob
  return {
    method: "POST",
    body: multipartOf(file),
    repeatable: true,
    extraTimeMs: size / SLOWEST_BYTES_PER_MS,
    ...(onProgress && {
      onSent: (sentBytes: number) => quietly(() => onProgress(Math.min(sentBytes, size), size)),
    }),
  } as const satisfies Partial<ApiRequest>
}

/** Half a megabit a second: 20 MB may take five minutes and a half. */
const SLOWEST_BYTES_PER_MS = 64
