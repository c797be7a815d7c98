import type { WebSocket } from "ws"
import { errmsgOf } from "../api/errmsg.ts"
import type { FaultQueue } from "../faults/fault-queue.ts"
import type { PlannedFault } from "../faults/planned-fault.ts"
import { MSGID_BYTES, randomId } from "../ids.ts"
import { isJsonObject, parseJson, type JsonObject } from "../json.ts"
import type { CallRecord } from "../ledger.ts"
import type { BotConnection } from "./bots.ts"
import type { BotWorld } from "./bot-world.ts"
import {
  BOT_PATH,
  DONE,
  FRAME_COMMANDS,
  UNKNOWN_BOT,
  type BotFrame,
  type FrameAnswer,
  type FrameCommand,
} from "./frame.ts"
import { respond, respondUpdate, respondWelcome } from "./reply-frames.ts"
import { sendMessage } from "./send-frames.ts"
import { uploadChunk, uploadFinish, uploadInit } from "./upload-frames.ts"

type Perform = (world: BotWorld, frame: BotFrame) => FrameAnswer | Promise<FrameAnswer>

const PERFORMED: Readonly<Record<Exclude<FrameCommand, "aibot_subscribe" | "ping">, Perform>> = {
  aibot_send_msg: sendMessage,
  aibot_respond_msg: respond,
  aibot_respond_welcome_msg: respondWelcome,
  aibot_respond_update_msg: respondUpdate,
  aibot_upload_media_init: uploadInit,
  aibot_upload_media_chunk: uploadChunk,
  aibot_upload_media_finish: uploadFinish,
}

/**
 * WeCom's answer before a robot has signed in, and after another connection has taken the robot. Its real code is not
 * known.
 */
const NOT_SIGNED_IN: FrameAnswer = { errcode: 41001 }
const WRONG_SECRET: FrameAnswer = { errcode: 40001 }
const UNREADABLE: FrameAnswer = { errcode: 40035 }
const RANDOM_BYTES = 9

/** One WebSocket of a program; the first frame says which robot it belongs to. */
export class BotSession implements BotConnection {
  readonly #world: BotWorld
  readonly #faults: FaultQueue
  readonly #socket: WebSocket
  readonly #ip: string
  #botId: string | undefined

  constructor(world: BotWorld, faults: FaultQueue, socket: WebSocket, ip: string) {
    this.#world = world
    this.#faults = faults
    this.#socket = socket
    this.#ip = ip
    socket.on("error", () => {})
    socket.on("message", (data) => void this.#take(bytesOf(data)))
    socket.once("close", () => {
      if (this.#botId !== undefined) world.bots.disconnect(this.#botId, this)
    })
  }

  send(frame: JsonObject): void {
    this.#socket.send(JSON.stringify(frame))
  }

  end(): void {
    this.#socket.terminate()
  }

  async #take(raw: Buffer): Promise<void> {
    const parsed = parseJson(raw.toString("utf8"))
    const frame = isJsonObject(parsed) ? parsed : {}
    const { cmd, headers } = frame
    const reqId = isJsonObject(headers) && typeof headers["req_id"] === "string" ? headers["req_id"] : ""
    const command = FRAME_COMMANDS.find((one) => one === cmd)
    const record = this.#world.ledger.openCall(`${BOT_PATH}/${command ?? ""}`, {}, raw, this.#world.clock.nowMs())
    const act = async (): Promise<FrameAnswer> => this.#perform(command, reqId, frame["body"], record)
    const fault = command === undefined ? undefined : this.#faults.takeFrame(command, raw)
    if (fault === undefined) return this.#answer(record, reqId, await act())
    record.fault = fault.kind
    await this.#meet(fault, record, reqId, act)
  }

  #perform(
    command: FrameCommand | undefined,
    reqId: string,
    body: unknown,
    record: CallRecord,
  ): FrameAnswer | Promise<FrameAnswer> {
    if (command === undefined) return UNREADABLE
    if (command === "ping") return DONE
    const fields = isJsonObject(body) ? body : {}
    if (command === "aibot_subscribe") return this.#subscribe(fields)
    const { bots, org, clock } = this.#world
    const bot = this.#botId === undefined ? undefined : org.bot(this.#botId)
    if (bot === undefined || bots.connection(bot.bot_id) !== this) return NOT_SIGNED_IN
    return PERFORMED[command](this.#world, { bot, reqId, body: fields, nowMs: clock.nowMs(), record })
  }

  #subscribe({ bot_id: botId, secret }: JsonObject): FrameAnswer {
    const { bots, org, settings } = this.#world
    const bot = typeof botId === "string" ? org.bot(botId) : undefined
    if (bot === undefined) return { errcode: UNKNOWN_BOT }
    if (bot.secret !== secret) return WRONG_SECRET
    this.#botId = bot.bot_id
    const earlier = bots.connect(bot.bot_id, this)
    if (earlier === undefined) return DONE
    earlier.send(this.#disconnectedEvent(bot.bot_id))
    if (settings.bot_replaced === "closed") earlier.end()
    return DONE
  }

  #disconnectedEvent(aibotid: string): JsonObject {
    const create_time = Math.floor(this.#world.clock.nowMs() / 1000)
    const event = { eventtype: "disconnected_event" }
    return {
      cmd: "aibot_event_callback",
      headers: { req_id: randomId(RANDOM_BYTES) },
      body: { msgid: randomId(MSGID_BYTES), create_time, aibotid, from: { userid: "" }, msgtype: "event", event },
    }
  }

  /** Applies a fault to a frame. "Acts" means the same as for calls: the message arrives, its answer does not. */
  async #meet(fault: PlannedFault, record: CallRecord, reqId: string, act: () => Promise<FrameAnswer>): Promise<void> {
    const wait = (): Promise<void> => this.#wait(fault.delayMs ?? 0)
    switch (fault.kind) {
      case "errcode": {
        if (fault.acts === true) await act()
        await wait()
        return this.#answer(record, reqId, { errcode: fault.errcode, ...(fault.body && { body: fault.body }) })
      }
      case "slow": {
        const answer = await act()
        await wait()
        return this.#answer(record, reqId, answer)
      }
      case "truncate": {
        const text = this.#textOf(record, reqId, await act())
        await wait()
        this.#socket.send(text.subarray(0, fault.bytes).toString("utf8"))
        return this.end()
      }
      case "raw":
        if (fault.acts === true) await act()
        await wait()
        return this.#socket.send(Buffer.from(fault.body).toString("utf8"))
      case "hang_before":
      case "hang_after":
        if (fault.kind === "hang_after") await act()
        if (fault.delayMs === undefined) return
        await wait()
        return this.end()
      case "reset_before":
      case "reset_after":
        if (fault.kind === "reset_after") await act()
        await wait()
        return this.end()
      // The API does not accept these faults for frames.
      case "http_status":
      case "html":
      case "drip":
    }
  }

  /** Waits in real time, as the 5 s of a client are real; ends earlier when the connection closes. */
  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = (): void => resolve()
    const timer = setTimeout(wake, ms)
    this.#socket.once("close", wake)
    await promise
    this.#socket.off("close", wake)
    clearTimeout(timer)
  }

  #answer(record: CallRecord, reqId: string, answer: FrameAnswer): void {
    this.#socket.send(this.#textOf(record, reqId, answer).toString("utf8"))
  }

  #textOf(record: CallRecord, reqId: string, { errcode, body }: FrameAnswer): Buffer {
    const style = { ip: this.#ip, suffix: this.#world.settings.errmsg_suffix, jsonMistake: false }
    const errmsg = errmsgOf(errcode, { ...style, nowMs: this.#world.clock.nowMs() })
    const told = { headers: { req_id: reqId }, errcode, errmsg, ...(body === undefined ? {} : { body }) }
    const text = Buffer.from(JSON.stringify(told))
    this.#world.ledger.answerCall(record, { errcode, told, bytes: text.length })
    return text
  }
}

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}
