import { randomBytes, timingSafeEqual } from "node:crypto"
import { TOKEN_LIFETIME_SECONDS } from "@wecom-push/protocol"
import type { TokenStore } from "@wecom-push/sdk"
import type { KeyRecord } from "../../model/ports/keys.ts"
import type { KeyRing } from "../kit/key-ring.ts"

export interface IssuedToken {
  readonly token: string
  readonly expiresInSeconds: number
}

export interface TokenHolder {
  readonly key: KeyRecord
  readonly corpId: string
}

export interface GatewayTokensDeps {
  /** Stores the tokens, encrypted, so that they are still valid after a restart. */
  readonly tokens: TokenStore
  readonly keyRing: KeyRing
  readonly now: () => number
}

/**
 * The gateway's own access tokens: each belongs to a key and one corp. As with WeCom, all requests get the same token until
 * it expires, and that time does not change. A token ends when its key is revoked.
 * @see https://developer.work.weixin.qq.com/document/path/91039
 */
export class GatewayTokens {
  readonly #deps: GatewayTokensDeps
  /** The tokens that were read from the store so far. */
  readonly #known = new Map<string, Known>()

  constructor(deps: GatewayTokensDeps) {
    this.#deps = deps
  }

  async issue(key: KeyRecord, corpId: string): Promise<IssuedToken> {
    const { tokens } = this.#deps
    const place = placeOf(key, corpId)
    const issue = (): Promise<IssuedToken> => this.#issueAt(place, key, corpId)
    return tokens.exclusively === undefined ? issue() : tokens.exclusively(place, issue)
  }

  /** @returns undefined for a token that never existed, has expired, or whose key is revoked */
  async holderOf(token: string): Promise<TokenHolder | undefined> {
    const { keyRing, now } = this.#deps
    const names = namesIn(token)
    const key = names === undefined ? undefined : await keyRing.findById(names.keyId, now())
    if (names === undefined || key === undefined) return undefined
    const place = placeOf(key, names.corpId)
    const known = this.#living(place)
    if (known !== undefined && isEqual(known.token, token)) return { key, corpId: names.corpId }
    const stored = await this.#read(place)
    return stored !== undefined && isEqual(stored.token, token) ? { key, corpId: names.corpId } : undefined
  }

  async #issueAt(place: string, key: KeyRecord, corpId: string): Promise<IssuedToken> {
    const { tokens, now } = this.#deps
    const living = this.#living(place) ?? (await this.#read(place))
    if (living !== undefined) {
      return { token: living.token, expiresInSeconds: Math.ceil((living.expiresAt - now()) / 1000) }
    }
    const fresh = { token: newToken(key.id, corpId), expiresAt: now() + TOKEN_LIFETIME_SECONDS * 1000 }
    await tokens.set(place, fresh)
    this.#remember(place, fresh)
    return { token: fresh.token, expiresInSeconds: TOKEN_LIFETIME_SECONDS }
  }

  #living(place: string): Known | undefined {
    const known = this.#known.get(place)
    return known !== undefined && this.#deps.now() < known.expiresAt ? known : undefined
  }

  async #read(place: string): Promise<Known | undefined> {
    const record = await this.#deps.tokens.get(place)
    if (record?.token === undefined || record.expiresAt === undefined) return undefined
    const { token, expiresAt } = record
    this.#remember(place, { token, expiresAt })
    return this.#living(place)
  }

  #remember(place: string, known: Known): void {
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(place, known)
  }
}

interface Known {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const MAX_KNOWN = 10_000
const SECRET_BYTES = 33
const SECRET_LENGTH = 44

/**
 * The place of a token in the store. It contains the key's hash: a new key in the environment is another holder with the
 * same id.
 */
function placeOf(key: KeyRecord, corpId: string): string {
  return `compat ${key.hash} ${corpId}`
}

/** A token that names its holder, so that no search is needed; its random part is the proof. */
function newToken(keyId: string, corpId: string): string {
  return randomBytes(SECRET_BYTES).toString("base64url") + Buffer.from(`${keyId} ${corpId}`).toString("base64url")
}

/**
 * Whether this gateway or another made it: its key or its database may no longer exist. WeCom's own tokens have another
 * form.
 */
export function isOfAGateway(token: string): boolean {
  return namesIn(token) !== undefined
}

function namesIn(token: string): { readonly keyId: string; readonly corpId: string } | undefined {
  if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return undefined
  const names = Buffer.from(token.slice(SECRET_LENGTH), "base64url").toString()
  const [keyId = "", corpId = "", more] = names.split(" ")
  return /^key_[\w-]+$/.test(keyId) && corpId !== "" && more === undefined ? { keyId, corpId } : undefined
}

/** WeCom's own tokens may have this many bytes too. */
const MAX_TOKEN_LENGTH = 512

/** Runs at every call, so it compares without hashing both: the length of a token is no secret. */
function isEqual(one: string, other: string): boolean {
  const [ofOne, ofOther] = [Buffer.from(one), Buffer.from(other)]
  return ofOne.length === ofOther.length && timingSafeEqual(ofOne, ofOther)
}
