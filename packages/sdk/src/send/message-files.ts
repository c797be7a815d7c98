import { checkSafeFile, mapMediaIds } from "@wecom-push/protocol"
import type { AppMessage, Fault, MediaIdPlace } from "@wecom-push/protocol"
import { examine } from "../media/examine.ts"
import type { MediaFile } from "../media/examine.ts"
import type { ReadLimits } from "../media/read-within.ts"
import { isMediaSource } from "../media/media-source.ts"
import type { MediaSource, WithFiles } from "../media/media-source.ts"
import { WaitEnded } from "../shared-work/shared-task.ts"

/** A message as `send` takes it: a file may be given in place of a `media_id`. */
export type SendableMessage = WithFiles<AppMessage>

export interface FileInMessage extends MediaIdPlace {
  readonly file: MediaFile
}

/** A message whose files have been checked. */
export interface OpenedMessage {
  /** The message, with a placeholder in place of each file's id. */
  readonly message: AppMessage
  readonly files: readonly FileInMessage[]
  /** The faults of the files only, each with its path. */
  readonly faults: readonly Fault[]
  /** The caller stopped waiting before all files had been read. */
  readonly unread?: WaitEnded
  release(): Promise<void>
}

/** @returns undefined for a message with files: `openFiles` checks them, which takes time */
export function openWithoutFiles(given: SendableMessage): OpenedMessage | undefined {
  return isComplete(given) ? { message: given, files: [], faults: [], release: nothing } : undefined
}

/** Opens the files of a message and looks at their bytes. Asks nothing of WeCom, and never throws for a bad file. */
export async function openFiles(given: SendableMessage, limits: ReadLimits): Promise<OpenedMessage> {
  const complete = openWithoutFiles(given)
  if (complete !== undefined) return complete
  let unread: WaitEnded | undefined
  const examined = await Promise.all(
    sourcesIn(given).map(async ({ source, ...place }) => {
      try {
        return { place, ...(await examine(place.type, source, place.path, limits)) }
      } catch (error) {
        if (!(error instanceof WaitEnded)) throw error
        unread = error
        return { place, faults: [] }
      }
    }),
  )
  const files = examined.flatMap((one) => ("file" in one ? [{ ...one.place, file: one.file }] : []))
  return {
    ...(unread === undefined ? {} : { unread }),
    message: withIds(given, (path) => placeholder(files.find((file) => file.path === path)?.file)),
    files,
    faults: examined.flatMap((one) => ("faults" in one ? one.faults : safeFaults(given, one))),
    release: async () => void (await Promise.all(files.map(({ file }) => file.release()))),
  }
}

function safeFaults(message: SendableMessage, { place, file }: { place: MediaIdPlace; file: MediaFile }): Fault[] {
  if (message.msgtype !== "file" || message.safe !== 1) return []
  const fault = checkSafeFile(file.filename, { path: place.path, file: file.filename })
  return fault === undefined ? [] : [fault]
}

/** The message in WeCom's own form, with the ids of its files. */
export function withIds(message: SendableMessage, idAt: (path: string) => string): AppMessage {
  const complete = mapMediaIds(message, (value, { path }) => (isMediaSource(value) ? idAt(path) : value))
  if (!isComplete(complete)) throw new TypeError("a file is left in a message")
  return complete
}

export function placeholder(file: MediaFile | undefined): string {
  return `<media_id of ${file?.filename ?? "a file"}>`
}

function isComplete(message: SendableMessage): message is AppMessage {
  return sourcesIn(message).length === 0
}

function sourcesIn(message: SendableMessage): (MediaIdPlace & { readonly source: MediaSource })[] {
  const found: (MediaIdPlace & { readonly source: MediaSource })[] = []
  mapMediaIds(message, (value, place) => {
    if (isMediaSource(value)) found.push({ ...place, source: value })
    return value
  })
  return found
}

const nothing = (): Promise<void> => Promise.resolve()
