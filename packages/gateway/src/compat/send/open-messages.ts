import type { MessageState } from "@wecom-push/protocol/delivery"
import type { Accepted } from "../../accept/acceptor.ts"
import type { EventLog } from "../../ports/events.ts"

/**
 * Messages that are not settled yet, by what was asked for. A client that loses patience asks the same again, and joins
 * the first instead of making a second message of it.
 */
export class OpenMessages implements Disposable {
  readonly #unsubscribe: () => void
  /** Oldest first. */
  readonly #byName = new Map<string, Open>()
  readonly #byId = new Map<string, Open>()

  constructor(events: Pick<EventLog, "subscribe">) {
    this.#unsubscribe = events.subscribe(({ type, messageId = "" }) => {
      const settled = type === "message.finished" ? this.#byId.get(messageId) : undefined
      if (settled !== undefined) this.#drop(settled)
    })
  }

  /**
   * Accepts the message, unless an equal one is open.
   * @param name the same for equal messages of one sender
   */
  async join(name: string, now: number, accept: () => Promise<Accepted>): Promise<Accepted> {
    this.#dropOld(now)
    const first = this.#byName.get(name)
    if (first !== undefined) return first.accepted

    const open: Open = { name, accepted: accept(), until: now + JOIN_MS, messageId: undefined }
    this.#byName.set(name, open)
    try {
      const { id, state } = await open.accepted
      if (!UNSETTLED.has(state)) this.#drop(open)
      else if (this.#byName.get(name) === open) {
        open.messageId = id
        this.#byId.set(id, open)
      }
    } catch {
      // Whoever joined hears of it too; the next one tries anew.
      this.#drop(open)
    }
    return open.accepted
  }

  [Symbol.dispose](): void {
    this.#unsubscribe()
  }

  #dropOld(now: number): void {
    for (const open of this.#byName.values()) {
      if (now < open.until) return
      this.#drop(open)
    }
  }

  #drop(open: Open): void {
    if (this.#byName.get(open.name) === open) this.#byName.delete(open.name)
    if (open.messageId !== undefined) this.#byId.delete(open.messageId)
  }
}

interface Open {
  readonly name: string
  readonly accepted: Promise<Accepted>
  /** Milliseconds since 1970. */
  readonly until: number
  messageId: string | undefined
}

const JOIN_MS = 60_000
const UNSETTLED: ReadonlySet<MessageState> = new Set(["scheduled", "queued", "sending"])
