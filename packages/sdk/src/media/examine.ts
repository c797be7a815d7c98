import { amrDurationMs, checkMedia, findBadText, MEDIA_RULES } from "@wecom-push/protocol"
import type { Fault, MediaUse } from "@wecom-push/protocol"
import type { MediaSource } from "./media-source.ts"
import { endOf, WaitEnded } from "../shared-work/shared-task.ts"
import type { ReadLimits } from "./read-within.ts"
import { sha256Of } from "./sha256.ts"
import { openSource, UnreadableSource } from "./open-source.ts"
import type { OpenedSource } from "./open-source.ts"

/** A file that WeCom would take. */
export interface MediaFile {
  readonly blob: Blob
  /** The name that receivers see. */
  readonly filename: string
  /** SHA-256, as hex. Each caller has its own limits; reading ends when all of them have released the file. */
  contentHash(): Promise<string>
  /** Keeps the file open until the returned function has been called too, once or more often. */
  hold(): () => Promise<void>
  /** To be called by the caller that opened it. */
  release(): Promise<void>
}

export type Examined = { readonly file: MediaFile } | { readonly faults: readonly Fault[] }

/**
 * Opens a file and reports everything about it that WeCom would refuse, by its bytes and before any request.
 * @param path of the file in what the caller gave, for the faults
 * @param limits of the reading: none unless given
 * @throws {WaitEnded} when the signal of the limits ends it
 */
export async function examine(
  use: MediaUse,
  source: MediaSource,
  path: string,
  limits: ReadLimits = {},
): Promise<Examined> {
  const { signal } = limits
  const { promise: ended, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(new WaitEnded(endOf(signal)))
  signal?.addEventListener("abort", onAbort)
  const examining = examineToTheEnd(use, source, path, limits)
  try {
    return await Promise.race([examining, ended])
  } catch (error) {
    // A disk that does not answer cannot be stopped; when it opens the file later, the file is released.
    void examining.then(releaseFile, () => undefined)
    throw error
  } finally {
    signal?.removeEventListener("abort", onAbort)
  }
}

async function releaseFile(examined: Examined): Promise<void> {
  if ("file" in examined) await examined.file.release()
}

async function examineToTheEnd(
  use: MediaUse,
  source: MediaSource,
  path: string,
  limits: ReadLimits,
): Promise<Examined> {
  let opened: OpenedSource | undefined
  try {
    opened = await openSource(source, MEDIA_RULES[use].limitBytes, limits)
    const { format, faults } = await examineBytes(use, opened, path)
    const filename = opened.filename ?? (use === "file" || format === undefined ? undefined : `${use}.${format}`)
    const allFaults = [...faults, ...nameFaults(filename, path)]
    if (allFaults.length === 0 && filename !== undefined) return { file: fileOf(opened, filename, limits.stallMs) }
    await opened.release()
    return { faults: allFaults }
  } catch (error) {
    await opened?.release()
    return { faults: [unreadable(error, path, opened)] }
  }
}

function fileOf(opened: OpenedSource, filename: string, stallMs: number | undefined): MediaFile {
  const { blob } = opened
  let contentHash: Promise<string> | undefined
  const released = new AbortController()
  let holders = 0
  const hold = (): (() => Promise<void>) => {
    holders++
    let hasLetGo = false
    return async () => {
      if (hasLetGo) return
      hasLetGo = true
      holders--
      if (holders > 0) return
      released.abort()
      await opened.release()
    }
  }
  const hash = (): Promise<string> => sha256Of(blob, { stallMs, signal: released.signal })
  return { blob, filename, hold, release: hold(), contentHash: () => (contentHash ??= hash()) }
}

/** Returns the faults that `send` and `upload` would find in a file, without sending anything. A stream is used up by it. */
export async function checkMediaSource(use: MediaUse, source: MediaSource, path: string): Promise<readonly Fault[]> {
  const examined = await examine(use, source, path)
  await releaseFile(examined)
  return "faults" in examined ? examined.faults : []
}

async function examineBytes(
  use: MediaUse,
  { blob, sizeBytes, shown }: OpenedSource,
  path: string,
): Promise<{ format: string | undefined; faults: Fault[] }> {
  const { formats, limitBytes } = MEDIA_RULES[use]
  const place = { path, ...(shown === undefined ? {} : { file: shown }) }
  // A file that is too long and not available is not checked for its type: it has to be replaced in any case.
  const isAtHand = formats !== undefined && (blob.size > 0 || sizeBytes === 0)
  const format = isAtHand ? await formatOf(blob) : formats?.[0]
  const isVoice = format === "amr" && sizeBytes <= limitBytes
  const durationMs = isVoice ? amrDurationMs(await bytesOf(blob)) : undefined
  return { format, faults: checkMedia(use, { sizeBytes, format, durationMs }, place) }
}

async function formatOf(blob: Blob): Promise<string | undefined> {
  // Loading it takes 20 ms, which messages without pictures should not spend.
  const { fileTypeFromBuffer } = await import("file-type")
  return (await fileTypeFromBuffer(await bytesOf(blob.slice(0, ENOUGH_BYTES))))?.ext
}

const ENOUGH_BYTES = 4100

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer())
}

/** The name is put into a header and becomes the name of a file on a member's phone. */
function nameFaults(filename: string | undefined, path: string): Fault[] {
  const at = `${path}.filename`
  if (filename === undefined) return [{ path: at, rule: "required", severity: "error" }]
  if (filename === "") return [{ path: at, rule: "empty", severity: "error" }]
  const isName = !/[\p{Cc}/\\]/u.test(filename) && findBadText(filename) === undefined
  return isName ? [] : [{ path: at, rule: "bad_format", severity: "error", because: "report.pdf" }]
}

function unreadable(error: unknown, path: string, opened: OpenedSource | undefined): Fault {
  const isOurs = error instanceof UnreadableSource
  // The file was there a moment ago: the blob of a changed file can no longer be read.
  if (!isOurs && !(error instanceof Error && error.name === "NotReadableError")) throw error
  const shown = isOurs ? error.shown : opened?.shown
  const stallMs = isOurs ? error.stallMs : undefined
  return {
    path,
    rule: "file_unreadable",
    severity: "error",
    because: isOurs ? error.code : error.name,
    ...(stallMs === undefined ? {} : { limit: stallMs / 1000 }),
    ...(shown === undefined ? {} : { file: shown }),
  }
}
