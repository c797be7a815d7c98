import type { AppMessage } from "@wecom-push/protocol"
import type { Uploader, UploadWish } from "../media/uploader.ts"
import { quietly } from "../quietly.ts"
import { withIds } from "./message-files.ts"
import type { FileInMessage, OpenedMessage, SendableMessage } from "./message-files.ts"

export interface PlaceWish extends Pick<UploadWish, "deadline" | "signal"> {
  /** Called with the bytes of all files together. */
  readonly onProgress: ((done: number, total: number) => void) | undefined
}

/** The ids in call bodies, which may have to change while calls are going out. */
export interface MediaIds {
  /** The body with the latest ids. */
  current(body: string): string
  /**
   * The body with new ids, after WeCom no longer took the ids in it. Undefined when there are no new ids: either no id
   * was a file's, or the files were already uploaded again.
   * @throws {WeComError}
   */
  renewed(body: string): Promise<string | undefined>
}

/** The files of a message that WeCom has: each was uploaded now, or within the last three days. */
export class UploadedFiles implements MediaIds {
  /** The message in WeCom's own form. */
  readonly message: AppMessage
  readonly #uploader: Uploader
  readonly #files: readonly (FileInMessage & { readonly id: string })[]
  readonly #wish: PlaceWish
  readonly #newIds = new Map<string, string>()
  #renewal: Promise<void> | undefined

  private constructor(
    uploader: Uploader,
    message: SendableMessage,
    files: readonly (FileInMessage & { readonly id: string })[],
    wish: PlaceWish,
  ) {
    this.#uploader = uploader
    this.#files = files
    this.#wish = wish
    this.message = withIds(message, (path) => files.find((file) => file.path === path)?.id ?? "")
  }

  /** @throws {WeComError} */
  static async provide(
    uploader: Uploader,
    given: SendableMessage,
    { files }: OpenedMessage,
    wish: PlaceWish,
  ): Promise<UploadedFiles> {
    const ids = await placeAll(uploader, files, wish, false)
    return new UploadedFiles(
      uploader,
      given,
      files.map((file, index) => ({ ...file, id: ids[index] ?? "" })),
      wish,
    )
  }

  current(body: string): string {
    let text = body
    // An id is long and random, so no other text can be equal to it.
    for (const [old, renewed] of this.#newIds) text = text.replaceAll(old, renewed)
    return text
  }

  async renewed(body: string): Promise<string | undefined> {
    this.#renewal ??= this.#renew()
    await this.#renewal
    const changed = this.current(body)
    return changed === body ? undefined : changed
  }

  /** Only once: when WeCom refuses an id that it has just given, further uploads would not help. */
  async #renew(): Promise<void> {
    // A file that is used in two places is uploaded once.
    const files = [...new Map(this.#files.map((file) => [file.id, file])).values()]
    const ids = await placeAll(this.#uploader, files, { ...this.#wish, onProgress: undefined }, true)
    files.forEach(({ id }, index) => this.#newIds.set(id, ids[index] ?? id))
  }
}

/** Uploads one file after another, because parallel uploads would share the bandwidth. */
async function placeAll(
  uploader: Uploader,
  files: readonly FileInMessage[],
  { onProgress, ...limits }: PlaceWish,
  fresh: boolean,
): Promise<string[]> {
  const total = files.reduce((sum, { file }) => sum + file.blob.size, 0)
  const ids: string[] = []
  let done = 0
  for (const { type, file } of files) {
    const tell = onProgress && ((sentBytes: number) => quietly(() => onProgress(done + sentBytes, total)))
    const { mediaId } = await uploader.provide(type, file, { ...limits, fresh, onProgress: tell })
    done += file.blob.size
    ids.push(mediaId)
  }
  return ids
}
