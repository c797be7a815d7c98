import type { Fault, UpdatedTemplateCard } from "@wecom-push/protocol"
import { invalidInputError } from "../invalid-input.ts"
import { deadlineError, faultError, refusedError, waitEndedError } from "../make-error.ts"
import { CALL_OPTIONS, isObject, refuseOptions } from "../option-faults.ts"
import { quietly } from "../quietly.ts"
import { openFiles, withIds } from "../send/message-files.ts"
import type { CallOptions } from "../simple-call.ts"
import { TransportFault } from "../transport.ts"
import { NOT_CONNECTED } from "../error-text.ts"
import { BotConnection, ConnectionReplaced, SignInRefused } from "./connection.ts"
import { readBotEvent } from "./events.ts"
import type { BotEvent, BotMessageEvent, CardPressEvent, EnterChatEvent } from "./events.ts"
import { CONNECTION_LOST } from "./frame.ts"
import type { BotState, ConnectionTrouble, FrameAnswer, IncomingFrame } from "./frame.ts"
import { botContent } from "./messages.ts"
import type { BotContent, SendableBotMessage } from "./messages.ts"
import { readBotOptions } from "./options.ts"
import type { BotOptions, BotSettings } from "./options.ts"
import { uploadInChunks } from "./upload.ts"

/** Whom a robot sends to: a member who has written to it, or a group that it is in. */
export type BotTarget = { readonly user: string } | { readonly chat: string }

/** Welcome texts and card updates must be sent within 5 s; WeCom takes none later. */
const QUICK_REPLY_MS = 5000
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
const SINGLE = 1
const GROUP = 2

/**
 * A smart robot (智能机器人) by its long connection: no trusted address, no domain, no callback URL.
 * @example
 * await using bot = new Bot({ botId, secret, onEvent: (event) => console.log(event.kind, event.userid) })
 * await bot.connect()
 * await bot.send({ user: "zhangsan" }, text("你好"))
 * @see https://developer.work.weixin.qq.com/document/path/101463
 */
export class Bot implements AsyncDisposable {
  readonly #settings: BotSettings
  /** The frame that each event came in, and the time of its arrival. */
  readonly #frames = new WeakMap<BotEvent, { readonly reqId: string; readonly atMs: number }>()
  #connection: BotConnection | undefined
  #ending = new AbortController()
  #work: Promise<void> = Promise.resolve()

  /**
   * Makes no request to WeCom yet.
   * @throws {WeComError} `invalid_input` with every fault of the options
   */
  constructor(options: BotOptions) {
    this.#settings = readBotOptions(options)
    this.#ending.abort()
  }

  /** Whether the connection is open, so that a message would be sent at once. */
  get isConnected(): boolean {
    return this.#connection?.isOpen ?? false
  }

  /**
   * Signs in, and stays connected until `close()`: a lost connection is made again, after 1, 2, 4 … 60 s, without end.
   * A robot has one connection: a newer one, of any program, ends this one for good (`replaced`).
   * @throws {WeComError} `refused` for a wrong id or secret; `unreachable` when the first try failed: then there is no
   * other try
   */
  async connect(options: CallOptions = {}): Promise<void> {
    refuseOptions(options, CALL_OPTIONS, this.#settings.language)
    if (!this.#ending.signal.aborted) return
    this.#ending = new AbortController()
    try {
      const first = await this.#open(options.signal)
      this.#work = this.#stayConnected(first)
    } catch (error) {
      this.#ending.abort()
      throw this.#errorOf(error, "aibot_subscribe")
    }
  }

  /**
   * Sends one message to one conversation. Resolves when WeCom has accepted it.
   * @throws {WeComError} `unreachable`: there is no connection, nothing was sent. `in_doubt`: no answer came in 5 s, or
   * the connection ended; the message is never sent again, since WeCom has no duplicate check here. `refused`: 93006
   * when the member never wrote to the robot. `invalid_input` before anything is sent
   */
  async send(to: BotTarget, message: SendableBotMessage, options: CallOptions = {}): Promise<void> {
    const { language } = this.#settings
    refuseOptions(options, CALL_OPTIONS, language)
    const address = addressOf(to)
    const faults = address === undefined ? [NO_TARGET] : []
    const content = await this.#contentOf(message, faults, options)
    await this.#ask("aibot_send_msg", { ...address, ...content }, options)
  }

  /**
   * Answers a member's message, or, within 5 s, a member who has opened the conversation. @throws {WeComError} as
   * `send`; `deadline`
   */
  async reply(
    event: BotMessageEvent | EnterChatEvent,
    message: SendableBotMessage,
    options: CallOptions = {},
  ): Promise<void> {
    const { reqId, atMs } = this.#frameOf(event)
    const isWelcome = event.kind === "enter_chat"
    const cmd = isWelcome ? "aibot_respond_welcome_msg" : "aibot_respond_msg"
    if (isWelcome) this.#mustBeQuick(cmd, atMs)
    const content = await this.#contentOf(message, [], options)
    if (isWelcome) this.#mustBeQuick(cmd, atMs)
    const body = isWelcome ? welcomeOf(message, content) : replyOf(reqId, content)
    await this.#ask(cmd, body, { ...options, reqId })
  }

  /**
   * Changes the card that was pressed, for everybody who got it or only for `userids`. WeCom takes the change for 5 s
   * after the press.
   * @throws {WeComError} `deadline`: too late, nothing was sent
   */
  async changeCard(
    press: CardPressEvent,
    card: UpdatedTemplateCard,
    options: CallOptions & { readonly userids?: readonly string[] } = {},
  ): Promise<void> {
    const { reqId, atMs } = this.#frameOf(press)
    const { userids, ...call } = options
    this.#mustBeQuick("aibot_respond_update_msg", atMs)
    const body = {
      response_type: "update_template_card",
      ...(userids === undefined ? {} : { userids }),
      template_card: { ...card, task_id: press.taskId },
    }
    await this.#ask("aibot_respond_update_msg", body, { ...call, reqId })
  }

  /** Ends the connection. Frames that wait for an answer are in doubt. */
  async close(): Promise<void> {
    this.#ending.abort()
    this.#connection?.close()
    await this.#work
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #open(signal?: AbortSignal): Promise<BotConnection> {
    const limit = signal === undefined ? this.#ending.signal : AbortSignal.any([signal, this.#ending.signal])
    const onFrame = (frame: IncomingFrame): void => this.#hear(frame)
    const connection = await BotConnection.open({ ...this.#settings, onFrame }, limit)
    // `close()` was called before there was a connection to end.
    if (this.#ending.signal.aborted) {
      connection.close()
      throw new TransportFault("aborted", false, { host: this.#settings.url.host })
    }
    this.#connection = connection
    this.#tell({ state: "connected" })
    return connection
  }

  async #stayConnected(first: BotConnection): Promise<void> {
    const { signal } = this.#ending
    for (let connection = first; ;) {
      const next = (await connection.ended) === "replaced" ? "replaced" : await this.#connectAgain(signal)
      if (next === "replaced") {
        this.#ending.abort()
        return this.#tell({ state: "replaced" })
      }
      if (next === undefined) return this.#tell({ state: "closed" })
      connection = next
    }
  }

  /** @returns undefined once it is closed */
  async #connectAgain(signal: AbortSignal): Promise<BotConnection | "replaced" | undefined> {
    let why: ConnectionTrouble = CONNECTION_LOST
    for (let failures = 0; !signal.aborted; failures++) {
      // The delays are random, so that not all robots come back at once to a restarted WeCom.
      const retryAfterMs = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS) * (0.75 + Math.random() / 4)
      this.#tell({ state: "waiting", retryAfterMs, why })
      try {
        await this.#settings.clock.sleep(retryAfterMs, signal)
        return await this.#open()
      } catch (error) {
        if (error instanceof ConnectionReplaced) return "replaced"
        why = troubleOf(error)
      }
    }
    return undefined
  }

  #hear(frame: IncomingFrame): void {
    const event = readBotEvent(frame)
    if (event === undefined) return
    this.#frames.set(event, { reqId: frame.reqId, atMs: this.#nowMs() })
    this.#settings.onEvent(event)
  }

  #frameOf(event: BotEvent): { readonly reqId: string; readonly atMs: number } {
    const frame = this.#frames.get(event)
    if (frame !== undefined) return frame
    throw invalidInputError([NO_EVENT], this.#settings.language)
  }

  /** A monotonic time, if the clock has one. */
  #nowMs(): number {
    const { clock } = this.#settings
    return clock.monotonic?.() ?? clock.now()
  }

  #mustBeQuick(api: string, atMs: number): void {
    if (this.#nowMs() - atMs > QUICK_REPLY_MS) throw deadlineError({ api, language: this.#settings.language })
  }

  /** Uploads the files of a message. @throws {WeComError} `invalid_input` with every fault */
  async #contentOf(
    message: SendableBotMessage,
    faults: readonly Fault[],
    { signal }: CallOptions,
  ): Promise<BotContent> {
    const { language, sourceTimeoutMs } = this.#settings
    const opened = await openFiles(message, { signal, stallMs: sourceTimeoutMs })
    try {
      if (opened.unread !== undefined) throw waitEndedError(opened.unread, { api: "aibot_upload_media_init", language })
      const checked = botContent(opened.message)
      const wrong = [...faults, ...opened.faults, ...checked.faults].filter(({ severity }) => severity === "error")
      if (wrong.length > 0) throw invalidInputError(wrong, language)
      if (opened.files.length === 0) return checked.content
      const ids = new Map<string, string>()
      for (const { path, type, file } of opened.files) {
        const api = "aibot_upload_media_finish"
        const answer = await this.#asked(api, (connection) => uploadInChunks(connection, type, file, signal))
        ids.set(path, String(answer.body["media_id"]))
      }
      return botContent(withIds(message, (path) => ids.get(path) ?? "")).content
    } finally {
      await opened.release()
    }
  }

  async #ask(api: string, body: unknown, options: CallOptions & { readonly reqId?: string }): Promise<void> {
    await this.#asked(api, (connection) => connection.request(api, JSON.stringify(body), options))
  }

  async #asked(api: string, ask: (connection: BotConnection) => Promise<FrameAnswer>): Promise<FrameAnswer> {
    const { language, url } = this.#settings
    try {
      if (this.#connection === undefined)
        throw new TransportFault("unreachable", false, { host: url.host, code: NOT_CONNECTED })
      const answer = await ask(this.#connection)
      if (answer.errcode !== 0) throw refusedError(answer, { api, language })
      return answer
    } catch (error) {
      throw this.#errorOf(error, api)
    }
  }

  #errorOf(error: unknown, api: string): unknown {
    const { language } = this.#settings
    if (error instanceof SignInRefused) return refusedError(error, { api, language })
    if (!(error instanceof TransportFault)) return error
    // An upload or a sign-in that broke off has no effect.
    const isHarmless = api === "aibot_subscribe" || api.startsWith("aibot_upload")
    return faultError(error, { api, language, code: error.mayHaveArrived && !isHarmless ? "in_doubt" : "unreachable" })
  }

  #tell(state: BotState): void {
    quietly(() => this.#settings.onState(state))
  }
}

const NO_TARGET: Fault = { path: "to", rule: "required", severity: "error", allowed: ["user", "chat"] }
const NO_EVENT: Fault = { path: "event", rule: "not_allowed", severity: "error", because: "an event of this robot" }

function addressOf(to: unknown): { readonly chatid: string; readonly chat_type: number } | undefined {
  const { user, chat }: { readonly user?: unknown; readonly chat?: unknown } = Object(to)
  if (typeof user === "string" && user !== "" && chat === undefined) return { chatid: user, chat_type: SINGLE }
  if (typeof chat === "string" && chat !== "" && user === undefined) return { chatid: chat, chat_type: GROUP }
  return undefined
}

/** A welcome may be a plain text. A robot sends no other plain texts. */
function welcomeOf(message: SendableBotMessage, content: BotContent): BotContent {
  return message.msgtype === "text" ? { msgtype: "text", text: { content: message.text.content } } : content
}

/** Markdown is answered as a stream message of one piece. */
function replyOf(reqId: string, content: BotContent): BotContent {
  const { markdown } = content
  if (!isObject(markdown)) return content
  return { msgtype: "stream", stream: { id: reqId, finish: true, content: markdown["content"] } }
}

function troubleOf(error: unknown): ConnectionTrouble {
  if (error instanceof SignInRefused) return { kind: "refused", errcode: error.errcode, errmsg: error.errmsg }
  return error instanceof TransportFault ? { kind: "unreachable", fault: error } : CONNECTION_LOST
}
