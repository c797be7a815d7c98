import type { StoredEvent } from "../../model/ports/events.ts"

export type Seen = Pick<StoredEvent, "id" | "at" | "type" | "app" | "messageId">

/** What was read last of the log of events, to find out whether it is still the same log. */
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
   * Up to which event the log has not changed.
   * @param stored those of these numbers that are there now
   * @returns 0 where none is there any more
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

/** More than a standby is behind by. */
export const MOST_KEPT = 2000
