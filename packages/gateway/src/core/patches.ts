import type { RecipientPatch } from "./ports/outbox.ts"
import type { RecipientDetail, RecipientPosition } from "./recipients.ts"
import type { RecipientState } from "./states.ts"

/** What is to become of one recipient that is pending. */
export interface RecipientChange {
  readonly state: RecipientState
  readonly detail?: RecipientDetail | undefined
  /** Undefined: it stays as it is. Null: forgotten. */
  readonly userid?: string | null | undefined
  /** Of the call that brought it about. */
  readonly call?: number | undefined
}

/** Gathers changes of single recipients into few patches: a thousand that fare alike are one. */
export class Patches {
  readonly #groups = new Map<string, Group>()

  add([chunk, place]: RecipientPosition, change: RecipientChange): void {
    const { state, detail, userid, call } = change
    const withUserid = userid !== undefined
    const key = `${chunk} ${state} ${withUserid} ${call} ${detail === undefined ? "" : JSON.stringify(detail)}`
    let group = this.#groups.get(key)
    if (group === undefined) this.#groups.set(key, (group = { chunk, change, places: [], userids: [] }))
    group.places.push(place)
    if (withUserid) group.userids.push(userid)
  }

  get isEmpty(): boolean {
    return this.#groups.size === 0
  }

  list(): RecipientPatch[] {
    return [...this.#groups.values()].map(({ chunk, change: { state, detail, call }, places, userids }) => ({
      chunk,
      places,
      from: ["pending"],
      state,
      ...(userids.length > 0 && { userids }),
      ...(call !== undefined && { call }),
      ...(detail !== undefined && { detail }),
    }))
  }
}

interface Group {
  readonly chunk: number
  readonly change: RecipientChange
  readonly places: number[]
  readonly userids: (string | null)[]
}
