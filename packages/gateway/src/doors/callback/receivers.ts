import { createHash } from "node:crypto"
import { CallbackReceiver } from "@wecom-push/sdk/callback"
import type { CallbackEvent } from "@wecom-push/sdk/callback"
import type { AppDirectory } from "../../accept/app-directory.ts"
import type { AppStore } from "../../model/ports/apps.ts"
import type { CallbackStore } from "../../model/ports/callbacks.ts"
import type { EventLog } from "../../model/ports/events.ts"
import type { DoorLog } from "../../model/ports/log.ts"
import { isStorableId, storable } from "../../model/storable.ts"
import { noticeOf } from "./notice.ts"

export interface ReceiverDeps {
  readonly directory: Pick<AppDirectory, "names">
  readonly apps: Pick<AppStore, "get" | "secrets">
  readonly callbacks: Pick<CallbackStore, "keep">
  readonly events: Pick<EventLog, "subscribe">
  readonly log: DoorLog
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Longer than any report of WeCom's about a member. */
export const MAX_CALLBACK_BYTES = 256 * 1024

/**
 * The receivers of the apps that WeCom may call back. Each is made when its app is first called, and again when its keys
 * change.
 */
export class Receivers implements Disposable {
  readonly #deps: ReceiverDeps
  readonly #receivers = new Map<string, Promise<CallbackReceiver | undefined>>()
  readonly #unsubscribe: () => void

  constructor(deps: ReceiverDeps) {
    this.#deps = deps
    this.#unsubscribe = deps.events.subscribe(({ type, app }) => {
      if (type === "app.changed") this.#receivers.delete(app)
    })
  }

  /** @returns undefined for an app that is unknown, or has no token and key for callbacks */
  async of(app: string): Promise<CallbackReceiver | undefined> {
    // A caller may invent any number of names; and no event reports that an app was deleted.
    if (!(await this.#deps.directory.names()).has(app)) return undefined
    const known = this.#receivers.get(app)
    if (known !== undefined) return known
    const made = this.#make(app)
    this.#receivers.set(app, made)
    made.catch(() => this.#receivers.delete(app))
    return made
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  async #make(name: string): Promise<CallbackReceiver | undefined> {
    const { apps, log, now } = this.#deps
    const app = await apps.get(name)
    const { callbackToken, encodingAesKey } = (app === undefined ? undefined : await apps.secrets(name)) ?? {}
    if (app === undefined || callbackToken === undefined || encodingAesKey === undefined) return undefined
    return new CallbackReceiver({
      token: callbackToken,
      encodingAesKey,
      receiveId: app.corpId,
      maxBodyBytes: MAX_CALLBACK_BYTES,
      clock: { now, sleep: () => Promise.resolve() },
      beforeAnswer: (event) => this.#keep(name, event),
      onError: (error) => log.error({ app: name, err: error }, "could not store a callback; WeCom sends it again"),
      onRefused: ({ reason }) => log.warn({ app: name, reason }, "a callback was refused: it is not this app's"),
    })
  }

  /** WeCom gets its answer when the event is on the disk. It repeats events that got no answer. */
  async #keep(app: string, received: CallbackEvent): Promise<void> {
    const { callbacks, log, now } = this.#deps
    // What a database refuses would be refused each time that WeCom sends it again.
    const event = storable(received)
    const { type, data, press } = noticeOf(event)
    const what = { app, id: idOf(event), at: now(), type, data, ...(press === undefined ? {} : { press }) }
    const kept = await callbacks.keep(what)
    log.debug({ app, type, kept }, "callback received")
  }
}

function idOf({ id }: CallbackEvent): string {
  return isStorableId(id) ? id : createHash("sha256").update(id).digest("base64url")
}
