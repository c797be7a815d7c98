import type { StoredEvent } from "../../model/ports/events.ts"

export type Seen = Pick<StoredEvent, "id" | "at" | "type" | "app" | "messageId">

/** The events that were last read of the log, to check whether it is still the same log. */
export class RecentEvents {
  readonly #seen: Seen[] = []

  get newest(): Seen | undefined {
    return this.#seen.at(-1)
  }

  get ids(): readonly number[] {
    return this.#seen.map(({ id }) => id)
  }

  add({ id, at, type, app, messageId }: Seen): void {
    this.#seen.push({ id, at, type, app, messageId })
    if (this.#seen.length > 2 * MOST_KEPT) this.#seen.splice(0, MOST_KEPT)
  }

  isNewest(event: StoredEvent | undefined): boolean {
    const { newest } = this
    return event !== undefined && newest !== undefined && isSame(event, newest)
  }

  /**
   * Up to which event the log is unchanged.
   * @param stored the events that now have these numbers
   * @returns 0 where none of them exists any more
   */
  lastOf(stored: readonly StoredEvent[]): number {
    const byId = new Map(stored.map((event) => [event.id, event]))
    const last = this.#seen.findLast((seen) => {
      const now = byId.get(seen.id)
      return now !== undefined && isSame(now, seen)
    })
    return last?.id ?? 0
  }
}

function isSame(one: Seen, other: Seen): boolean {
  return (
    one.id === other.id &&
    one.at === other.at &&
    one.type === other.type &&
    one.app === other.app &&
    one.messageId === other.messageId
  )
}

/** More than a standby lags behind. */
export const MOST_KEPT = 2000
