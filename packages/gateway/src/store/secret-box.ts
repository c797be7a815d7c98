import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"

/** The text was sealed with another master key, or has been changed since. */
export class SecretBoxError extends Error {
  override readonly name = "SecretBoxError"
  readonly code: "unknown_key" | "damaged"

  constructor(code: "unknown_key" | "damaged") {
    super(code === "unknown_key" ? "sealed with another master key" : "what was sealed has been changed")
    this.code = code
  }
}

/**
 * Seals secrets, so that access to the database alone does not show them: AES-256-GCM, a random nonce each time. The
 * place of a secret is sealed with it, so that none can be moved to another place.
 */
export class SecretBox {
  readonly #current: MasterKey
  readonly #keys: ReadonlyMap<string, MasterKey>

  /** @param masterKey 32 bytes @param previous also opens secrets, during a change of the master key */
  constructor(masterKey: Uint8Array, previous?: Uint8Array) {
    this.#current = toMasterKey(masterKey)
    const keys = previous === undefined ? [this.#current] : [toMasterKey(previous), this.#current]
    this.#keys = new Map(keys.map((key) => [key.id, key]))
  }

  seal(secret: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#current.key, nonce).setAAD(Buffer.from(place))
    const sealed = Buffer.concat([nonce, cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()])
    return `${this.#current.id}.${sealed.toString("base64url")}`
  }

  /** @throws {SecretBoxError} */
  open(sealed: string, place: string): string {
    const [id = "", encoded = ""] = sealed.split(".")
    const key = this.#keys.get(id)
    if (key === undefined) throw new SecretBoxError("unknown_key")
    const bytes = Buffer.from(encoded, "base64url")
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SecretBoxError("damaged")
    const decipher = createDecipheriv(ALGORITHM, key.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8")
    } catch {
      throw new SecretBoxError("damaged")
    }
  }

  /** Undefined for what cannot be opened. */
  tryOpen(sealed: string, place: string): string | undefined {
    try {
      return this.open(sealed, place)
    } catch (error) {
      if (!(error instanceof SecretBoxError)) throw error
      return undefined
    }
  }

  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${this.#current.id}.`)
  }
}

interface MasterKey {
  /** Distinguishes keys without revealing anything about them. */
  readonly id: string
  readonly key: Uint8Array
}

function toMasterKey(key: Uint8Array): MasterKey {
  if (key.length !== KEY_BYTES) throw new RangeError(`a master key has ${KEY_BYTES} bytes, this one ${key.length}`)
  return { id: createHash("sha256").update("wecom-push key id\n").update(key).digest("hex").slice(0, 8), key }
}

const ALGORITHM = "aes-256-gcm"
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
