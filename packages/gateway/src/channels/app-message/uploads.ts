import { hash } from "node:crypto"
import { decideUpload, delayMs, isMediaReusable, spreadDelay, UNREACHABLE } from "@wecom-push/protocol/delivery"
import type { UploadDecision } from "@wecom-push/protocol/delivery"
import type { MessageProblem } from "../../model/message.ts"
import type { MediaUpload, MediaStore, Medium } from "../../model/ports/media.ts"
import { LostFileError } from "../../model/lost-file-error.ts"
import { StorageError } from "../../model/storage-error.ts"
import type { NamedLocks } from "../../model/ports/named-locks.ts"
import type { OperatorLog } from "../../model/ports/log.ts"
import type { Governor } from "../../model/ports/governor.ts"
import type { AppRecord } from "../../model/ports/apps.ts"
import type { Channel } from "../channel.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"
import type { JumpAwareClock } from "../../model/jump-aware-clock.ts"
import { Semaphore } from "../../model/semaphore.ts"

/** The result of bringing a file to WeCom. */
export type Uploading =
  | { readonly kind: "uploaded"; readonly mediaId: string }
  /** `at` undefined: when the app is open again. */
  | { readonly kind: "later"; readonly at: number | undefined; readonly problem?: MessageProblem }
  /** WeCom will never take the file. */
  | { readonly kind: "refused"; readonly problem: MessageProblem }

type NotUploaded = Exclude<Uploading, { kind: "uploaded" }>

interface Opened {
  readonly kind: "opened"
  readonly medium: Medium
  readonly blob: Blob
}

export interface UploadsDeps {
  readonly media: Pick<MediaStore, "get" | "open" | "uploadOf" | "rememberUpload" | "forgetUpload">
  readonly locks: NamedLocks
  /** The address of WeCom or a simulator: the one does not know the other's ids. */
  readonly baseUrl: string
  readonly clock: Pick<JumpAwareClock, "now" | "steady" | "toWall">
  readonly random: () => number
  readonly log: OperatorLog
  readonly metrics: Pick<DeliveryMetrics, "mediumUploaded">
  readonly stopping: AbortSignal
}

/** The app whose message needs the file. */
export interface UploadingApp {
  readonly channel: Channel
  readonly app: Pick<AppRecord, "name" | "corpId">
  readonly governor: Pick<Governor, "closedUntilMs" | "isUnreachable" | "report">
}

type UploadLater = Extract<UploadDecision, { kind: "later" }>

interface Trouble {
  readonly tries: number
  /** Steady time: a wait keeps its length when the wall clock is set. */
  readonly until: number
  readonly problem: MessageProblem
}

/**
 * Brings files to WeCom when a message first needs them: once for all apps of a corp, and again before the three days of an
 * id are over. One upload at a time for each file and corp, and only few for each corp.
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export class Uploads {
  readonly #deps: UploadsDeps
  /** Uploads that are not in the store, or not yet: a full disk is no reason to upload again. */
  readonly #unwritten = new Map<string, MediaUpload>()
  readonly #places = new Map<string, Semaphore>()
  /** The latest trouble for each app, corp and file. */
  readonly #troubles = new Map<string, Trouble>()
  /** The latest trouble for each corp. */
  readonly #closed = new Map<string, Trouble>()
  /** Files whose id was refused and that have no new id yet. */
  readonly #forgotten = new Set<string>()
  /** Ids that replaced refused ones, with the steady time of that. */
  readonly #renewed = new Map<string, number>()

  constructor(deps: UploadsDeps) {
    this.#deps = deps
  }

  /** The file's id at WeCom, after an upload if one is needed. */
  async provide(runtime: UploadingApp, id: string): Promise<Uploading> {
    const where = this.#where(runtime)
    const upload = await this.#living(id, where)
    if (upload !== undefined) return { kind: "uploaded", mediaId: upload.mediaId }
    const key = `${where} ${id}`
    const bring = async (): Promise<Uploading> => {
      // Another message may have uploaded the file meanwhile, or failed to, with the token of another app.
      const upload = await this.#living(id, where)
      return upload === undefined ? this.#bring(runtime, id, where) : { kind: "uploaded", mediaId: upload.mediaId }
    }
    const patienceMs = runtime.channel.isOfOneGateway === true ? PATIENCE_WITH_OTHERS_MS : PATIENCE_MS
    return this.#deps.locks.run(`upload ${key}`, bring, { patienceMs })
  }

  /** The bytes of a file that goes out inside the message itself. */
  async read(runtime: UploadingApp, id: string): Promise<{ readonly kind: "read"; bytes: Buffer } | NotUploaded> {
    const where = this.#where(runtime)
    const trouble = this.#troubles.get(troubleKey(runtime, id))
    if (trouble !== undefined && this.#steadyNow() < trouble.until)
      return { kind: "later", at: this.#deps.clock.toWall(trouble.until), problem: trouble.problem }
    const opened = await this.#openFor(runtime, id, where)
    if (opened.kind !== "opened") return opened
    const bytes = Buffer.from(await opened.blob.arrayBuffer())
    if (hash("sha256", bytes) !== opened.medium.sha256) return this.#missing(runtime, id)
    this.#troubles.delete(troubleKey(runtime, id))
    return { kind: "read", bytes }
  }

  /**
   * WeCom no longer takes this id of the file.
   * @returns whether another id can be had: if an id that has just replaced a refused one is refused too, a third would not
   *   help
   */
  async replace(runtime: UploadingApp, id: string, mediaId: string): Promise<boolean> {
    const where = this.#where(runtime)
    const current = await this.#uploadOf(id, where)
    if (current !== undefined && current.mediaId !== mediaId) return true
    const renewedAt = this.#renewed.get(mediaId)
    if (renewedAt !== undefined && this.#steadyNow() < renewedAt + NO_THIRD_MS) return false
    this.#unwritten.delete(`${where} ${id}`)
    await this.#deps.media.forgetUpload(id, where, mediaId)
    this.#forgotten.add(`${where} ${id}`)
    return true
  }

  async #bring(runtime: UploadingApp, id: string, where: string): Promise<Uploading> {
    const obstacle = this.#obstacle(runtime, id, where)
    if (obstacle !== undefined) return obstacle
    const places = this.#places.get(where) ?? new Semaphore(UPLOADS_AT_ONCE)
    this.#places.set(where, places)
    using _place = await places.take()
    return this.#obstacle(runtime, id, where) ?? (await this.#upload(runtime, id, where))
  }

  /** Why a try now would be useless; undefined if it would not. */
  #obstacle(runtime: UploadingApp, id: string, where: string): Uploading | undefined {
    const now = this.#steadyNow()
    if (runtime.governor.closedUntilMs() !== undefined) return { kind: "later", at: undefined }
    for (const trouble of [this.#closed.get(where), this.#troubles.get(troubleKey(runtime, id))]) {
      if (trouble !== undefined && now < trouble.until) {
        return { kind: "later", at: this.#deps.clock.toWall(trouble.until), problem: trouble.problem }
      }
    }
    return undefined
  }

  async #upload(runtime: UploadingApp, id: string, where: string): Promise<Uploading> {
    const { random, stopping } = this.#deps
    const opened = await this.#openFor(runtime, id, where)
    if (opened.kind !== "opened") return opened
    const { medium, blob } = opened
    const { filename, type, sha256 } = medium
    const { channel } = runtime
    if (channel.upload === undefined) throw new TypeError(`${channel.kind.name} takes no files`)
    const uploadedAt = this.#now()
    const from = this.#steadyNow()
    const uploaded = await channel.upload({ type, filename, blob, signal: stopping })
    if (uploaded.sha256 !== undefined && uploaded.sha256 !== sha256) return this.#missing(runtime, id)

    const tries = (this.#troubles.get(troubleKey(runtime, id))?.tries ?? 0) + 1
    const decision = decideUpload(uploaded.end, tries, this.#steadyNow(), random)
    await runtime.governor.report({ health: decision.health, from, at: this.#steadyNow() })
    if (decision.kind === "refused") return this.#refused(runtime, id, decision)
    if (decision.kind === "later") {
      // While WeCom cannot be reached, no file waits for longer than the app does.
      const at = decision.health.kind === "unreachable" && runtime.governor.isUnreachable ? undefined : decision.at
      return this.#notYet(runtime, id, where, { ...decision, at, tries })
    }
    const { mediaId } = decision
    await this.#noteUpload(runtime, medium, where, { mediaId, uploadedAt })
    return { kind: "uploaded", mediaId }
  }

  async #openFor(runtime: UploadingApp, id: string, where: string): Promise<Opened | NotUploaded> {
    const medium = await this.#deps.media.get(id)
    const blob = medium && (await this.#open(medium))
    if (medium === undefined || blob === undefined) return this.#missing(runtime, id)
    if (blob instanceof LostFileError) return this.#missing(runtime, id, blob.message)
    if (blob instanceof StorageError) return this.#notToBeHad(runtime, id, where, blob)
    return { kind: "opened", medium, blob }
  }

  async #open(medium: Medium): Promise<Blob | LostFileError | StorageError | undefined> {
    try {
      return await this.#deps.media.open(medium)
    } catch (error) {
      if (error instanceof LostFileError) return error
      if (error instanceof StorageError && error.code === "files_unavailable") return error
      throw error
    }
  }

  /** The bucket that contains the file cannot be used now. */
  #notToBeHad(runtime: UploadingApp, id: string, where: string, { cause }: StorageError): NotUploaded {
    const tries = (this.#troubles.get(troubleKey(runtime, id))?.tries ?? 0) + 1
    const at = this.#steadyNow() + spreadDelay(delayMs(UNREACHABLE, tries), this.#deps.random)
    const errmsg = cause instanceof Error ? cause.message : ""
    return this.#notYet(runtime, id, where, {
      at,
      closesUploads: false,
      problem: { code: "files_unavailable", errmsg },
      tries,
    })
  }

  #refused(runtime: UploadingApp, id: string, { errcode, errmsg }: { errcode: number; errmsg: string }): Uploading {
    this.#troubles.delete(troubleKey(runtime, id))
    this.#deps.log.warn({ app: runtime.app.name, medium: id, errcode }, "WeCom does not take a file")
    return { kind: "refused", problem: { code: "media_refused", errcode, errmsg } }
  }

  #notYet(
    runtime: UploadingApp,
    id: string,
    where: string,
    {
      at: until,
      problem,
      closesUploads,
      tries,
    }: Pick<Trouble, "tries" | "problem"> & Pick<UploadLater, "at" | "closesUploads">,
  ): NotUploaded {
    if (until !== undefined) this.#troubles.set(troubleKey(runtime, id), { tries, until, problem })
    if (until !== undefined && closesUploads) this.#closed.set(where, { tries, until, problem })
    const at = until === undefined ? undefined : this.#deps.clock.toWall(until)
    this.#deps.log.warn(
      { app: runtime.app.name, medium: id, until: at, ...problem },
      "a file could not be uploaded yet",
    )
    return { kind: "later", at, problem }
  }

  async #noteUpload(runtime: UploadingApp, { id }: Medium, where: string, upload: MediaUpload): Promise<void> {
    const { media, metrics, log } = this.#deps
    const key = `${where} ${id}`
    this.#troubles.delete(troubleKey(runtime, id))
    this.#closed.delete(where)
    const wasRefused = this.#forgotten.delete(key)
    const before = await media.uploadOf(id, where)
    metrics.mediumUploaded(runtime.app.name, wasRefused ? "refused" : before === undefined ? "first" : "expiring")
    if (wasRefused) this.#rememberRenewed(upload.mediaId)
    this.#unwritten.set(key, upload)
    try {
      await media.rememberUpload(id, where, upload)
      this.#unwritten.delete(key)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      log.error(
        { app: runtime.app.name, medium: id, code: error.code },
        "could not store the media_id of an uploaded file",
      )
    }
  }

  #rememberRenewed(mediaId: string): void {
    const now = this.#steadyNow()
    for (const [old, at] of this.#renewed) if (now >= at + NO_THIRD_MS) this.#renewed.delete(old)
    this.#renewed.set(mediaId, now)
  }

  #missing(runtime: UploadingApp, id: string, what?: string): NotUploaded {
    const fields = { app: runtime.app.name, medium: id, ...(what !== undefined && { what }) }
    this.#deps.log.error(fields, "a stored file is missing or damaged")
    return { kind: "refused", problem: { code: "media_missing" } }
  }

  async #living(id: string, where: string): Promise<MediaUpload | undefined> {
    const upload = await this.#uploadOf(id, where)
    return upload !== undefined && isMediaReusable(upload.uploadedAt, this.#now()) ? upload : undefined
  }

  async #uploadOf(id: string, where: string): Promise<MediaUpload | undefined> {
    return this.#unwritten.get(`${where} ${id}`) ?? (await this.#deps.media.uploadOf(id, where))
  }

  /** Media are the corp's, so all of its apps share them. */
  #where({ app }: UploadingApp): string {
    return `${app.corpId} ${this.#deps.baseUrl}`
  }

  /** Stored uploads have wall-clock times. If such a time is wrong, WeCom refuses the id, and it is renewed. */
  #now(): number {
    return this.#deps.clock.now()
  }

  #steadyNow(): number {
    return this.#deps.clock.steady.now()
  }
}

/** Longer than an upload takes. */
const PATIENCE_MS = 120_000
/** Another gateway that has the lock has lost the connection, or is about to find that out. */
const PATIENCE_WITH_OTHERS_MS = 2000
const NO_THIRD_MS = 3_600_000
/** More would share one connection, and each would be too slow. */
const UPLOADS_AT_ONCE = 4

function troubleKey({ app }: UploadingApp, id: string): string {
  return `${app.name} ${app.corpId} ${id}`
}
