import type { JsonObject } from "../json.ts"
import type { CallRecord } from "../ledger.ts"
import type { Bot } from "../org/types.ts"

/** The commands that a program may send over the long connection. @see wecom document 101463 */
export const FRAME_COMMANDS = [
  "aibot_subscribe",
  "ping",
  "aibot_send_msg",
  "aibot_respond_msg",
  "aibot_respond_welcome_msg",
  "aibot_respond_update_msg",
  "aibot_upload_media_init",
  "aibot_upload_media_chunk",
  "aibot_upload_media_finish",
] as const

export type FrameCommand = (typeof FRAME_COMMANDS)[number]

/** The path of smart robots' connections, and the prefix of their frames in the list of calls: `/_bot/aibot_send_msg`. */
export const BOT_PATH = "/_bot"

/** One frame of a connection that has signed in. */
export interface BotFrame {
  readonly bot: Bot
  readonly reqId: string
  readonly body: JsonObject
  readonly nowMs: number
  readonly record: CallRecord
}

/** The answer to a frame; only some answers have a `body`. */
export interface FrameAnswer {
  readonly errcode: number
  readonly body?: JsonObject
}

export const DONE: FrameAnswer = { errcode: 0 }

/** Codes of smart robots that no other call has. */
export const INVALID_REQ_ID = 846605
export const STREAM_EXPIRED = 846608
/** The code for a conversation that the robot does not know. */
export const UNKNOWN_CONVERSATION = 93006
export const UNKNOWN_BOT = 93019
