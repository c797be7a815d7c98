import { UNREADABLE_SECRET } from "@wecom-push/protocol/delivery"
import type { AppPause, AppRecord } from "../../model/ports/apps.ts"
import type { EventLog } from "../../model/ports/events.ts"
import type { CompatAnswer } from "./answer.ts"
import { ownErrmsg, relayedErrmsg } from "./errmsg.ts"

/**
 * Decides the answer to callers of an app with a configuration error, and when one of them may try whether it is corrected.
 */
export class Pauses implements Disposable {
  readonly #unsubscribe: () => void
  readonly #listeners = new Map<string, Set<() => void>>()
  readonly #probing = new Set<string>()

  constructor(events: Pick<EventLog, "subscribe">) {
    this.#unsubscribe = events.subscribe(({ type, app }) => {
      if (type !== "app.paused") return
      for (const tell of this.#listeners.get(app) ?? []) tell()
    })
  }

  /**
   * Lets a message in, unless the app is paused. Messages that wait for a paused app try it once a minute. If none waits,
   * because all were refused here, the next message is the try.
   * @returns undefined if nothing is accepted; otherwise an object to dispose of when the outcome is known
   */
  enter({ name, pause }: AppRecord, now: number): Disposable | undefined {
    if (pause === undefined) return NOTHING_TO_LEAVE
    if (this.#probing.has(name) || now < pause.nextProbeAt + GRACE_MS) return undefined
    this.#probing.add(name)
    return { [Symbol.dispose]: () => this.#probing.delete(name) }
  }

  /** `paused` resolves when the app is paused, from now on until this is disposed of. */
  watch(app: string): Disposable & { readonly paused: Promise<void> } {
    const { promise: paused, resolve: tell } = Promise.withResolvers<void>()
    const listeners = this.#listeners.get(app) ?? new Set()
    this.#listeners.set(app, listeners.add(tell))
    return {
      paused,
      [Symbol.dispose]: () => {
        listeners.delete(tell)
        if (listeners.size === 0) this.#listeners.delete(app)
      },
    }
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }
}

const NOTHING_TO_LEAVE: Disposable = { [Symbol.dispose]: () => {} }
/** Time for the messages that wait to make their try. */
const GRACE_MS = 2000

/** The error that paused the app, as WeCom gave it. */
export function pauseAnswer({ errcode, errmsg }: AppPause): CompatAnswer {
  if (errmsg === UNREADABLE_SECRET)
    return {
      errcode: -1,
      errmsg: ownErrmsg(-1, "the stored secret of the app is damaged and must be set again; nothing was accepted"),
    }
  // The error is in the gateway's certificate or proxy: WeCom gave no code, and callers need not know how the gateway
  // reaches it.
  if (errcode === 0)
    return { errcode: -1, errmsg: ownErrmsg(-1, "the gateway cannot reach WeCom; nothing was accepted") }
  return { errcode, errmsg: relayedErrmsg(errcode, errmsg) }
}
