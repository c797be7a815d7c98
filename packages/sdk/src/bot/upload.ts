import { createHash } from "node:crypto"
import type { MediaFile } from "../media/examine.ts"
import type { FrameAnswer } from "./frame.ts"
import type { BotConnection, FrameOptions } from "./connection.ts"

/** The size before Base64. */
const CHUNK_BYTES = 512 * 1024

/** The part of a connection that an upload needs. */
export type FrameSender = Pick<BotConnection, "request">

/**
 * Uploads a file in pieces, one after another: WeCom sometimes answers parallel pieces with "system error".
 * @returns the answer that names the `media_id`, or the first one that refuses
 * @throws {TransportFault} an upload that broke off has no effect, and may be started again
 */
export async function uploadInChunks(
  sender: FrameSender,
  type: string,
  { blob, filename }: Pick<MediaFile, "blob" | "filename">,
  signal: AbortSignal | undefined,
): Promise<FrameAnswer> {
  const options: FrameOptions = { signal }
  const md5 = createHash("md5")
  for await (const piece of blob.stream()) md5.update(piece)
  const total_chunks = Math.ceil(blob.size / CHUNK_BYTES)
  const init = { type, filename, total_size: blob.size, total_chunks, md5: md5.digest("hex") }
  const begun = await sender.request("aibot_upload_media_init", JSON.stringify(init), options)
  if (begun.errcode !== 0) return begun
  const { upload_id } = begun.body
  for (let chunk_index = 0; chunk_index < total_chunks; chunk_index++) {
    const piece = blob.slice(chunk_index * CHUNK_BYTES, (chunk_index + 1) * CHUNK_BYTES)
    const base64_data = Buffer.from(await piece.arrayBuffer()).toString("base64")
    const chunk = JSON.stringify({ upload_id, chunk_index, base64_data })
    const sent = await sender.request("aibot_upload_media_chunk", chunk, options)
    if (sent.errcode !== 0) return sent
  }
  return sender.request("aibot_upload_media_finish", JSON.stringify({ upload_id }), options)
}
