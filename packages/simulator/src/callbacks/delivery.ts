import type { JsonObject } from "../json.ts"

/** A member's event, and the result of its delivery to the app. */
export interface Delivery {
  readonly seq: number
  readonly atMs: number
  readonly agentid: number
  /** The smart robot that got the event; then there is no XML. */
  readonly bot?: string
  /** The frame that was sent over its connection. */
  readonly frame?: JsonObject
  readonly userid: string
  /** The message that was pressed or sent. */
  readonly msgid: string
  /** Such as `template_card_event`. */
  readonly event: string
  readonly eventKey: string
  readonly taskId: string
  readonly responseCode: string
  /** The chosen option ids of each question. */
  readonly selected: Readonly<Record<string, readonly string[]>>
  /** The plain text of the encrypted body. */
  readonly xml: string
  /** Empty when the app has no URL. */
  readonly url: string
  /** `kept`: the app has no URL for it. `failed`: all three tries failed. */
  state: "waiting" | "delivered" | "failed" | "kept"
  readonly tries: DeliveryTry[]
}

export interface DeliveryTry {
  readonly atMs: number
  readonly tookMs: number
  /** The status of the answer. */
  readonly status: number | undefined
  /** Why there was no answer, or why the reply in it was ignored. */
  readonly error: string | undefined
  /** The passive reply in the answer, in its JSON form. */
  readonly reply: JsonObject | undefined
}

/** Whether an app can be reached, checked when its URL was set. */
export interface Verification {
  readonly atMs: number
  readonly agentid: number
  readonly url: string
  readonly ok: boolean
  readonly status: number | undefined
  /** `wrong_echo` when the app returned anything but the decrypted text. */
  readonly error: string | undefined
}

/** A delivery as `GET /_sim/callbacks` shows it. Times are ISO 8601, by the simulator's clock. */
export interface CallbackDelivery {
  readonly seq: number
  readonly at: string
  /** 0 for a smart robot. */
  readonly agentid: number
  /** The smart robot that got the event. */
  readonly bot?: string
  /** The frame that was sent over its connection, or would have been. */
  readonly frame?: JsonObject
  readonly userid: string
  /** The message that was pressed or sent. */
  readonly msgid: string
  /** Such as `template_card_event`. */
  readonly event: string
  readonly event_key: string
  /** Empty when the card has none. */
  readonly task_id: string
  readonly response_code: string
  /** The chosen option ids of each question. */
  readonly selected: Readonly<Record<string, readonly string[]>>
  /** The plain text of the encrypted body. */
  readonly xml: string
  /** Empty when the app has no URL. */
  readonly url: string
  /**
   * `waiting`: the first try failed, another follows. `failed`: all three tries failed. `kept`: the app has no URL, or
   * the robot no connection; it is not delivered later.
   */
  readonly state: Delivery["state"]
  readonly tries: readonly CallbackTry[]
}

export interface CallbackTry {
  readonly at: string
  /** The duration in milliseconds, by the simulator's clock. */
  readonly took_ms: number
  /** The status of the answer; null when there was none. */
  readonly status: number | null
  /** Why there was no answer, or why the reply in it was ignored. */
  readonly error: string | null
  /** The passive reply in the answer, in its JSON form. */
  readonly reply: JsonObject | null
}

export function deliveryView(delivery: Delivery): CallbackDelivery {
  return {
    seq: delivery.seq,
    at: new Date(delivery.atMs).toISOString(),
    agentid: delivery.agentid,
    ...(delivery.bot === undefined ? {} : { bot: delivery.bot }),
    ...(delivery.frame === undefined ? {} : { frame: delivery.frame }),
    userid: delivery.userid,
    msgid: delivery.msgid,
    event: delivery.event,
    event_key: delivery.eventKey,
    task_id: delivery.taskId,
    response_code: delivery.responseCode,
    selected: delivery.selected,
    xml: delivery.xml,
    url: delivery.url,
    state: delivery.state,
    tries: delivery.tries.map(({ atMs, tookMs, status, error, reply }) => ({
      at: new Date(atMs).toISOString(),
      took_ms: tookMs,
      status: status ?? null,
      error: error ?? null,
      reply: reply ?? null,
    })),
  }
}

export function verificationView({ atMs, agentid, url, ok, status, error }: Verification): JsonObject {
  return { at: new Date(atMs).toISOString(), agentid, url, ok, status: status ?? null, error: error ?? null }
}
