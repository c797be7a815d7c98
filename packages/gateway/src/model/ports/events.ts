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

/** `wecom.` and what WeCom calls it, as in `wecom.enter_party`. */
export type CallbackEventType = "card.clicked" | "card.menu_clicked" | `wecom.${string}`

export interface StoredEvent {
  /** Ascending; `Last-Event-ID` resumes after it. */
  readonly id: number
  readonly at: number
  readonly type: EventType
  readonly app: string
  readonly messageId: string | undefined
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * What happened, in the order in which it was committed. The stores write it, each event in the transaction of the
 * change it tells about.
 */
export interface EventLog {
  /** The id of the newest, which is kept however old it is; 0 when there has been none. */
  latest(): Promise<number>
  /** The id of the oldest that is kept; 0 when there has been none. */
  oldest(): Promise<number>
  /**
   * Whether a reader who has come to the event with this id can go on behind it. False for one that was told before a backup
   * was restored that does not have it.
   */
  isStillThere(id: number): Promise<boolean>
  /** Those after `id`, oldest first. */
  since(id: number, query: { readonly limit: number; readonly apps: AppScope }): Promise<readonly StoredEvent[]>
  /** Calls `listener` after the commit of each event, in order. @returns what ends the subscription */
  subscribe(listener: (event: StoredEvent) => void): () => void
}
