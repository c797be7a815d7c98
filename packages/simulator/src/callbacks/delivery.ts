import type { JsonObject } from "../json.ts"

/** An event of a member's, and the result of its delivery to the app. */
export interface Delivery {
  readonly seq: number
  readonly atMs: number
  readonly agentid: number
  /** The smart robot that got it; then there is no XML. */
  readonly bot?: string
  /** What went over its connection. */
  readonly frame?: JsonObject
  readonly userid: string
  /** The message it came from. */
  readonly msgid: string
  /** As in `template_card_event`. */
  readonly event: string
  readonly eventKey: string
  readonly taskId: string
  readonly responseCode: string
  /** Option ids by question. */
  readonly selected: Readonly<Record<string, readonly string[]>>
  /** What is encrypted in the body. */
  readonly xml: string
  /** Empty where the app has none. */
  readonly url: string
  /** `kept`: the app has no URL for it. `failed`: three tries were in vain. */
  state: "waiting" | "delivered" | "failed" | "kept"
  readonly tries: DeliveryTry[]
}

export interface DeliveryTry {
  readonly atMs: number
  readonly tookMs: number
  /** Of the answer. */
  readonly status: number | undefined
  /** Why there was no answer, or why the reply in it was ignored. */
  readonly error: string | undefined
  /** The passive reply in the answer, in JSON's words. */
  readonly reply: JsonObject | undefined
}

/** Whether an app can be reached, asked when its URL was set. */
export interface Verification {
  readonly atMs: number
  readonly agentid: number
  readonly url: string
  readonly ok: boolean
  readonly status: number | undefined
  /** `wrong_echo` where something else than the decrypted text came back. */
  readonly error: string | undefined
}

/** A delivery as `GET /_sim/callbacks` shows it. Times are ISO 8601, by the simulator's clock. */
export interface CallbackDelivery {
  readonly seq: number
  readonly at: string
  /** 0 where it is a smart robot's. */
  readonly agentid: number
  /** The smart robot that got it. */
  readonly bot?: string
  /** What went over its connection, or would have. */
  readonly frame?: JsonObject
  readonly userid: string
  /** The message it came from. */
  readonly msgid: string
  /** As in `template_card_event`. */
  readonly event: string
  readonly event_key: string
  /** Empty where the card has none. */
  readonly task_id: string
  readonly response_code: string
  /** Option ids by question. */
  readonly selected: Readonly<Record<string, readonly string[]>>
  /** What is encrypted in the body. */
  readonly xml: string
  /** Empty where the app has none. */
  readonly url: string
  /**
   * `waiting`: the first try failed, another follows. `failed`: three tries were in vain. `kept`: the app has no URL for it,
   * or the robot no connection; it is not delivered later.
   */
  readonly state: Delivery["state"]
  readonly tries: readonly CallbackTry[]
}

export interface CallbackTry {
  readonly at: string
  /** In milliseconds, by the simulator's clock. */
  readonly took_ms: number
  /** Of the answer; null where there was none. */
  readonly status: number | null
  /** Why there was no answer, or why the reply in it was ignored. */
  readonly error: string | null
  /** The passive reply in the answer, in JSON's words. */
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
