import { TransientMap } from "../../model/compact/transient-map.ts"
import type { StoredMessage } from "../stored-message.ts"

/** Which claim holds which message. In memory: one process uses the database alone, and its claims end with it. */
export class Claims {
  readonly #byId = new TransientMap<string, HeldClaim>()
  readonly #bySeq = new TransientMap<number, HeldClaim>()
  #last = 0

  take(message: ClaimedRow, until: number): HeldClaim {
    this.drop(message.id)
    const held = { ...message, claim: ++this.#last, until, disturbed: false, dueAgainAt: Infinity }
    this.#byId.set(held.id, held)
    this.#bySeq.set(held.seq, held)
    return held
  }

  isHeld(seq: number, now: number): boolean {
    const held = this.#bySeq.get(seq)
    return held !== undefined && held.until > now
  }

  /** The claim if it still holds. */
  holding(id: string, claim: number): HeldClaim | undefined {
    const held = this.#byId.get(id)
    return held?.claim === claim ? held : undefined
  }

  of(id: string): HeldClaim | undefined {
    return this.#byId.get(id)
  }

  /** Its holder may have read recipients that have changed since. */
  disturb(id: string): void {
    const held = this.#byId.get(id)
    if (held === undefined) return
    held.disturbed = true
    held.copy = undefined
  }

  /** The holder looks again when it has finished, at the latest. */
  makeDue(id: string, at: number): void {
    const held = this.#byId.get(id)
    if (held === undefined) return
    this.disturb(id)
    held.dueAgainAt = Math.min(at, held.dueAgainAt)
  }

  drop(id: string): void {
    const held = this.#byId.get(id)
    if (held === undefined) return
    this.#byId.delete(id)
    this.#bySeq.delete(held.seq)
  }
}

export interface ClaimedRow {
  readonly id: string
  readonly seq: number
  readonly app: string
  /** The message as stored, until it is changed or this is used. */
  copy: StoredMessage | undefined
}

export interface HeldClaim extends ClaimedRow {
  readonly claim: number
  until: number
  disturbed: boolean
  /** When it was made due by others while it was held; Infinity: it was not. */
  dueAgainAt: number
}
