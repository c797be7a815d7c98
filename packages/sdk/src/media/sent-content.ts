import { createHash } from "node:crypto"
import type { Hash } from "node:crypto"
import { quietly } from "../quietly.ts"

export type OnProgress = (sentBytes: number, totalBytes: number) => void

/** Follows a form while it is sent: how much of its file was sent, and the file's hash. */
export class SentContent {
  readonly #headBytes: number
  readonly #sizeBytes: number
  readonly #onProgress: OnProgress | undefined
  #digest: Hash = createHash("sha256")
  #hashedBytes = 0

  constructor(headBytes: number, sizeBytes: number, onProgress: OnProgress | undefined) {
    this.#headBytes = headBytes
    this.#sizeBytes = sizeBytes
    this.#onProgress = onProgress
  }

  /** Called with each piece of the form; a new try starts again. */
  readonly onSent = (chunk: Uint8Array, sentBytes: number): void => {
    const startsAt = sentBytes - chunk.byteLength - this.#headBytes
    if (startsAt <= 0) {
      this.#digest = createHash("sha256")
      this.#hashedBytes = 0
    }
    const ofFile = chunk.subarray(Math.max(0, -startsAt), Math.max(0, this.#sizeBytes - startsAt))
    this.#digest.update(ofFile)
    this.#hashedBytes += ofFile.byteLength
    this.#tell()
  }

  /** The hash as hex. Undefined when the transport did not show the whole file. */
  hash(): string | undefined {
    return this.#hashedBytes === this.#sizeBytes ? this.#digest.copy().digest("hex") : undefined
  }

  #tell(): void {
    const onProgress = this.#onProgress
    if (onProgress !== undefined) quietly(() => onProgress(this.#hashedBytes, this.#sizeBytes))
  }
}
