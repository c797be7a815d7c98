import type { MessageDetail } from "../messages.ts"

interface Event<Type extends string, Data> {
  /** Ascending; `after` of the next follower. */
  readonly id: number
  readonly at: string
  readonly type: Type
  readonly data: Data
}

interface OfApp<Type extends string, Data> extends Event<Type, Data> {
  readonly app: string
  readonly message_id: null
}

interface OfMessage<Type extends string, Data> extends Event<Type, Data> {
  readonly app: string
  readonly message_id: string
}

interface Progress {
  readonly state: MessageDetail["state"]
  readonly counts: Readonly<Partial<MessageDetail["recipients"]>>
}

export type MessageAccepted = OfMessage<
  "message.accepted",
  { readonly state: MessageDetail["state"]; readonly recipients: number }
>
/** Every recipient has a final state; `message.reopened` by a retry; `message.changed` after the end, as by a recall. */
export type MessageProgress = OfMessage<"message.finished" | "message.reopened" | "message.changed", Progress>

/** `app.quota_low` and `app.quota_spent` are of the day quota. */
export type AppEvent = OfApp<
  "app.paused" | "app.resumed" | "app.changed" | "app.quota_low" | "app.quota_spent",
  Readonly<Record<string, unknown>>
>

/** A member has pressed a card, or chosen from its menu; or whatever else WeCom calls back with. */
export interface CallbackEvent extends Event<
  "card.clicked" | "card.menu_clicked" | `wecom.${string}`,
  Readonly<Record<string, unknown>>
> {
  readonly app: string
  readonly message_id: string | null
}

interface Missed {
  readonly last_event_id: number
  /** A backup was restored that does not have the event that was read last; or those behind it were deleted by their age. */
  readonly reason: "restored" | "deleted"
}

/** The first event where some may have been missed. The oldest that are kept follow. Read again what matters to you. */
export interface Reset extends Event<"reset", Missed> {
  readonly app: null
  readonly message_id: null
}

export type GatewayEvent = MessageAccepted | MessageProgress | AppEvent | CallbackEvent | Reset
