import type { EventType } from "./events.ts"

/** What WeCom tells of an app's members, each kept once however often it is told. */
export interface CallbackStore {
  /**
   * Keeps it with its event, in one commit. `known`: it was kept before, and nothing is added.
   * @throws {StorageError} when it could not be kept; WeCom must then not be told that it was taken
   */
  keep(callback: NewCallback): Promise<"kept" | "known">
  /** Codes that came with presses of a message's card, and codes that are spent; the newest first. */
  cardCodes(messageId: string, query: { readonly since: number }): Promise<readonly CardCode[]>
  /** WeCom will not take it again. */
  spend(code: SpentCode): Promise<void>
}

export interface NewCallback {
  readonly app: string
  /** The same when WeCom repeats a delivery, whatever repeats it. */
  readonly id: string
  readonly at: number
  readonly type: EventType
  readonly data: Readonly<Record<string, unknown>>
  /** Of a card. The message whose card it is becomes the event's, if the gateway sent it. */
  readonly press?: CardPress
}

export interface CardPress {
  /** As WeCom tells it: that of the card, which may be one of several calls of a message. */
  readonly taskId: string
  readonly userid: string
  /** Changes the card once, for 72 hours. */
  readonly responseCode: string
}

export interface CardCode {
  readonly code: string
  /** Number of the call whose card it changes. */
  readonly call: number
  /** Whose press it came with; undefined for one that came with the call itself. */
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
