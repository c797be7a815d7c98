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
 * What `Robot.send` takes: a file may take the place of a `media_id`, and a picture be in an `image`, which then travels in
 * the message itself.
 */
export type SendableRobotMessage = WithFiles<RobotMessage> | WithFiles<MessageOf<"image">>

/** A file to be uploaded, and its place in the message. */
interface FileToUpload extends MediaIdPlace {
  readonly file: MediaFile
}

/** A message whose files have been checked: pictures are in it, and words take the place of the ids of the others. */
export interface OpenedRobotMessage {
  readonly message: unknown
  readonly files: readonly FileToUpload[]
  readonly faults: readonly Fault[]
  release(): Promise<void>
}

/** Asks nothing of WeCom. */
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

/** With ids in place of the files or of the words for them. */
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

/** As `checkContent` for an app's message; WeCom refuses a message over a robot's limits, so `overflow` has to fit it. */
export function checkRobotContent(message: unknown, { strict, overflow }: Tolerance): Fault[] {
  const faults = checkRobotMessage(message).filter((fault) => !(overflow !== undefined && isMended(fault, overflow)))
  return strict ? faults : faults.map((fault) => tolerate(fault))
}

/** Fields that are text without structure, with the markup that must not be cut apart. */
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
