import { writeXml, type XmlContent } from "@wecom-push/protocol/callback"
import { randomId, RESPONSE_CODE_BYTES } from "../ids.ts"
import type { App } from "../org/types.ts"
import { Ring } from "../ring.ts"
import { callApp } from "./call-app.ts"
import type { CallbackWorld } from "./callback-world.ts"
import { CARD_EVENT, TASK_EVENT, type CardPress } from "./card-press.ts"
import type { Delivery, DeliveryTry, Verification } from "./delivery.ts"
import { takeReply, type Speaker } from "./reply.ts"
import { hasCallbackKeys, seal } from "./seal.ts"
import { verifyUrl } from "./verify-url.ts"

/** WeCom closes the connection after 5 s, and tries three times in all. @see wecom document 90238 */
const ANSWER_LIMIT_MS = 5000
const MAX_TRIES = 3

/** Sends their members' events to apps, as WeCom does: encrypted, and again after a failure. */
export class Callbacks {
  readonly #world: CallbackWorld
  readonly #deliveries = new Ring<Delivery>()
  readonly #verifications = new Ring<Verification>()
  #ending = new AbortController()
  #seq = 0

  constructor(world: CallbackWorld) {
    this.#world = world
  }

  /** Oldest first. */
  deliveries(): Delivery[] {
    return this.#deliveries.toArray()
  }

  /** Oldest first. */
  verifications(): Verification[] {
    return this.#verifications.toArray()
  }

  /** Asks apps whether they can be reached, all at once. */
  async verify(apps: readonly App[], corpId: string): Promise<Verification[]> {
    const { signal } = this.#ending
    const verifications = await Promise.all(apps.map((app) => verifyUrl(this.#world.clock, app, corpId, signal)))
    for (const verification of verifications) this.#verifications.push(verification)
    this.#forgetOld()
    return verifications
  }

  /** Raises the event of a press. Resolves when the first try is over, or at once when the app has no URL. */
  raise(app: App, press: CardPress): Promise<Delivery> {
    const { clock, cardCodes } = this.#world
    const { userid, event, key: eventKey, selected, message } = press
    const taskId = message.taskId ?? ""
    const about = { userid, event, eventKey, selected, msgid: message.msgid, taskId, from: userid, press }
    const head = { MsgType: "event", Event: event, EventKey: eventKey, TaskId: taskId }
    // A task card's event spells `AgentId` unlike other cards', and has no code: the card is changed by its task.
    if (event === TASK_EVENT) {
      return this.#raise(app, { ...about, responseCode: "", elements: { ...head, AgentId: app.agentid } })
    }
    const responseCode = randomId(RESPONSE_CODE_BYTES)
    cardCodes.add(responseCode, message, clock.nowMs())
    const elements = {
      ...head,
      CardType: press.cardType,
      ResponseCode: responseCode,
      AgentID: app.agentid,
      SelectedItems: event === CARD_EVENT ? selectedItems(selected) : undefined,
    }
    return this.#raise(app, { ...about, responseCode, elements })
  }

  /** Raises what a member said or did, or what happened in the corp. Resolves as `raise` does. */
  tell(app: App, { userid, from, event, eventKey, msgid, elements }: ToldToApp): Promise<Delivery> {
    const about = { userid, event, eventKey, msgid, selected: {}, taskId: "", responseCode: "" }
    return this.#raise(app, { ...about, from, elements, press: undefined })
  }

  async #raise(app: App, { from, elements, press, ...about }: Raised): Promise<Delivery> {
    const { clock, org } = this.#world
    const signal = this.#ending.signal
    const atMs = clock.nowMs()
    const head = { ToUserName: org.document.corp_id, FromUserName: from, CreateTime: Math.floor(atMs / 1000) }
    const xml = await writeXml({ ...head, ...elements })
    const { url } = app.callback
    const canTell = url !== "" && hasCallbackKeys(app.callback)
    const state = canTell ? "waiting" : "kept"
    const delivery = this.enter({ ...about, atMs, agentid: app.agentid, xml, url, state, tries: [] })
    if (canTell) await this.#tell(app, { userid: about.userid, press }, delivery, signal)
    return delivery
  }

  /** Records an event that was delivered, or could not be. */
  enter(told: Omit<Delivery, "seq">): Delivery {
    const delivery = { seq: ++this.#seq, ...told }
    this.#deliveries.push(delivery)
    this.#forgetOld()
    return delivery
  }

  /** Forgets everything except the numbering, and stops all deliveries. */
  reset(): void {
    this.close()
    this.#ending = new AbortController()
    this.#deliveries.clear()
    this.#verifications.clear()
  }

  close(): void {
    this.#ending.abort()
  }

  /** Resolves after the first try; further tries are made in the background. */
  async #tell(app: App, speaker: Speaker, delivery: Delivery, signal: AbortSignal): Promise<void> {
    const startedMs = this.#world.clock.nowMs()
    const succeeded = await this.#try(app, speaker, delivery, signal)
    if (signal.aborted) return
    if (succeeded) delivery.state = "delivered"
    else if (delivery.tries.length === MAX_TRIES) delivery.state = "failed"
    else void this.#tellAgain(startedMs + ANSWER_LIMIT_MS, app, speaker, delivery, signal)
  }

  async #tellAgain(atMs: number, app: App, speaker: Speaker, delivery: Delivery, signal: AbortSignal): Promise<void> {
    await this.#world.clock.sleepUntil(atMs, signal)
    if (!signal.aborted) await this.#tell(app, speaker, delivery, signal)
  }

  async #try(app: App, speaker: Speaker, delivery: Delivery, signal: AbortSignal): Promise<boolean> {
    const { clock, org } = this.#world
    const startedMs = clock.nowMs()
    const { encrypted, query } = seal(delivery.xml, app.callback, org.document.corp_id)
    const body = await writeXml({ ToUserName: org.document.corp_id, AgentID: String(app.agentid), Encrypt: encrypted })
    const answer = await callApp(
      clock,
      { url: delivery.url, method: "POST", query, body, limitMs: ANSWER_LIMIT_MS },
      signal,
    )
    if (signal.aborted) return false
    const outcome =
      answer.kind === "unanswered"
        ? { status: undefined, error: answer.error, reply: undefined }
        : { status: answer.status, ...(await takeReply(this.#world, app, speaker, answer)) }
    const made: DeliveryTry = { atMs: startedMs, tookMs: clock.nowMs() - startedMs, ...outcome }
    delivery.tries.push(made)
    if (answer.kind === "unanswered") return false
    return answer.status === 200 || this.#world.settings.callback_failure === "no_answer"
  }

  #forgetOld(): void {
    const limit = this.#world.settings.keep ?? Number.POSITIVE_INFINITY
    while (this.#deliveries.length > limit) this.#deliveries.shift()
    while (this.#verifications.length > limit) this.#verifications.shift()
  }
}

/** Something that an app gets at its callback URL. */
export interface ToldToApp {
  /** The member on whose phone it happened. */
  readonly userid: string
  /** `FromUserName`: the userid, or `sys` when no member did it. */
  readonly from: string
  /** Such as `enter_agent`, or the type of a message. */
  readonly event: string
  readonly eventKey: string
  /** The message's id; "" for an event. */
  readonly msgid: string
  /** The elements after `CreateTime`. */
  readonly elements: Readonly<Record<string, XmlContent>>
}

interface Raised
  extends
    Pick<ToldToApp, "from" | "elements">,
    Pick<Delivery, "userid" | "msgid" | "event" | "eventKey" | "taskId" | "responseCode" | "selected"> {
  readonly press: CardPress | undefined
}

function selectedItems(selected: CardPress["selected"]): XmlContent {
  const items = Object.entries(selected).filter(([, ids]) => ids.length > 0)
  if (items.length === 0) return undefined
  return { SelectedItem: items.map(([QuestionKey, OptionId]) => ({ QuestionKey, OptionIds: { OptionId } })) }
}
