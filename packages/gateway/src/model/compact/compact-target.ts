import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { RecipientPosition } from "../recipients.ts"
import type { CallTarget } from "../target.ts"

/**
 * A target in memory. A single recipient means nearly every target, and its position is stored in the object itself: as
 * lists, the thousand in each of fifty calls under way would take megabytes, which live just long enough to burden the
 * garbage collector.
 */
export class CompactTarget implements CallTarget {
  readonly kind: TargetKind
  readonly id: string
  readonly key: string
  readonly #first: RecipientPosition
  readonly #isRemembered: boolean
  #others: Other[] | undefined

  constructor(kind: TargetKind, id: string, key: string, position: RecipientPosition, isRemembered: boolean) {
    this.kind = kind
    this.id = id
    this.key = key
    this.#first = position
    this.#isRemembered = isRemembered
  }

  /** Another recipient means it too. */
  add(position: RecipientPosition, isRemembered: boolean): void {
    const other = { position, isRemembered }
    if (this.#others === undefined) this.#others = [other]
    else this.#others.push(other)
  }

  get positions(): readonly RecipientPosition[] {
    return this.#others === undefined ? [this.#first] : [this.#first, ...this.#others.map(({ position }) => position)]
  }

  get remembered(): readonly boolean[] {
    const others = this.#others ?? []
    return [this.#isRemembered, ...others.map(({ isRemembered }) => isRemembered)]
  }
}

interface Other {
  readonly position: RecipientPosition
  readonly isRemembered: boolean
}
