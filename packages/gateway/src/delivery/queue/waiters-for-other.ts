/**
 * Messages of robots whose members wait for the app that `else` names. They were given back until a time of their own; a
 * change of that app, or its removal, makes them due before.
 */
export class WaitersForOther {
  readonly #wake: (messageIds: readonly string[]) => void
  /** The messages that wait for each such app, the oldest first. */
  readonly #ofApp = new Map<string, Set<string>>()
  #changes = 0

  /** @param wake makes these due again */
  constructor(wake: (messageIds: readonly string[]) => void) {
    this.#wake = wake
  }

  /**
   * The turn of the message is over.
   * @returns a function to call when the message is back in the store, because only there it can be made due
   */
  turnEnded(app: string, messageId: string): () => void {
    const before = this.#changes
    return () => {
      if (this.#changes === before) this.#wait(app, messageId)
      else this.#wake([messageId])
    }
  }

  changed(app: string): void {
    this.#changes++
    const ids = this.#ofApp.get(app)
    if (ids === undefined) return
    this.#ofApp.delete(app)
    this.#wake([...ids])
  }

  #wait(app: string, messageId: string): void {
    const ids = this.#ofApp.get(app) ?? new Set<string>()
    this.#ofApp.set(app, ids)
    ids.delete(messageId)
    // The messages that are forgotten check by themselves, once a minute.
    const [oldest] = ids
    if (ids.size >= MOST_REMEMBERED && oldest !== undefined) ids.delete(oldest)
    ids.add(messageId)
  }
}

/** The most messages for each app. */
const MOST_REMEMBERED = 1000
