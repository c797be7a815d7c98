import { randomInt } from "node:crypto"
import { checkCardUpdate, checkMessage } from "@wecom-push/protocol"
import {
  findEncrypted,
  isCallbackSignature,
  isEnvelopeOf,
  passiveReplyToXml,
  readXml,
  sealReply,
  writeXml,
} from "@wecom-push/protocol/callback"
import type { PassiveReply } from "@wecom-push/protocol/callback"
import { invalidInputError } from "../invalid-input.ts"
import { quietly } from "../quietly.ts"
import type { WeComError } from "../wecom-error.ts"
import { DeliveryMemory } from "./delivery-memory.ts"
import type { CallbackEvent } from "./event.ts"
import { readCallbackOptions } from "./options.ts"
import type { CallbackOptions, CallbackSettings } from "./options.ts"
import { readEvent } from "./read-event.ts"
import { refusalFor } from "./refusal.ts"
import type { CallbackRefusalReason } from "./refusal.ts"

/** A request as any server can describe it. */
export interface CallbackRequest {
  readonly method: string
  readonly query: URLSearchParams
  /** Reads the body; resolves with undefined as soon as the body is longer than the limit. */
  readonly readBody: (limitBytes: number) => Promise<string | undefined>
}

export interface CallbackAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The server calls it after it has sent the answer: it calls `onEvent`. */
  readonly afterwards: () => Promise<void>
}

/**
 * The receiving end of WeCom's callbacks, for a server of any kind: `createCallbackHandler` and
 * `createFetchCallbackHandler` serve Node's and the Fetch kind.
 * @see https://developer.work.weixin.qq.com/document/path/90238
 */
export class CallbackReceiver {
  readonly #settings: CallbackSettings
  readonly #deliveries: DeliveryMemory<Prepared>

  /** @throws {WeComError} `invalid_input` with every fault of the options */
  constructor(options: CallbackOptions) {
    this.#settings = readCallbackOptions(options)
    this.#deliveries = new DeliveryMemory(this.#settings.rememberedDeliveries)
  }

  /** Never rejects because of what a request contains. Rejects as `readBody` does. */
  async receive({ method, query, readBody }: CallbackRequest): Promise<CallbackAnswer> {
    if (method !== "GET" && method !== "POST") return this.#refuse("method", { allow: "GET, POST" })
    const signed = readSigned(query)
    if (signed === undefined) return this.#refuse("query")
    if (!this.#isFresh(signed.timestamp)) return this.#refuse("stale")
    return method === "GET" ? this.#verifyUrl(query, signed) : this.#takeDelivery(signed, readBody)
  }

  /** WeCom asks this when the callback address is saved, and expects the plain text: no quotes, no line end. */
  #verifyUrl(query: URLSearchParams, signed: Signed): CallbackAnswer {
    const echostr = inBase64(query.get("echostr") ?? "")
    if (echostr === "") return this.#refuse("query")
    const opened = this.#open(echostr, signed)
    return "refused" in opened ? this.#refuse(opened.refused) : { ...NOTHING_MORE, headers: TEXT, body: opened.message }
  }

  async #takeDelivery(signed: Signed, readBody: CallbackRequest["readBody"]): Promise<CallbackAnswer> {
    const body = await readBody(this.#settings.maxBodyBytes)
    if (body === undefined) return this.#refuse("too_large", { connection: "close" })
    const encrypted = findEncrypted(body)
    if (encrypted === undefined) return this.#refuse("xml")
    const opened = this.#open(encrypted, signed)
    if ("refused" in opened) return this.#refuse(opened.refused)
    // Checked after the signature, because a request of a stranger could make it take a second.
    if (!(await isEnvelopeOf(body, encrypted))) return this.#refuse("xml")
    const fields = await readXml(opened.message)
    return fields === undefined ? this.#refuse("xml") : this.#handle(readEvent(fields, opened.message))
  }

  /**
   * A repeated delivery, from WeCom or from a third party that recorded it, gets the same answer and raises no second
   * event.
   */
  async #handle(event: CallbackEvent): Promise<CallbackAnswer> {
    let isFirst = false
    try {
      const { reply, badReply } = await this.#deliveries.once(event.id, () => {
        isFirst = true
        return this.#prepare(event)
      })
      const answer = reply === undefined ? NOTHING_MORE : await this.#sealed(reply, event)
      return isFirst ? { ...answer, afterwards: () => this.#tellEvent(event, badReply) } : answer
    } catch (error) {
      const failed = { ...NOTHING_MORE, status: 500 }
      return isFirst ? { ...failed, afterwards: () => this.#tell(error, event) } : failed
    }
  }

  async #prepare(event: CallbackEvent): Promise<Prepared> {
    const reply = (await this.#settings.beforeAnswer(event)) ?? undefined
    if (reply === undefined) return {}
    const check = "msgtype" in reply ? checkMessage(reply) : checkCardUpdate(reply)
    const faults = check.filter(({ severity }) => severity === "error")
    return faults.length === 0 ? { reply } : { badReply: invalidInputError(faults, this.#settings.language) }
  }

  async #tellEvent(event: CallbackEvent, badReply: WeComError | undefined): Promise<void> {
    if (badReply !== undefined) await this.#tell(badReply, event)
    try {
      await this.#settings.onEvent(event)
    } catch (error) {
      await this.#tell(error, event)
    }
  }

  async #tell(error: unknown, event: CallbackEvent): Promise<void> {
    const { onError } = this.#settings
    if (onError === undefined) throw error
    onError(error, event)
  }

  async #sealed(reply: PassiveReply, { FromUserName: to }: CallbackEvent): Promise<CallbackAnswer> {
    const { token, cipher, receiveId: from, clock } = this.#settings
    const timestamp = Math.floor(clock.now() / 1000)
    const inner = await writeXml(passiveReplyToXml(reply, { to, from, createTime: timestamp }))
    const nonce = String(randomInt(1_000_000_000, 10_000_000_000))
    const body = await sealReply(inner, { token, cipher, timestamp, nonce })
    return { ...NOTHING_MORE, headers: XML, body }
  }

  #open(encrypted: string, signed: Signed): { readonly message: string } | { readonly refused: CallbackRefusalReason } {
    const { token, cipher } = this.#settings
    const { signature, timestamp, nonce } = signed
    if (!isCallbackSignature(signature, { token, timestamp, nonce, encrypted })) return { refused: "signature" }
    const decrypted = cipher.decrypt(encrypted)
    if (decrypted.kind === "message") return { message: decrypted.message }
    return { refused: decrypted.why === "receive_id" ? "receive_id" : "undecipherable" }
  }

  #isFresh(timestamp: string): boolean {
    const { clock, maxAgeMs } = this.#settings
    return /^\d{1,12}$/.test(timestamp) && Math.abs(clock.now() - Number(timestamp) * 1000) <= maxAgeMs
  }

  #refuse(reason: CallbackRefusalReason, headers: Readonly<Record<string, string>> = {}): CallbackAnswer {
    const refusal = refusalFor(reason, this.#settings.language)
    quietly(() => this.#settings.onRefused(refusal))
    // The body says nothing that would help a stranger.
    return { ...NOTHING_MORE, status: refusal.status, headers }
  }
}

/** The result of `beforeAnswer` for an event. */
interface Prepared {
  readonly reply?: PassiveReply
  /** The fault of a reply that WeCom would refuse. */
  readonly badReply?: WeComError
}

interface Signed {
  readonly signature: string
  readonly timestamp: string
  readonly nonce: string
}

const TEXT = { "content-type": "text/plain; charset=utf-8" }
const XML = { "content-type": "application/xml; charset=utf-8" }

/** The answer for "no reply". */
const NOTHING_MORE: CallbackAnswer = { status: 200, headers: {}, body: "", afterwards: () => Promise.resolve() }

function readSigned(query: URLSearchParams): Signed | undefined {
  const [signature, timestamp, nonce] = ["msg_signature", "timestamp", "nonce"].map((name) => query.get(name) ?? "")
  if (!signature || !timestamp || !nonce) return undefined
  return { signature, timestamp, nonce }
}

/** A server that decodes the query twice turns a plus into a blank, which Base64 does not have. */
const inBase64 = (text: string): string => text.replaceAll(" ", "+")
