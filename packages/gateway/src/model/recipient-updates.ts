import type { RecipientUpdate } from "./ports/outbox.ts"
import { chunkOf, slotOf } from "./recipients.ts"
import type { RecipientPosition } from "./recipients.ts"

type Shared = Pick<RecipientUpdate, "state" | "call" | "detail">

/**
 * Gathers the changes of single pending recipients into few updates: a change that is the same for a thousand
 * recipients becomes one update.
 */
export class RecipientUpdates {
  readonly #groups: Group[] = []
  /** The group of the last recipient. Most recipients belong to the group of the one before, and need no key. */
  #last: Group | undefined
  /** Created with the second group, since most updates have only one group. */
  #byKey: Map<string, Group> | undefined

  /** @param userid undefined: it stays; null: it is removed */
  add(position: RecipientPosition, shared: Shared, userid?: string | null): void {
    const chunk = chunkOf(position)
    const last = this.#last
    const brings = userid !== undefined
    const group = last !== undefined && isOf(last, chunk, shared, brings) ? last : this.#find(chunk, shared, brings)
    group.slots.push(slotOf(position))
    if (userid !== undefined) group.userids?.push(userid)
    this.#last = group
  }

  #find(chunk: number, shared: Shared, bringsUserids: boolean): Group {
    const group: Group = { chunk, shared, slots: [], userids: bringsUserids ? [] : undefined }
    const [first] = this.#groups
    if (first !== undefined) {
      this.#byKey ??= new Map([[keyOf(first), first]])
      const key = keyOf(group)
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
    return this.#groups.map(({ chunk, shared: { state, detail, call }, slots, userids }) => ({
      chunk,
      slots,
      from: ["pending"],
      state,
      ...(userids !== undefined && { userids }),
      ...(call !== undefined && { call }),
      ...(detail !== undefined && { detail }),
    }))
  }
}

interface Group {
  readonly chunk: number
  readonly shared: Shared
  readonly slots: number[]
  /** Undefined where those of the recipients stay. */
  readonly userids: (string | null)[] | undefined
}

function keyOf({ chunk, shared: { state, detail, call }, userids }: Group): string {
  return `${chunk} ${state} ${userids !== undefined} ${call} ${detail === undefined ? "" : JSON.stringify(detail)}`
}

/** Compares details by identity: an equal detail in another object is found by its key. */
function isOf({ chunk, shared, userids }: Group, itsChunk: number, its: Shared, bringsUserid: boolean): boolean {
  return (
    chunk === itsChunk &&
    shared.state === its.state &&
    shared.detail === its.detail &&
    shared.call === its.call &&
    (userids !== undefined) === bringsUserid
  )
}
