import type { AppScope } from "./reader.ts"

export type EventType =
  | "message.accepted"
  | "message.finished"
  | "message.reopened"
  | "message.changed"
  | "app.paused"
  | "app.resumed"
  | "app.changed"
  | "app.quota_low"
  | "app.quota_spent"
  | CallbackEventType

/** `wecom.` and WeCom's name of the event, as in `wecom.enter_party`. */
export type CallbackEventType = "card.clicked" | "card.menu_clicked" | `wecom.${string}`

export interface StoredEvent {
  /** Ascending; `Last-Event-ID` resumes after it. */
  readonly id: number
  readonly at: number
  readonly type: EventType
  readonly app: string
  readonly messageId: string | undefined
  /** The app of the message, where it is another app: a key that does not hold that app must not see the message. */
  readonly messageApp?: string
  readonly data: Readonly<Record<string, unknown>>
}

export type NewEvent = Omit<StoredEvent, "id">

/**
 * What happened, in the order of the commits. The stores write each event in the transaction of the change that it
 * reports.
 */
export interface EventLog {
  /** The id of the newest, which is kept however old it is; 0 when there has been none. */
  latest(): Promise<number>
  /** The id of the oldest that is kept; 0 when there has been none. */
  oldest(): Promise<number>
  /**
   * Whether a reader of the event with this id can continue after it. False for an event that was read before a
   * restored backup that does not have it.
   */
  isStillThere(id: number): Promise<boolean>
  /** Those after `id`, oldest first. */
  since(id: number, query: { readonly limit: number; readonly apps: AppScope }): Promise<readonly StoredEvent[]>
  /** Calls `listener` after the commit of each event, in order. @returns what ends the subscription */
  subscribe(listener: (event: StoredEvent) => void): () => void
}
