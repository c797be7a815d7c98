import { MAX_DEPARTMENTS_PER_CALL, MAX_TAGS_PER_CALL, MAX_USERS_PER_CALL } from "@wecom-push/protocol"
import type { TargetKind } from "@wecom-push/protocol/delivery"
import type { SendTime } from "../limits/member-windows.ts"
import type { CarriedTarget } from "./target.ts"

/** A call before it is frozen. */
export interface Draft {
  readonly targets: CarriedTarget[]
  /** Counted in the windows of its members from the moment they are put in. */
  readonly send: SendTime
}

/**
 * Packs targets into the fewest calls WeCom allows, in the order in which they come, so that a call can leave as soon
 * as it is full: departments and tags ride with the first calls that have room for them.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export class CallFiller {
  /** Not taken yet. */
  readonly #drafts: FillingDraft[] = []
  readonly #newSend: () => SendTime

  /** @param newSend of the run that sees to it that none of them stays open */
  constructor(newSend: () => SendTime) {
    this.#newSend = newSend
  }

  /** The call that has room for another of this kind. */
  room(kind: TargetKind): Draft {
    return this.#drafts.find(({ counts }) => counts[kind] < MOST_PER_CALL[kind]) ?? this.#open()
  }

  /** @param draft as `room` gave it */
  put(draft: Draft, target: CarriedTarget): void {
    draft.targets.push(target)
    const filling = this.#drafts.find((one) => one === draft)
    if (filling !== undefined) filling.counts[target.kind]++
  }

  /** A call that has no room for another member. */
  takeFull(): Draft | undefined {
    const [first] = this.#drafts
    return first !== undefined && first.counts.user === MOST_PER_CALL.user ? this.#drafts.shift() : undefined
  }

  /** The next call as it is. */
  take(): Draft | undefined {
    const draft = this.#drafts.shift()
    return draft === undefined || draft.targets.length > 0 ? draft : this.take()
  }

  #open(): FillingDraft {
    const draft = { targets: [], send: this.#newSend(), counts: { user: 0, department: 0, tag: 0, all: 0 } }
    this.#drafts.push(draft)
    return draft
  }
}

interface FillingDraft extends Draft {
  readonly counts: Record<TargetKind, number>
}

const MOST_PER_CALL = {
  user: MAX_USERS_PER_CALL,
  department: MAX_DEPARTMENTS_PER_CALL,
  tag: MAX_TAGS_PER_CALL,
  all: 1,
} as const satisfies Record<TargetKind, number>
