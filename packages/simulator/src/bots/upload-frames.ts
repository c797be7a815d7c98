import { hash } from "node:crypto"
import { amrDurationMs, checkMedia, MEDIA_TYPES } from "@wecom-push/protocol"
import { randomId } from "../ids.ts"
import { formatOf } from "../media/read-upload.ts"
import { botConversation } from "./bot-conversation.ts"
import type { BotUpload } from "./bots.ts"
import type { BotWorld } from "./bot-world.ts"
import { DONE, type BotFrame, type FrameAnswer } from "./frame.ts"

const MOST_CHUNKS = 100
const CHUNK_BYTES = 512 * 1024
const UPLOAD_ID_BYTES = 24
const UNKNOWN_UPLOAD = 40007

export function uploadInit(world: BotWorld, { bot, body }: BotFrame): FrameAnswer {
  const type = MEDIA_TYPES.find((one) => one === body["type"])
  if (type === undefined) return { errcode: 40005 }
  const { filename, total_size: sizeBytes, total_chunks: chunks, md5 } = body
  if (typeof filename !== "string" || filename === "") return { errcode: 40058 }
  if (!isCount(sizeBytes) || !isCount(chunks) || chunks > MOST_CHUNKS) return { errcode: 40058 }
  if (sizeBytes > chunks * CHUNK_BYTES) return { errcode: 40058 }
  const uploadId = randomId(UPLOAD_ID_BYTES)
  const file = { filename, sizeBytes, md5: typeof md5 === "string" ? md5.toLowerCase() : undefined }
  world.bots.uploads.set(uploadId, { botId: bot.bot_id, type, ...file, chunks: Array.from({ length: chunks }) })
  return { errcode: 0, body: { upload_id: uploadId } }
}

/** Pieces may come in any order and twice. They are counted from 0. */
export function uploadChunk(world: BotWorld, frame: BotFrame): FrameAnswer {
  const upload = uploadOf(world, frame)
  if (upload === undefined) return { errcode: UNKNOWN_UPLOAD }
  const { chunk_index: index, base64_data: data } = frame.body
  if (!Number.isInteger(index) || Number(index) < 0 || Number(index) >= upload.chunks.length) return { errcode: 40058 }
  const bytes = Buffer.from(typeof data === "string" ? data : "", "base64")
  if (bytes.length === 0 || bytes.length > CHUNK_BYTES) return { errcode: 40058 }
  upload.chunks[Number(index)] = bytes
  return DONE
}

export async function uploadFinish(world: BotWorld, frame: BotFrame): Promise<FrameAnswer> {
  const upload = uploadOf(world, frame)
  if (upload === undefined) return { errcode: UNKNOWN_UPLOAD }
  const { type, filename, md5, chunks } = upload
  const bytes = Buffer.concat(chunks.filter((chunk) => chunk !== undefined))
  const isWhole = !chunks.includes(undefined) && bytes.length === upload.sizeBytes
  if (!isWhole || (md5 !== undefined && hash("md5", bytes, "hex") !== md5)) return { errcode: 44001 }
  const format = await formatOf(bytes)
  const durationMs = format === "amr" ? amrDurationMs(bytes) : undefined
  const facts = { format, durationMs, sizeBytes: bytes.length }
  const [fault] = checkMedia(type, facts, { path: "media" })
  if (fault !== undefined) return { errcode: fault.errcode ?? 40058 }
  world.bots.uploads.delete(String(frame.body["upload_id"]))
  const owner = botConversation(frame.bot.bot_id)
  const medium = world.media.add({ type, filename, bytes, format, durationMs, owner, uploadedAtMs: frame.nowMs })
  return { errcode: 0, body: { type, media_id: medium.id, created_at: Math.floor(frame.nowMs / 1000) } }
}

function uploadOf(world: BotWorld, { bot, body }: BotFrame): BotUpload | undefined {
  const upload = world.bots.uploads.get(String(body["upload_id"]))
  return upload?.botId === bot.bot_id ? upload : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0
}
