import type { Stats } from "node:fs"
import { openFileBlob } from "./file-blob.ts"
import { WaitEnded } from "../shared-work/shared-task.ts"
import { isMediaContent } from "./media-source.ts"
import type { MediaContent, MediaSource } from "./media-source.ts"
import { SourceStalled } from "./read-within.ts"
import type { ReadLimits } from "./read-within.ts"
import { spool } from "./spool.ts"

/** A file that can be examined and sent as often as necessary. */
export interface OpenedSource {
  /** Empty for a file that is over the limit. */
  readonly blob: Blob
  /** For a longer stream, which is not read to its end: one more than the limit. */
  readonly sizeBytes: number
  readonly filename: string | undefined
  /** The caller's name for it. */
  readonly shown: string | undefined
  /** Removes its temporary file. */
  release(): Promise<void>
}

/** @throws {UnreadableSource} {@link WaitEnded} */
export async function openSource(source: MediaSource, limitBytes: number, limits: ReadLimits): Promise<OpenedSource> {
  if (!isMediaContent(source) && "path" in source) return openPath(source.path, source.filename, limitBytes, limits)
  const { content, filename = nameOf(content) } = isMediaContent(source) ? { content: source } : source
  const opened = await openContent(content, limitBytes, limits)
  return { ...opened, filename, shown: filename }
}

/** The file is not there, may not be read, or broke off. */
export class UnreadableSource extends Error {
  override readonly name = "UnreadableSource"
  /** The system's code, such as `ENOENT`. */
  readonly code: string
  readonly shown: string | undefined
  /** How many milliseconds the stream gave no data, if that is the reason. */
  readonly stallMs: number | undefined

  constructor(cause: unknown, shown: string | undefined) {
    super("a file cannot be read")
    this.code = codeOf(cause)
    this.shown = shown
    this.stallMs = cause instanceof SourceStalled ? cause.stallMs : undefined
  }
}

/** The name of an unknown error: its message may contain anything. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown"
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name
}

async function openPath(
  path: string,
  filename: string | undefined,
  limitBytes: number,
  limits: ReadLimits,
): Promise<OpenedSource> {
  const { constants } = await import("node:fs")
  const { access, stat } = await import("node:fs/promises")
  const named = { filename: filename ?? lastPart(path), shown: path }
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" })
    // A pipe, such as `<(…)` of a shell, has no length and can be read only once.
    if (!stats.isFile()) return { ...(await spool(await openPipe(path, stats), limitBytes, limits)), ...named }
    await access(path, constants.R_OK)
    const blob = await openFileBlob(path)
    return { blob, sizeBytes: blob.size, release: nothing, ...named }
  } catch (error) {
    throw error instanceof WaitEnded ? error : new UnreadableSource(error, path)
  }
}

/**
 * A read of a pipe through `fs` that waits for its writer cannot be stopped, so the process could not end. A socket
 * gets an event when there is something to read.
 */
async function openPipe(path: string, stats: Stats): Promise<AsyncIterable<Uint8Array>> {
  const { constants, createReadStream, openSync } = await import("node:fs")
  if (!stats.isFIFO()) return createReadStream(path)
  const { Socket } = await import("node:net")
  return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
}

async function openContent(
  content: MediaContent,
  limitBytes: number,
  limits: ReadLimits,
): Promise<Omit<OpenedSource, "filename" | "shown">> {
  if (content instanceof Blob) return { blob: content, sizeBytes: content.size, release: nothing }
  if (content instanceof Uint8Array) {
    // A blob of bytes is a copy of them: bytes over the limit are refused without a copy.
    const isTooLong = content.byteLength > limitBytes
    const blob = new Blob(isTooLong ? [] : [withoutSharing(content)])
    return { blob, sizeBytes: content.byteLength, release: nothing }
  }
  try {
    return await spool(content, limitBytes, limits)
  } catch (error) {
    throw error instanceof WaitEnded ? error : new UnreadableSource(error, undefined)
  }
}

/** A `File` has a name, and a stream that `fs` opened knows its path. */
function nameOf(content: MediaContent): string | undefined {
  if (content instanceof Blob) return "name" in content && typeof content.name === "string" ? content.name : undefined
  return "path" in content && typeof content.path === "string" ? lastPart(content.path) : undefined
}

/** A blob does not take memory that other threads may write to. */
function withoutSharing(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : bytes.slice()
}

function lastPart(path: string): string {
  return path.replace(/^.*[/\\]/s, "")
}

const nothing = (): Promise<void> => Promise.resolve()
