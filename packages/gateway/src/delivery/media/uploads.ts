import { MEDIA_LIFETIME_SECONDS } from "@wecom-push/protocol"
import { carryFile } from "@wecom-push/sdk"
import { decideUpload, UPLOAD_API } from "@wecom-push/protocol/delivery"
import type { UploadDecision } from "@wecom-push/protocol/delivery"
import type { MessageProblem } from "../../domain/message.ts"
import type { MediaPlace, MediaStore, Medium } from "../../ports/media.ts"
import { StorageError } from "../../domain/storage-error.ts"
import type { AppDesk, DispatchLog } from "../app-desk.ts"
import type { DispatchMetrics } from "../run-context.ts"
import { talk } from "../talk.ts"
import type { TurningClock } from "../turning-clock.ts"
import { Turnstile } from "../turnstile.ts"

/** What WeCom makes of a file. */
export type Placing =
  | { readonly kind: "placed"; readonly mediaId: string }
  /** `at` undefined: when the app goes on. */
  | { readonly kind: "later"; readonly at: number | undefined; readonly problem?: MessageProblem }
  /** Never. */
  | { readonly kind: "refused"; readonly problem: MessageProblem }

export interface UploadsDeps {
  readonly media: MediaStore
  /** Where WeCom or a simulator is: an id of the one is nothing to the other. */
  readonly baseUrl: string
  readonly clock: Pick<TurningClock, "now" | "steady" | "toWall">
  readonly random: () => number
  readonly log: DispatchLog
  readonly metrics: Pick<DispatchMetrics, "mediumUploaded">
  readonly stopping: AbortSignal
}

interface Trouble {
  readonly tries: number
  /** Steady: a wait keeps its length when the wall clock is set. */
  readonly until: number
  readonly problem: MessageProblem
}

/**
 * Brings files to WeCom when a message first needs them: each once for all apps of its corp, and again before the three
 * days of its id are over. One upload at a time of each file and corp, and few of each corp.
 * @see https://developer.work.weixin.qq.com/document/path/90253
 */
export class Uploads {
  readonly #deps: UploadsDeps
  /** What could not be written down, or not yet: the disk being full is no reason to upload again. */
  readonly #unwritten = new Map<string, MediaPlace>()
  readonly #turns = new Map<string, Turnstile>()
  readonly #slots = new Map<string, Turnstile>()
  /** By app, corp and file. */
  readonly #troubles = new Map<string, Trouble>()
  /** By corp. */
  readonly #closed = new Map<string, Trouble>()
  /** Files whose id was refused, and that have no other yet. */
  readonly #displaced = new Set<string>()
  /** Ids that took the place of refused ones, and since when by steady time. */
  readonly #renewed = new Map<string, number>()

  constructor(deps: UploadsDeps) {
    this.#deps = deps
  }

  /** Where the file is now, after an upload if need be. */
  async place(desk: AppDesk, id: string): Promise<Placing> {
    const where = this.#where(desk)
    const placed = await this.#living(id, where)
    if (placed !== undefined) return { kind: "placed", mediaId: placed.mediaId }
    const key = `${where} ${id}`
    const turn = this.#turns.get(key) ?? new Turnstile()
    this.#turns.set(key, turn)
    await turn.enter()
    try {
      // Somebody else may have uploaded it meanwhile; or failed to, with the token of another app.
      const placed = await this.#living(id, where)
      return placed === undefined ? await this.#bring(desk, id, where) : { kind: "placed", mediaId: placed.mediaId }
    } finally {
      turn.leave()
      if (turn.isIdle) this.#turns.delete(key)
    }
  }

  /**
   * WeCom no longer takes this id of the file.
   * @returns whether another one is to be had: one that has just replaced a refused one is not to be mended by a third
   */
  async displace(desk: AppDesk, id: string, mediaId: string): Promise<boolean> {
    const where = this.#where(desk)
    const current = await this.#placeOf(id, where)
    if (current !== undefined && current.mediaId !== mediaId) return true
    const renewedAt = this.#renewed.get(mediaId)
    if (renewedAt !== undefined && this.#steadyNow() < renewedAt + NO_THIRD_MS) return false
    this.#unwritten.delete(`${where} ${id}`)
    await this.#deps.media.displace(id, where, mediaId)
    this.#displaced.add(`${where} ${id}`)
    return true
  }

  async #bring(desk: AppDesk, id: string, where: string): Promise<Placing> {
    const obstacle = this.#obstacle(desk, id, where)
    if (obstacle !== undefined) return obstacle
    const slots = this.#slots.get(where) ?? new Turnstile(UPLOADS_AT_ONCE)
    this.#slots.set(where, slots)
    await slots.enter()
    try {
      return this.#obstacle(desk, id, where) ?? (await this.#upload(desk, id, where))
    } finally {
      slots.leave()
    }
  }

  /** Why it is not worth trying now. */
  #obstacle(desk: AppDesk, id: string, where: string): Placing | undefined {
    const now = this.#steadyNow()
    if (desk.closedUntil() !== undefined) return { kind: "later", at: undefined }
    for (const trouble of [this.#closed.get(where), this.#troubles.get(troubleKey(desk, id))]) {
      if (trouble !== undefined && now < trouble.until) {
        return { kind: "later", at: this.#deps.clock.toWall(trouble.until), problem: trouble.problem }
      }
    }
    return undefined
  }

  async #upload(desk: AppDesk, id: string, where: string): Promise<Placing> {
    const { media, random, stopping } = this.#deps
    const medium = await media.get(id)
    const blob = medium && (await media.open(medium))
    if (medium === undefined || blob === undefined) return this.#missing(desk, id)
    const { filename, type, sha256 } = medium
    const { sent, ...carried } = carryFile({ blob, filename }, undefined)
    const uploadedAt = this.#now()
    const from = this.#steadyNow()
    const exchange = await talk(desk.api, { path: UPLOAD_API, query: { type }, ...carried, signal: stopping })
    const hash = sent.hash()
    if (hash !== undefined && hash !== sha256) return this.#missing(desk, id)

    const tries = (this.#troubles.get(troubleKey(desk, id))?.tries ?? 0) + 1
    const verdict = decideUpload(exchange, tries, this.#steadyNow(), random)
    await desk.report({ news: verdict.health, from, at: this.#steadyNow() })
    if (verdict.kind === "refused") return this.#refused(desk, id, verdict)
    if (verdict.kind === "later") {
      // While WeCom cannot be reached nothing waits for longer than the app does.
      const at = verdict.health.kind === "unreachable" && desk.isUnreachable ? undefined : verdict.at
      return this.#notYet(desk, id, where, { ...verdict, at, tries })
    }
    const { mediaId } = verdict
    await this.#placed(desk, medium, where, { mediaId, uploadedAt })
    return { kind: "placed", mediaId }
  }

  #refused(desk: AppDesk, id: string, { errcode, errmsg }: { errcode: number; errmsg: string }): Placing {
    this.#troubles.delete(troubleKey(desk, id))
    this.#deps.log.warn({ app: desk.app.name, medium: id, errcode }, "WeCom does not take a file")
    return { kind: "refused", problem: { code: "media_refused", errcode, errmsg } }
  }

  #notYet(
    desk: AppDesk,
    id: string,
    where: string,
    {
      at: until,
      problem,
      closesUploads,
      tries,
    }: Extract<UploadDecision, { kind: "later" }> & { readonly tries: number },
  ): Placing {
    if (until !== undefined) this.#troubles.set(troubleKey(desk, id), { tries, until, problem })
    if (until !== undefined && closesUploads) this.#closed.set(where, { tries, until, problem })
    const at = until === undefined ? undefined : this.#deps.clock.toWall(until)
    this.#deps.log.warn({ app: desk.app.name, medium: id, until: at, ...problem }, "a file could not be uploaded yet")
    return { kind: "later", at, problem }
  }

  async #placed(desk: AppDesk, { id }: Medium, where: string, place: MediaPlace): Promise<void> {
    const { media, metrics, log } = this.#deps
    const key = `${where} ${id}`
    this.#troubles.delete(troubleKey(desk, id))
    this.#closed.delete(where)
    const wasRefused = this.#displaced.delete(key)
    const before = await media.placeOf(id, where)
    metrics.mediumUploaded(desk.app.name, wasRefused ? "refused" : before === undefined ? "first" : "expiring")
    if (wasRefused) this.#rememberRenewed(place.mediaId)
    this.#unwritten.set(key, place)
    try {
      await media.place(id, where, place)
      this.#unwritten.delete(key)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      log.error({ app: desk.app.name, medium: id, code: error.code }, "where a file is cannot be stored yet")
    }
  }

  #rememberRenewed(mediaId: string): void {
    const now = this.#steadyNow()
    for (const [old, at] of this.#renewed) if (now >= at + NO_THIRD_MS) this.#renewed.delete(old)
    this.#renewed.set(mediaId, now)
  }

  #missing(desk: AppDesk, id: string): Placing {
    this.#deps.log.error({ app: desk.app.name, medium: id }, "a file is gone from the disk, or is not what it was")
    return { kind: "refused", problem: { code: "media_missing" } }
  }

  async #living(id: string, where: string): Promise<MediaPlace | undefined> {
    const place = await this.#placeOf(id, where)
    return place !== undefined && this.#now() < place.uploadedAt + REUSED_FOR_MS ? place : undefined
  }

  async #placeOf(id: string, where: string): Promise<MediaPlace | undefined> {
    return this.#unwritten.get(`${where} ${id}`) ?? (await this.#deps.media.placeOf(id, where))
  }

  /** Media are the corp's, so all of its apps share them. */
  #where({ app }: AppDesk): string {
    return `${app.corpId} ${this.#deps.baseUrl}`
  }

  /** What is stored has a time of the wall clock. Where that misleads, WeCom refuses an id, and it is renewed. */
  #now(): number {
    return this.#deps.clock.now()
  }

  #steadyNow(): number {
    return this.#deps.clock.steady.now()
  }
}

/** The margin is longer than the window in which a call whose answer was lost is repeated (4 h). */
const REUSED_FOR_MS = (MEDIA_LIFETIME_SECONDS - 6 * 3600) * 1000
const NO_THIRD_MS = 3_600_000
/** More would share one line, and be too slow each. */
const UPLOADS_AT_ONCE = 4

function troubleKey({ app }: AppDesk, id: string): string {
  return `${app.name} ${app.corpId} ${id}`
}
