import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { decodeUtf8 } from "../text/bad-text.ts"

/** Why an encrypted text is not one of WeCom's for this receiver. */
export type UndecipherableWhy = "base64" | "length" | "padding" | "utf8" | "receive_id"

export type Decrypted =
  | { readonly kind: "message"; readonly message: string }
  | { readonly kind: "undecipherable"; readonly why: UndecipherableWhy }

const RANDOM_BYTES = 16
const LENGTH_BYTES = 4
const IV_BYTES = 16
/** WeCom pads to 32 bytes, twice the cipher's own block, so the library's padding cannot be used. */
const PAD_BLOCK_BYTES = 32

/**
 * Encrypts and decrypts callback bodies: AES-256-CBC over 16 random bytes, the length, the message and the receiver.
 * It proves nothing about who encrypted: check the signature first, which also leaves no padding oracle.
 * @see https://developer.work.weixin.qq.com/document/path/90968
 */
export class CallbackCipher {
  readonly #key: Buffer
  readonly #receiveId: Buffer

  /**
   * @param encodingAesKey the 43 characters of the app's settings
   * @param receiveId the corp id; for a third-party app the suite id
   * @throws {TypeError} for what is not a key; the error does not repeat it
   */
  constructor(encodingAesKey: string, receiveId: string) {
    if (!isEncodingAesKey(encodingAesKey)) throw new TypeError("an EncodingAESKey has 43 letters and digits")
    this.#key = Buffer.from(`${encodingAesKey}=`, "base64")
    this.#receiveId = Buffer.from(receiveId)
  }

  /** @param random 16 bytes, for tests that need a predictable text */
  encrypt(message: string, random: Uint8Array = randomBytes(RANDOM_BYTES)): string {
    const bytes = Buffer.from(message)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(bytes.length)
    const plain = Buffer.concat([random, length, bytes, this.#receiveId])
    const padding = PAD_BLOCK_BYTES - (plain.length % PAD_BLOCK_BYTES)
    const cipher = createCipheriv("aes-256-cbc", this.#key, this.#iv()).setAutoPadding(false)
    return Buffer.concat([
      cipher.update(plain),
      cipher.update(Buffer.alloc(padding, padding)),
      cipher.final(),
    ]).toString("base64")
  }

  decrypt(encrypted: string): Decrypted {
    const bytes = Buffer.from(encrypted, "base64")
    if (bytes.toString("base64") !== encrypted) return undecipherable("base64")
    if (bytes.length === 0 || bytes.length % IV_BYTES !== 0) return undecipherable("length")

    const decipher = createDecipheriv("aes-256-cbc", this.#key, this.#iv()).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(bytes), decipher.final()])
    const paddingBytes = padded.at(-1) ?? 0
    if (!isPadded(padded, paddingBytes)) return undecipherable("padding")

    const plain = padded.subarray(0, padded.length - paddingBytes)
    const messageAt = RANDOM_BYTES + LENGTH_BYTES
    if (plain.length < messageAt) return undecipherable("length")
    const messageEnd = messageAt + plain.readUInt32BE(RANDOM_BYTES)
    if (messageEnd > plain.length) return undecipherable("length")
    if (!plain.subarray(messageEnd).equals(this.#receiveId)) return undecipherable("receive_id")

    const decoded = decodeUtf8(plain.subarray(messageAt, messageEnd))
    return "text" in decoded ? { kind: "message", message: decoded.text } : undecipherable("utf8")
  }

  #iv(): Buffer {
    return this.#key.subarray(0, IV_BYTES)
  }
}

/** 43 characters of Base64 are 32 bytes and two bits; the console sets these two bits at random. */
export function isEncodingAesKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}$/.test(text)
}

function isPadded(padded: Buffer, paddingBytes: number): boolean {
  if (paddingBytes < 1 || paddingBytes > PAD_BLOCK_BYTES || paddingBytes > padded.length) return false
  return padded.subarray(padded.length - paddingBytes).every((byte) => byte === paddingBytes)
}

const undecipherable = (why: UndecipherableWhy): Decrypted => ({ kind: "undecipherable", why })
