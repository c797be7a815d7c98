import { hash } from "node:crypto"
import { mapMediaIds, MEDIA_TYPES } from "@wecom-push/protocol"
import { isMediumId, MEDIUM_PREFIX } from "../../model/medium-id.ts"
import type { Message, MessageProblem } from "../../model/message.ts"
import { changeInSlices } from "../commands/change-in-slices.ts"
import type { ClaimedMessage, MessageChange, OutboxStore } from "../../model/ports/outbox.ts"
import type { MessageReader } from "../../model/ports/reader.ts"
import type { DeliveryMetrics } from "../../model/ports/metrics.ts"
import type { Uploading, UploadingApp, Uploads } from "../../channels/app-message/uploads.ts"

/** The message at work: what its files need to know about it, and what they may do to it. */
export interface MediaOwner {
  readonly message: Message
  readonly claimed: Pick<ClaimedMessage, "chunkCount">
  readonly runtime: UploadingApp
  readonly deps: {
    readonly outbox: Pick<OutboxStore, "openCalls" | "update">
    readonly reader: Pick<MessageReader, "message">
    readonly uploads: Pick<Uploads, "provide" | "read" | "replace">
    readonly metrics: Pick<DeliveryMetrics, "recipientsFinished">
  }
  readonly nextWake: { until(at: number): void }
  now(): number
  queuePosition(): number
  isHalted(): boolean
  isExpired(): boolean
  halted(): Promise<undefined>
  update(change: Omit<MessageChange, "messageId" | "at">): Promise<unknown>
}

/** The files that a message names. They have to be at WeCom before a call that uses them is frozen. */
export class MessageMedia {
  readonly #run: MediaOwner
  /** True at first: a problem that an earlier run noted is checked once. */
  #hasOldProblem = true

  constructor(run: MediaOwner) {
    this.#run = run
  }

  /**
   * A part of the message as WeCom takes it.
   * @returns undefined when it cannot go out now; the run has noted why, and until when
   */
  async filled(part: number): Promise<string | undefined> {
    const run = this.#run
    const message = contentOf(run.message, part)
    if (run.message.msgtype === "image" && run.runtime.channel.kind.inlinesImages === true)
      return this.#inlined(message)
    const mediaIds = new Map<string, string>()
    for (const id of idsIn(message)) {
      const uploading = await this.#provide(id)
      if (uploading?.kind !== "uploaded") {
        if (uploading !== undefined) await this.#tell(uploading)
        return undefined
      }
      mediaIds.set(id, uploading.mediaId)
    }
    // An upload may take minutes.
    if (run.isHalted() || run.isExpired()) return undefined
    await this.#forgetProblem()
    return JSON.stringify(mapMediaIds(message, (id) => (isMediumId(id) ? mediaIds.get(id) : id)))
  }

  /** The part with the image itself in the place of its id. */
  async #inlined(message: object): Promise<string | undefined> {
    const run = this.#run
    const [id] = idsIn(message)
    if (id === undefined) return JSON.stringify(message)
    const read = await run.deps.uploads.read(run.runtime, id)
    if (read.kind !== "read") {
      await this.#tell(read)
      return undefined
    }
    if (run.isHalted() || run.isExpired()) return undefined
    await this.#forgetProblem()
    const image = { base64: read.bytes.toString("base64"), md5: hash("md5", read.bytes) }
    return JSON.stringify({ ...message, image })
  }

  /**
   * Called when WeCom refused a call because of an id of a file in it.
   * @param body of the call
   * @returns whether other ids can be had
   */
  async renew(part: number, body: string): Promise<boolean> {
    const { runtime, deps, message } = this.#run
    const used = new Map<string, unknown>()
    mapMediaIds(asObject(body), (id, { path }) => used.set(path, id))
    let isRenewed = false
    for (const [path, id] of namedIn(contentOf(message, part))) {
      const mediaId = used.get(path)
      if (typeof mediaId !== "string") continue
      if (await deps.uploads.replace(runtime, id, mediaId)) isRenewed = true
    }
    return isRenewed
  }

  /** @returns undefined when the message is halted meanwhile */
  #provide(id: string): Promise<Uploading | undefined> {
    const { deps, runtime } = this.#run
    // The upload continues: others may need the file, and so may the next run.
    return Promise.race([deps.uploads.provide(runtime, id), this.#run.halted()])
  }

  async #tell(uploading: Exclude<Uploading, { kind: "uploaded" }>): Promise<void> {
    const run = this.#run
    if (uploading.problem !== undefined) await run.update({ updates: [], problem: uploading.problem })
    if (uploading.kind === "later") {
      this.#hasOldProblem = true
      // A message that waits for its app keeps its place in the queue.
      return run.nextWake.until(uploading.at ?? run.queuePosition())
    }
    await this.#fail(uploading.problem)
  }

  /**
   * Fails all pending recipients: none of them is the cause, and none will get the message. Calls under way end as they end.
   */
  async #fail({ code: reason, errcode }: MessageProblem): Promise<void> {
    const { claimed, deps, message } = this.#run
    const detail = { reason, ...(errcode !== undefined && { errcode }) }
    const changed = await changeInSlices(deps.outbox, {
      messageId: message.id,
      chunkCount: claimed.chunkCount,
      at: this.#run.now(),
      updates: [{ from: ["pending"], state: "failed", detail }],
    })
    deps.metrics.recipientsFinished(message.app, "failed", changed.recipients)
  }

  /** The problem is solved: without this, nothing else would remove the note about it. */
  async #forgetProblem(): Promise<void> {
    if (!this.#hasOldProblem) return
    this.#hasOldProblem = false
    const { deps, message } = this.#run
    const summary = await deps.reader.message(message.id, { apps: "all", now: this.#run.now() })
    if (summary?.problem !== undefined && OURS.has(summary.problem.code)) {
      await this.#run.update({ updates: [], problem: null })
    }
  }
}

/** Whether it names files of the gateway. For most messages, which do not, only their type is checked. */
export function namesMedia({ msgtype, parts }: Message): boolean {
  return MAY_NAME_MEDIA.has(msgtype) && parts.some((part) => part.includes(`"${MEDIUM_PREFIX}`))
}

const MAY_NAME_MEDIA: ReadonlySet<string> = new Set([...MEDIA_TYPES, "mpnews", "template_card"])
const OURS: ReadonlySet<string> = new Set(["upload_failed", "app_paused", "files_unavailable"])

function contentOf(message: Message, part: number): object {
  return asObject(message.parts[part] ?? "{}")
}

function asObject(json: string): object {
  const value: unknown = JSON.parse(json)
  return typeof value === "object" && value !== null ? value : {}
}

/** Each id once, in their order. */
function idsIn(message: object): readonly string[] {
  return [...new Set(namedIn(message).map(([, id]) => id))]
}

function namedIn(message: object): readonly (readonly [path: string, id: string])[] {
  const found: [string, string][] = []
  mapMediaIds(message, (id, { path }) => {
    if (isMediumId(id)) found.push([path, id])
    return id
  })
  return found
}
