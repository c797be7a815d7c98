import type { MessageDetail } from "../messages.ts"

interface Event<Type extends string, Data> {
  /** Ascending; pass it as `after` to continue after this event. */
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

/** `app.quota_low` and `app.quota_spent` concern the day quota. */
export type AppEvent = OfApp<
  "app.paused" | "app.resumed" | "app.changed" | "app.quota_low" | "app.quota_spent",
  Readonly<Record<string, unknown>>
>

/** A member has pressed a card, or chosen from its menu; or any other callback of WeCom. */
export interface CallbackEvent extends Event<
  "card.clicked" | "card.menu_clicked" | `wecom.${string}`,
  Readonly<Record<string, unknown>>
> {
  readonly app: string
  readonly message_id: string | null
}

interface Missed {
  readonly last_event_id: number
  /**
   * `restored`: a restored backup does not have the event that was read last. `deleted`: the events after it were
   * deleted because of their age.
   */
  readonly reason: "restored" | "deleted"
}

/** Comes first when some events may have been missed. The oldest ones that are kept follow. Read again what matters to you. */
export interface Reset extends Event<"reset", Missed> {
  readonly app: null
  readonly message_id: null
}

export type GatewayEvent = MessageAccepted | MessageProgress | AppEvent | CallbackEvent | Reset
