import type { RecipientState } from "@wecom-push/protocol/delivery"
import type { RecipientUpdate } from "./ports/outbox.ts"
import { chunkOf, slotOf } from "./recipients.ts"
import type { RecipientDetail, RecipientPosition } from "./recipients.ts"

/** The change of one pending recipient. */
export interface RecipientChange {
  readonly state: RecipientState
  readonly detail?: RecipientDetail | undefined
  /** Undefined: unchanged. Null: forgotten. */
  readonly userid?: string | null | undefined
  /** The call that caused the change. */
  readonly call?: number | undefined
}

/** Gathers changes of single recipients into few updates: a thousand equal changes are one. */
export class RecipientUpdates {
  readonly #groups: Group[] = []
  /** Most changes equal the one before, and need no key. */
  #last: Group | undefined
  /** Created with the second group: most have one alone. */
  #byKey: Map<string, Group> | undefined

  add(position: RecipientPosition, change: RecipientChange): void {
    const chunk = chunkOf(position)
    const group = this.#last !== undefined && isOf(this.#last, chunk, change) ? this.#last : this.#find(chunk, change)
    group.slots.push(slotOf(position))
    if (change.userid !== undefined) group.userids.push(change.userid)
    this.#last = group
  }

  #find(chunk: number, change: RecipientChange): Group {
    const group: Group = { chunk, change, slots: [], userids: [] }
    const [first] = this.#groups
    if (first !== undefined) {
      this.#byKey ??= new Map([[keyOf(first.chunk, first.change), first]])
      const key = keyOf(chunk, change)
      const known = this.#byKey.get(key)
      if (known !== undefined) return known
      this.#byKey.set(key, group)
    }
    this.#groups.push(group)
    return group
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0
  }

  list(): RecipientUpdate[] {
    return this.#groups.map(({ chunk, change: { state, detail, call }, slots, userids }) => ({
      chunk,
      slots,
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
  readonly slots: number[]
  readonly userids: (string | null)[]
}

function keyOf(chunk: number, { state, detail, userid, call }: RecipientChange): string {
  return `${chunk} ${state} ${userid !== undefined} ${call} ${detail === undefined ? "" : JSON.stringify(detail)}`
}

/** Compares details by identity: an equal detail in another object is found by its key. */
function isOf({ chunk, change }: Group, itsChunk: number, { state, detail, userid, call }: RecipientChange): boolean {
  return (
    chunk === itsChunk &&
    change.state === state &&
    change.detail === detail &&
    change.call === call &&
    (change.userid === undefined) === (userid === undefined)
  )
}
