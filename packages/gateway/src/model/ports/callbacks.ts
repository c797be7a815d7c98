import type { TaskType } from "@wecom-push/protocol/delivery"
import type { Spoken } from "./conversations.ts"
import type { EventType } from "./events.ts"

/** WeCom's callbacks about an app's members, each kept once however often WeCom sends it. */
export interface CallbackStore {
  /**
   * Keeps a callback with its event, in one commit. `known`: it was kept before, and nothing is added.
   * @throws {StorageError} when it could not be kept; WeCom must then not get an acknowledgement
   */
  keep(callback: NewCallback): Promise<"kept" | "known">
  /** Codes from presses of a message's card, and spent codes; the newest first. */
  cardCodes(messageId: string, query: { readonly since: number }): Promise<readonly CardCode[]>
  /** Records that a code is used: WeCom will not take it again. */
  spend(code: SpentCode): Promise<void>
}

export interface NewCallback {
  readonly app: string
  /** The same when WeCom repeats a delivery, whatever the cause. */
  readonly id: string
  readonly at: number
  readonly type: EventType
  readonly data: Readonly<Record<string, unknown>>
  /** A press of a card. The event belongs to the message of that card, if the gateway sent it. */
  readonly press?: CardPress
  /** A message to a smart robot: its conversation is open from now on. */
  readonly spoken?: Spoken | undefined
}

export interface CardPress {
  readonly msgtype: TaskType
  /** WeCom's id of the card. The card may belong to one of several calls of a message. */
  readonly taskId: string
  readonly userid: string
  /** The code that changes the card once, for 72 hours. Empty for a task card, which is changed by its task id. */
  readonly responseCode: string
}

export interface CardCode {
  readonly code: string
  /** Number of the call whose card it changes. */
  readonly call: number
  /** The member whose press it came with; undefined when it came with the call itself. */
  readonly userid: string | undefined
  readonly at: number
  readonly spentAt: number | undefined
}

export interface SpentCode {
  readonly messageId: string
  readonly call: number
  readonly code: string
  readonly at: number
}
