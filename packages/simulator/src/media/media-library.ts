import { MEDIA_LIFETIME_SECONDS, type MediaType } from "@wecom-push/protocol"
import { randomId } from "../ids.ts"

/** A file as it was uploaded. */
export interface MediaFile {
  readonly filename: string
  readonly bytes: Buffer
  /** The usual extension of the format, found from the bytes; undefined for an unknown format. */
  readonly format: string | undefined
  readonly durationMs: number | undefined
}

export interface Medium extends MediaFile {
  readonly id: string
  readonly type: MediaType
  /** The owner, who may use it: a corp by its id, or a group robot as `robot:KEY`. */
  readonly owner: string
  readonly uploadedAtMs: number
  /** Made by `media/upload_by_url`: for customer contact, and not for messages of apps. */
  readonly byUrl?: boolean
}

/** An id of 64 characters. */
const MEDIA_ID_BYTES = 48
// Sent files stay so that they can be looked at, but a test that uploads all day must not fill the memory.
const KEPT_BYTES = 512 * 1024 * 1024

/** All uploads: media of three days for all apps of a corp, and pictures for articles. @see wecom document 90253 */
export class MediaLibrary {
  readonly #media = new Map<string, Medium>()
  readonly #pictures = new Map<string, MediaFile>()
  #bytes = 0

  add(medium: Omit<Medium, "id">): Medium {
    const added = { ...medium, id: randomId(MEDIA_ID_BYTES) }
    this.#media.set(added.id, added)
    this.#makeRoom(added.bytes.length)
    return added
  }

  /** Adds a picture for articles, which never expires. @returns the last part of its address */
  addPicture(picture: MediaFile): string {
    const name = `${randomId(24)}.${picture.format ?? "png"}`
    this.#pictures.set(name, picture)
    this.#makeRoom(picture.bytes.length)
    return name
  }

  /** The medium, if calls of WeCom's API may still use it. */
  find(id: string, owner: string, nowMs: number): Medium | "expired" | undefined {
    const medium = this.#media.get(id)
    if (medium === undefined || medium.owner !== owner) return undefined
    return nowMs < medium.uploadedAtMs + MEDIA_LIFETIME_SECONDS * 1000 ? medium : "expired"
  }

  /** The medium, whatever its age: phones still show the messages that they got. */
  shown(id: string): Medium | undefined {
    return this.#media.get(id)
  }

  picture(name: string): MediaFile | undefined {
    return this.#pictures.get(name)
  }

  reset(): void {
    this.#media.clear()
    this.#pictures.clear()
    this.#bytes = 0
  }

  #makeRoom(addedBytes: number): void {
    this.#bytes += addedBytes
    for (const files of [this.#media, this.#pictures]) {
      for (const [name, { bytes }] of files) {
        if (this.#bytes <= KEPT_BYTES) return
        files.delete(name)
        this.#bytes -= bytes.length
      }
    }
  }
}
