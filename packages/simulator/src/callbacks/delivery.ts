import type { JsonObject } from "../json.ts"

/** An event of a member's, and what became of telling it to the app. */
export interface Delivery {
  readonly seq: number
  readonly atMs: number
  readonly agentid: number
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
  /** `kept`: there is no URL to tell it to. `failed`: three tries were in vain. */
  state: "waiting" | "delivered" | "failed" | "kept"
  readonly tries: DeliveryTry[]
}

export interface DeliveryTry {
  readonly atMs: number
  readonly tookMs: number
  /** Of the answer. */
  readonly status: number | undefined
  /** Why there was no answer, or why the reply in it was left aside. */
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

/** A delivery as `GET /_sim/callbacks` shows it. */
export function deliveryView(delivery: Delivery): JsonObject {
  return {
    seq: delivery.seq,
    at: new Date(delivery.atMs).toISOString(),
    agentid: delivery.agentid,
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
