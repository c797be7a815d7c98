import { hash } from "node:crypto"
import { byteLength, checkRobotMessage, cutText, mapMediaIds, splitText, tolerate } from "@wecom-push/protocol"
import type { Fault, MediaIdPlace, MessageOf, RobotMessage } from "@wecom-push/protocol"
import { isObject } from "../option-faults.ts"
import { examine } from "../media/examine.ts"
import type { MediaFile } from "../media/examine.ts"
import { isMediaSource } from "../media/media-source.ts"
import type { MediaSource, WithFiles } from "../media/media-source.ts"
import type { ReadLimits } from "../media/read-within.ts"
import type { Overflow, Tolerance } from "../send/overflow.ts"

/**
 * A message as `Robot.send` takes it: a file may be given in place of a `media_id`, or a picture in an `image`, which
 * is then sent inside the message.
 */
export type SendableRobotMessage = WithFiles<RobotMessage> | WithFiles<MessageOf<"image">>

/** A file to be uploaded, and its place in the message. */
interface FileToUpload extends MediaIdPlace {
  readonly file: MediaFile
}

/** A message whose files have been checked: it contains its pictures, and placeholders for the ids of other files. */
export interface OpenedRobotMessage {
  readonly message: unknown
  readonly files: readonly FileToUpload[]
  readonly faults: readonly Fault[]
  release(): Promise<void>
}

/** Makes no request to WeCom. */
export async function openRobotMessage(given: SendableRobotMessage, limits: ReadLimits): Promise<OpenedRobotMessage> {
  const faults: Fault[] = []
  const withPicture = await withInlinePicture(given, limits, faults)
  const sources: (MediaIdPlace & { readonly source: MediaSource })[] = []
  mapMediaIds(withPicture, (value, place) => {
    if (isMediaSource(value)) sources.push({ ...place, source: value })
    return value
  })
  const files: FileToUpload[] = []
  for (const { source, ...place } of sources) {
    const examined = await examine(place.type, source, place.path, limits)
    if ("faults" in examined) faults.push(...examined.faults)
    else files.push({ ...place, file: examined.file })
  }
  const release = async (): Promise<void> => {
    for (const { file } of files) await file.release()
  }
  return { message: withMediaIds(withPicture, () => "<media_id>"), files, faults, release }
}

/** The message with ids in place of the files or of their placeholders. */
export function withMediaIds(message: unknown, idAt: (path: string) => string): unknown {
  return mapMediaIds<unknown>(message, (value, { path }) => (isMediaSource(value) ? idAt(path) : value))
}

export function isSendable(message: unknown, faults: readonly Fault[]): message is RobotMessage {
  return message !== undefined && faults.every(({ severity }) => severity !== "error")
}

async function withInlinePicture(given: unknown, limits: ReadLimits, faults: Fault[]): Promise<unknown> {
  if (!isObject(given) || given["msgtype"] !== "image" || !isObject(given["image"])) return given
  const { media_id: source } = given["image"]
  if (!isMediaSource(source)) return given
  const examined = await examine("inline_image", source, "image.media_id", limits)
  if ("faults" in examined) {
    faults.push(...examined.faults)
    // The fault of the picture has been reported.
    return { msgtype: "image", image: { base64: "AAAA", md5: "0".repeat(32) } }
  }
  const { file } = examined
  try {
    const bytes = Buffer.from(await file.blob.arrayBuffer())
    return { msgtype: "image", image: { base64: bytes.toString("base64"), md5: hash("md5", bytes) } }
  } finally {
    await file.release()
  }
}

/**
 * The same as `checkContent` for an app's message. WeCom refuses a message over a robot's limits, so `overflow` must
 * make it fit.
 */
export function checkRobotContent(message: unknown, { strict, overflow }: Tolerance): Fault[] {
  const faults = checkRobotMessage(message).filter((fault) => !(overflow !== undefined && isMended(fault, overflow)))
  return strict ? faults : faults.map((fault) => tolerate(fault))
}

/** The fields with a long plain text, and the markup in it that must not be cut apart. */
const LONG_TEXTS = [
  { type: "text", markup: "text" },
  { type: "markdown", markup: "markdown" },
  { type: "markdown_v2", markup: "markdown" },
] as const

function isMended({ rule, path }: Fault, overflow: Overflow): boolean {
  return overflow !== "reject" && rule === "too_long" && LONG_TEXTS.some(({ type }) => path === `${type}.content`)
}

/** @returns the messages to send, in order */
export function fitRobotMessage(message: RobotMessage, overflow: Overflow | undefined): readonly unknown[] {
  if (overflow !== "split" && overflow !== "truncate") return [message]
  const fields: Readonly<Record<string, unknown>> = { ...message }
  for (const { type, markup } of LONG_TEXTS) {
    const { limit } =
      checkRobotMessage(message).find(({ path, rule }) => rule === "too_long" && path === `${type}.content`) ?? {}
    const payload = fields[type]
    if (limit === undefined || !isObject(payload)) continue
    const content = String(payload["content"])
    const parts =
      overflow === "truncate"
        ? [cutText(content, limit, { markup })]
        : splitText(content, limit, { markup, numbered: true })
    if (byteLength(content) <= limit) continue
    return parts.map((part) => ({ ...message, [type]: { ...payload, content: part } }))
  }
  return [message]
}
