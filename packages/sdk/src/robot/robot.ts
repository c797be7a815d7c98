import { hash } from "node:crypto"
import { ROBOT_MEDIA_TYPES } from "@wecom-push/protocol"
import type { RobotMediaType } from "@wecom-push/protocol"
import { badFormat, languageOf, SHARED_OPTIONS, sharedFaults, sharedSettings } from "../client-options.ts"
import type { SharedOptions, SharedSettings } from "../client-options.ts"
import { createKeyedApi } from "../create-keyed-api.ts"
import type { KeyedApi } from "../create-keyed-api.ts"
import { invalidInputError } from "../invalid-input.ts"
import { refusedError, waitEndedError } from "../make-error.ts"
import { uploadFile } from "../media/media.ts"
import type { UploadDeps, UploadedMedia, UploadOptions } from "../media/media.ts"
import type { MediaSource } from "../media/media-source.ts"
import { tolerantMediaStore } from "../media/tolerant-media-store.ts"
import { Uploader } from "../media/uploader.ts"
import { CALL_OPTIONS, namesFaults } from "../option-faults.ts"
import type { OptionNames } from "../option-faults.ts"
import type { RecipientOutcome } from "../outcome.ts"
import type { Overflow } from "../send/overflow.ts"
import type { SendPlan } from "../send/send.ts"
import { sendToOne } from "../send/send-to-one.ts"
import { WaitEnded } from "../shared-work/shared-task.ts"
import type { CallOptions } from "../simple-call.ts"
import { StoreLimit } from "../store-limit.ts"
import { warningOf } from "../warning.ts"
import type { SendResult } from "../wecom-error.ts"
import { safeHooks } from "../wire/hooks.ts"
import { readRobotKey } from "./robot-key.ts"
import { checkRobotContent, fitRobotMessage, isSendable, openRobotMessage, withMediaIds } from "./robot-message.ts"
import type { SendableRobotMessage } from "./robot-message.ts"

export interface RobotOptions extends SharedOptions {
  /** The robot's key, or the whole address that WeCom shows for it; only the key in it is used. */
  readonly key: string
  /** Its name in the result of a send; `robot` unless given. */
  readonly name?: string
}

export interface RobotSendOptions extends CallOptions {
  /** How to treat text and markdown over the limit, which WeCom refuses: `reject` unless given. */
  readonly overflow?: Overflow
  /** The client's `strict` unless given, as for an app. */
  readonly strict?: boolean
}

const ROBOT_OPTIONS: OptionNames<RobotOptions> = { key: true, name: true, ...SHARED_OPTIONS }
const SEND_OPTIONS: OptionNames<RobotSendOptions & { readonly dryRun?: boolean }> = {
  ...CALL_OPTIONS,
  overflow: true,
  strict: true,
  dryRun: true,
}

const SEND_API = "webhook/send"
const UPLOAD_API = "webhook/upload_media"
/** Over 20 messages a minute WeCom closes a robot for a minute; further calls do not help. */
const TOO_MANY = 45009
const CLOSED_MS = 60_000

/**
 * A group robot (群机器人): sends into the one group that it was added to. It needs no corp id, no secret and no trusted
 * address, only its key. The key is a secret, which no error, hook or `inspect` shows. Everybody in the group sees the
 * message. There is no recall and no duplicate check, so a call whose answer was lost is never repeated.
 * @example
 * await using robot = new Robot({ key: process.env["WECOM_ROBOT_KEY"] ?? "" })
 * await robot.send(markdown("**91%** of `/var` is used"))
 */
export class Robot implements AsyncDisposable {
  readonly #settings: SharedSettings
  readonly #name: string
  readonly #api: KeyedApi
  readonly #uploader: Uploader
  readonly #uploads: UploadDeps
  #closedUntil = 0

  /**
   * Makes no request to WeCom yet.
   * @throws {WeComError} `invalid_input` with every fault of the options
   */
  constructor(options: RobotOptions) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the faults name what is missing
    const given = options ?? ({} as RobotOptions)
    const read = readRobotKey(given.key, "key", typeof given.baseUrl === "string" ? given.baseUrl : undefined)
    const faults = [
      ...("fault" in read ? [read.fault] : []),
      ...(given.name === "" ? [badFormat("name", "robot")] : []),
      ...sharedFaults(given),
      ...namesFaults(given, ROBOT_OPTIONS),
    ]
    if ("fault" in read || faults.length > 0) throw invalidInputError(faults, languageOf(given))
    const settings = sharedSettings(given)
    const { baseUrl, language, callTimeoutMs, sourceTimeoutMs } = settings
    this.#settings = settings
    this.#name = given.name ?? "robot"
    this.#api = createKeyedApi({ ...settings, key: read.key })
    const store = tolerantMediaStore(settings.mediaStore, new StoreLimit(settings.storeTimeoutMs), () =>
      safeHooks(settings.hooks).onWarning({ warning: "media_store_failed", api: UPLOAD_API, detail: "unknown" }),
    )
    this.#uploads = {
      api: this.#api,
      language,
      callTimeoutMs,
      sourceTimeoutMs,
      store,
      baseUrl,
      // An id is valid for this robot only. A store may be shared, so it must not hold the key.
      owner: `robot ${hash("sha256", read.key)}`,
      uploadApi: UPLOAD_API,
    }
    this.#uploader = new Uploader(this.#uploads)
  }

  /**
   * Sends one message into the group: text with mentions, markdown, markdown_v2, image, news, file, voice, or a card of
   * the two notices. A file in place of a `media_id` is uploaded first; a picture is sent inside the message.
   * After a 45009 (over 20 messages a minute) the client makes no request for a minute: sends are refused at once, and
   * `retryAfterMs` says for how long.
   * @returns one recipient of type `robot`
   * @throws {WeComError} `invalid_input` before any request, with every fault of message and options; any other code
   * when nothing was sent: `refused` with 93000 for a wrong key or a robot that was removed, 93004 for one that was
   * stopped
   * @see https://developer.work.weixin.qq.com/document/path/99110
   */
  send(message: SendableRobotMessage, options?: RobotSendOptions & { readonly dryRun?: false }): Promise<SendResult>
  /** Uploads and sends nothing: returns the bodies of the calls that would be made. */
  send(message: SendableRobotMessage, options: RobotSendOptions & { readonly dryRun: true }): Promise<SendPlan>
  async send(
    message: SendableRobotMessage,
    options: RobotSendOptions & { readonly dryRun?: boolean } = {},
  ): Promise<SendResult | SendPlan> {
    const { language, strict, sourceTimeoutMs } = this.#settings
    const faultsOfOptions = namesFaults(options, SEND_OPTIONS)
    if (faultsOfOptions.length > 0) throw invalidInputError(faultsOfOptions, language)
    const { signal, overflow } = options
    const opened = await this.#inOurWords(
      openRobotMessage(message, { signal: signal ?? NO_SIGNAL, stallMs: sourceTimeoutMs }),
    )
    try {
      const { message: filled, files } = opened
      const found = [...opened.faults, ...checkRobotContent(filled, { strict: options.strict ?? strict, overflow })]
      const errors = found.filter(({ severity }) => severity === "error")
      if (!isSendable(filled, found)) throw invalidInputError(errors, language)
      const warnings = found.map((fault) => warningOf(fault, language))

      if (options.dryRun === true) {
        return {
          recipients: [{ ...this.#row(), state: "planned" }],
          uploads: files.map(({ type, file }) => ({ type, filename: file.filename, sizeBytes: file.blob.size })),
          calls: fitRobotMessage(filled, overflow).map((part) => ({ body: JSON.stringify(part) })),
          ...(warnings.length === 0 ? {} : { warnings }),
        }
      }
      return await sendToOne(this.#row(), warnings, async (calls) => {
        this.#refuseWhileClosed()
        const ids = new Map<string, string>()
        for (const { path, type, file } of files) {
          const wish = { fresh: false, onProgress: undefined, signal, deadline: Infinity }
          ids.set(path, (await this.#uploader.provide(type, file, wish)).mediaId)
        }
        for (const part of fitRobotMessage(filled, overflow)) {
          await this.#sendOne(ids.size === 0 ? part : withMediaIds(message, (path) => ids.get(path) ?? ""), signal)
          calls.push({ errcode: 0 })
        }
      })
    } finally {
      await opened.release()
    }
  }

  /**
   * Uploads a file (any, 6 bytes to 20 MB) or a voice (AMR up to 2 MB and 60 s) for this robot only, and returns the id
   * by which messages name it for three days.
   * @throws {WeComError} `invalid_input` before any request, with limit and actual; `refused`; `unreachable`
   * @see https://developer.work.weixin.qq.com/document/path/99110
   *
   */
  async upload(
    type: RobotMediaType,
    source: string | MediaSource,
    options: UploadOptions = {},
  ): Promise<UploadedMedia> {
    if (!ROBOT_MEDIA_TYPES.includes(type)) {
      const fault = { path: "type", rule: "not_allowed", severity: "error", allowed: ROBOT_MEDIA_TYPES } as const
      throw invalidInputError([fault], this.#settings.language)
    }
    return uploadFile(this.#uploads, this.#uploader, type, source, options)
  }

  /** Closes the client's sockets; those of a transport or dispatcher of the caller's stay open. */
  close(): Promise<void> {
    const { ownsTransport, transport } = this.#settings
    return ownsTransport ? transport.close() : Promise.resolve()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #sendOne(message: unknown, signal: AbortSignal | undefined): Promise<void> {
    const { language, callTimeoutMs } = this.#settings
    const answer = await this.#api.call({
      path: SEND_API,
      method: "POST",
      body: JSON.stringify(message),
      repeatable: false,
      signal,
      deadline: this.#api.clock.now() + callTimeoutMs,
    })
    if (answer.errcode === 0) return
    if (answer.errcode === TOO_MANY) this.#closedUntil = this.#api.clock.now() + CLOSED_MS
    throw refusedError(answer, { api: SEND_API, language, retryAfterMs: this.#leftMs() })
  }

  #refuseWhileClosed(): void {
    const { language } = this.#settings
    const retryAfterMs = this.#leftMs()
    if (retryAfterMs === undefined) return
    throw refusedError({ errcode: TOO_MANY, errmsg: "" }, { api: SEND_API, language, retryAfterMs })
  }

  #leftMs(): number | undefined {
    const leftMs = this.#closedUntil - this.#api.clock.now()
    return leftMs > 0 ? leftMs : undefined
  }

  #row(): Pick<RecipientOutcome, "type" | "address"> {
    return { type: "robot", address: this.#name }
  }

  async #inOurWords<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw error instanceof WaitEnded
        ? waitEndedError(error, { api: SEND_API, language: this.#settings.language })
        : error
    }
  }
}

const NO_SIGNAL = new AbortController().signal
